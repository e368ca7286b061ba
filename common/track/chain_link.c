/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What caused a query: calls, requests, earlier queries.
 */
#include <string.h>

#include "dns/codes.h"
#include "track/chain_state.h"

#define OWNER_SALT   0x6f776e6572ULL
#define ADDRESS_SALT 0x61646472ULL

uint64_t entity_of_owner(const struct owner *owner)
{
	return hash_mix(OWNER_SALT, owner->pid) | 1;
}

uint64_t entity_of_address(const struct endpoint *e)
{
	return hash_octets(ADDRESS_SALT, e->address, sizeof(e->address)) | 1;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static bool link_to_call(struct chains *c, struct node *node)
{
	struct root *root = node->x.has_asker ? find_thread(c, &node->x.asker) : NULL;

	if (!root)
		return false;
	return link_root(c, root, node,
			 root->has_name && name_is_expansion(&node->x.question.name, &root->name)
				 ? LINKED_CALL
				 : LINKED_THREAD);
}

/*
 * Those that answer a call over a socket that is no DNS: the caller's C library asks them, and
 * asks nobody else then.
 */
static bool is_daemon(const struct owner *owner)
{
	static const char *const names[] = {"nscd", "unscd", "systemd-resolve"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(owner->comm, names[i], COMM_SIZE) == 0)
			return true;
	return false;
}

/* Every call that waits for the name, or for it without a search domain. */
static bool link_to_callers(struct chains *c, struct node *node, const struct name_hashes *names)
{
	const struct dns_name *name = &node->x.question.name;
	uint32_t n;
	bool linked = false;

	if (!node->x.has_asker || !is_daemon(&node->x.asker))
		return false;
	n = index_first(&c->call_names, (uint32_t)name_hash(names));
	for (unsigned int i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(&c->call_names, n)) {
		struct root *root = &c->roots[n];

		if (root->name_key != name_hash(names) || root->complete ||
		    !dns_name_equal(&root->name, name))
			continue;
		/* A caller that asks by itself does not wait for a daemon. */
		if (root->out && c->edges[root->out].evidence != LINKED_DAEMON)
			continue;
		linked |= link_root(c, root, node, LINKED_DAEMON);
	}
	return linked;
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* To every request of the asking process that waits and is interested in this name. */
static bool link_to_requests(struct chains *c, struct node *query, uint64_t name, bool below)
{
	uint64_t key = hash_mix(query->asks_for, name);
	uint32_t n = index_first(&c->by_name, (uint32_t)key);
	bool linked = false;

	query->wanted = !below && is_wanted(c, query, key);
	for (unsigned int i = 0; n && i < WALK_MAX; i++, n = index_next(&c->by_name, n)) {
		struct node *request = node_at(c, c->interests[n].request);
		enum chain_evidence e;

		if (c->interests[n].key != key || is_linked(c, request, query))
			continue;
		e = find_evidence(c, request, query, key, below);
		if (e != LINKED_BEGINS)
			linked |= link_node(c, request, query, e);
	}
	return linked;
}

static bool has_underscore(const struct dns_name *name)
{
	return name->labels > 1 && name->wire[0] == 1 && name->wire[1] == '_';
}

static bool may_be_alias(const struct node *request, const struct node *query, uint8_t source)
{
	uint16_t type = query->x.question.type;

	return source != SOURCE_NAMESERVER &&
	       (wants_type(request, (enum interest_source)source, type) || finds_cuts(type) ||
		is_validation(type));
}

/* Requests that wait for `name`, or something below it, by what the process knew before. */
static bool link_to_known(struct chains *c, struct node *query, uint64_t name,
			  const struct name_hashes *names, enum interest_source source)
{
	uint64_t key = hash_mix(query->asks_for, name);
	uint32_t n = index_first(&c->by_name, (uint32_t)key);
	bool linked = false;

	for (unsigned int i = 0; n && i < WALK_MAX; i++, n = index_next(&c->by_name, n)) {
		struct node *request = node_at(c, c->interests[n].request);

		if (c->interests[n].key != key || is_linked(c, request, query))
			continue;
		/* An alias is that of the name itself. */
		if (source == SOURCE_CNAME &&
		    (c->interests[n].ancestor ||
		     !may_be_alias(request, query, c->interests[n].source)))
			continue;
		if (!link_node(c, request, query, evidence_of_source(source)))
			continue;
		add_interest(c, request, names, source);
		linked = true;
	}
	return linked;
}

/*
 * The process may know from before, so that no answer told it now, where an alias leads, or which
 * name servers a zone has. The facts' values are the alias' name, or the zone's.
 */
static bool link_by_facts(struct chains *c, struct node *query, const struct name_hashes *names,
			  uint64_t key, enum interest_source source)
{
	uint64_t values[INDEX_WALK_MAX];
	unsigned int count = 0;
	uint32_t n = index_first(&c->by_fact, (uint32_t)key);
	bool linked = false;

	for (unsigned int i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(&c->by_fact, n))
		if (c->facts[n].key == key)
			values[count++] = c->facts[n].value;
	while (count)
		linked |= link_to_known(c, query, values[--count], names, source);
	return linked;
}

/* Aliases of aliases, from the end to the beginning. */
static bool link_by_aliases(struct chains *c, struct node *query, const struct name_hashes *names)
{
	uint64_t name = name_hash(names);

	for (unsigned int steps = 0; steps < FACTS_CNAMES_MAX; steps++) {
		uint64_t key = fact_alias(query->asks_for, name);

		if (link_by_facts(c, query, names, key, SOURCE_CNAME))
			return true;
		if (!find_fact(c, key, &name))
			return false;
	}
	return false;
}

/* The root's servers are known to resolvers without a message: [a-m].root-servers.net. */
static bool is_root_server(const struct name_hashes *names)
{
	static const struct dns_name net = {
		.len = 18,
		.labels = 2,
		.wire = "\14root-servers\3net",
	};
	struct name_hashes above;

	name_hashes(&above, &net);
	return names->labels >= 2 && names->hash[2] == name_hash(&above);
}

static bool link_by_nameservers(struct chains *c, struct node *query,
				const struct name_hashes *names)
{
	uint16_t type = query->x.question.type;

	if (is_root_server(names))
		add_fact(c, fact_nameserver(query->asks_for, name_hash(names)), names->hash[0]);
	return (finds_cuts(type) || type == DNS_TYPE_AAAA || is_validation(type)) &&
	       link_by_facts(c, query, names, fact_nameserver(query->asks_for, name_hash(names)),
			     SOURCE_NAMESERVER);
}

/* Another attempt has the cause that the first one had. */
static bool link_as_before(struct chains *c, struct node *query)
{
	struct node *earlier = query->earlier ? node_at(c, query->earlier) : NULL;
	bool linked = false;

	for (uint32_t n = earlier ? earlier->in : 0; n; n = c->edges[n].next_in) {
		const struct edge *e = &c->edges[n];
		enum chain_evidence why = (enum chain_evidence)e->evidence;

		linked |= e->from_root ? link_root(c, &c->roots[e->parent], query, why)
				       : link_node(c, node_at(c, e->parent), query, why);
	}
	return linked;
}

static bool link_to_waiting(struct chains *c, struct node *query, const struct name_hashes *names)
{
	bool linked = link_to_requests(c, query, name_hash(names), false);

	if (has_underscore(&query->x.question.name))
		linked |= link_to_requests(c, query, names->hash[names->labels - 1], true);
	return linked;
}

static bool link_to_request(struct chains *c, struct node *query, const struct name_hashes *names)
{
	bool linked = link_to_waiting(c, query, names) || link_by_aliases(c, query, names) ||
		      link_by_nameservers(c, query, names);

	if (linked)
		return true;
	query->lenient = true;
	return link_to_waiting(c, query, names);
}

/* The process' other query for the same name, of a chain that began so. */
static bool link_to_sibling(struct chains *c, struct node *query)
{
	uint64_t key = hash_mix(query->asks_for, query->name_hash);
	uint32_t n = index_first(&c->in_flight, (uint32_t)key);

	for (unsigned int i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(&c->in_flight, n)) {
		struct node *other = node_at(c, n);
		struct root *root;

		if (other == query || other->flight_key != key || !other->in ||
		    !c->edges[other->in].from_root)
			continue;
		root = &c->roots[c->edges[other->in].parent];
		if (root->kind == CHAIN_QUERY && !root->complete)
			return link_root(c, root, query, LINKED_PROCESS);
	}
	return false;
}

void begin_chain(struct chains *c, struct node *node)
{
	struct server *server = node->client_number ? find_server(c, node->asks_for, false) : NULL;
	enum chain_kind kind = CHAIN_QUERY;
	struct root *root;

	if (!node->client_number)
		kind = CHAIN_RECEIPT;
	else if (server)
		kind = server->waiting ? CHAIN_UNLINKED : CHAIN_PREFETCH;
	root = root_new(c, kind, node->x.asked);
	root->has_owner = node->x.has_asker;
	root->owner = node->x.asker;
	link_root(c, root, node, LINKED_BEGINS);
}

void link_query(struct chains *c, struct node *node)
{
	struct name_hashes names;
	bool linked;

	name_hashes(&names, &node->x.question.name);
	node->name_hash = name_hash(&names);
	learn_referral(c, node, &names);
	linked = link_as_before(c, node) || link_to_call(c, node);
	if (!linked && node->asks_for && node->client_number)
		linked = link_to_request(c, node, &names) || link_to_callers(c, node, &names) ||
			 link_to_sibling(c, node);
	if (!linked)
		begin_chain(c, node);
	if (node->asks_for && node->client_number)
		index_flight(c, node);
}
