/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ties a query to its cause: the rules of chain.h.
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

static struct root *find_call(const struct chains *c, const struct owner *owner)
{
	uint32_t n = index_first(&c->calls, index_mix(owner->tid));

	for (unsigned int i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(&c->calls, n)) {
		struct root *root = &c->roots[n];

		if (root->owner.tid == owner->tid && root->owner.pid == owner->pid)
			return root;
	}
	return NULL;
}

static bool link_to_call(struct chains *c, struct node *node)
{
	struct root *root = node->x.has_asker ? find_call(c, &node->x.asker) : NULL;

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

static bool is_validation(uint16_t type)
{
	return type == DNS_TYPE_DS || type == DNS_TYPE_DNSKEY;
}

/* RFC 9156, section 2: any type will do to find a zone cut; these are what resolvers use. */
static bool finds_cuts(uint16_t type)
{
	return type == DNS_TYPE_A || type == DNS_TYPE_NS || type == DNS_TYPE_SOA;
}

static enum chain_evidence evidence_of_source(enum interest_source source)
{
	static const enum chain_evidence evidence[INTEREST_SOURCES] = {
		[SOURCE_QUESTION] = LINKED_NAME,
		[SOURCE_CNAME] = LINKED_CNAME,
		[SOURCE_NAMESERVER] = LINKED_NAMESERVER,
	};

	return evidence[source];
}

static bool wants_type(const struct node *request, enum interest_source source, uint16_t type)
{
	uint16_t wanted = request->x.question.type;

	if (source == SOURCE_NAMESERVER)
		return type == DNS_TYPE_A || type == DNS_TYPE_AAAA;
	return type == wanted || wanted == DNS_TYPE_ANY;
}

/*
 * A query for an ancestor looks for a zone cut: not where the cut is known to the server that is
 * asked, nor above what was answered already; unless nobody else can be meant, as of two requests
 * that wait for one answer the second may ask again.
 */
static bool may_look_for_cut(const struct node *request, const struct interest *i,
			     const struct node *query, unsigned int labels)
{
	return finds_cuts(query->x.question.type) && !query->serves_zone &&
	       (query->lenient || labels > request->passed[i->source]);
}

/* LINKED_BEGINS: none. `below`: the query is for a name below the ancestor ("_.example.com"). */
static enum chain_evidence judge(const struct node *request, const struct interest *i,
				 const struct node *query, bool below)
{
	uint16_t type = query->x.question.type;
	enum interest_source source = (enum interest_source)i->source;

	if (is_validation(type) && !below)
		return LINKED_VALIDATION;
	if (!i->ancestor && !below && wants_type(request, source, type))
		return evidence_of_source(source);
	/* The type is hidden, too, until the name is known to exist. */
	if (!i->ancestor && !below)
		return finds_cuts(type) && !query->wanted ? LINKED_MINIMISED : LINKED_BEGINS;
	/* RFC 9156 has none such for the root; priming (RFC 8109) has. */
	if (!i->labels && !below)
		return type == DNS_TYPE_NS ? LINKED_MINIMISED : LINKED_BEGINS;
	if (!may_look_for_cut(request, i, query, i->labels + below))
		return LINKED_BEGINS;
	return source == SOURCE_QUESTION ? LINKED_MINIMISED : evidence_of_source(source);
}

/* The strongest first. */
static unsigned int rank(enum chain_evidence e)
{
	static const uint8_t ranks[] = {
		[LINKED_NAME] = 1,	 [LINKED_CNAME] = 2,	 [LINKED_NAMESERVER] = 3,
		[LINKED_VALIDATION] = 4, [LINKED_MINIMISED] = 5,
	};

	return ranks[e];
}

/* The name lies above the request's own as well, and has been passed on the way to that. */
static bool is_passed(const struct chains *c, const struct node *request, const struct node *query,
		      uint64_t key)
{
	for (uint32_t n = request->interests; n && !query->lenient; n = c->interests[n].next) {
		const struct interest *i = &c->interests[n];

		if (i->key == key && i->source != SOURCE_NAMESERVER &&
		    i->labels <= request->passed[i->source])
			return true;
	}
	return false;
}

static enum chain_evidence best(const struct chains *c, const struct node *request,
				const struct node *query, uint64_t key, bool below)
{
	enum chain_evidence found = LINKED_BEGINS;

	for (uint32_t n = request->interests; n; n = c->interests[n].next) {
		enum chain_evidence e;

		if (c->interests[n].key != key)
			continue;
		e = judge(request, &c->interests[n], query, below);
		if (c->interests[n].source == SOURCE_NAMESERVER && c->interests[n].ancestor &&
		    e == LINKED_NAMESERVER && is_passed(c, request, query, key))
			continue;
		if (e != LINKED_BEGINS && (found == LINKED_BEGINS || rank(e) < rank(found)))
			found = e;
	}
	return found;
}

/* Somebody who waits asked for this very name and type. */
static bool is_wanted(const struct chains *c, const struct node *query, uint64_t key)
{
	uint32_t n = index_first(&c->by_name, (uint32_t)key);

	for (unsigned int i = 0; n && i < WALK_MAX; i++, n = index_next(&c->by_name, n)) {
		const struct interest *interest = &c->interests[n];

		if (interest->key == key && !interest->ancestor &&
		    wants_type(node_at(c, interest->request),
			       (enum interest_source)interest->source, query->x.question.type))
			return true;
	}
	return false;
}

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
		e = best(c, request, query, key, below);
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

static void begin_chain(struct chains *c, struct node *node)
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

static bool is_weak(enum chain_evidence e)
{
	return e == LINKED_NAMESERVER || e == LINKED_VALIDATION || e == LINKED_MINIMISED;
}

/* It was asked for this request's own question, or it was answered in time. */
static bool was_awaited(const struct node *request, const struct node *query,
			enum chain_evidence why)
{
	return query->x.ended || (!is_weak(why) && query->x.asked >= request->x.received);
}

static bool waited_for_any(const struct chains *c, const struct node *request)
{
	for (uint32_t n = request->out; n; n = c->edges[n].next_out)
		if (was_awaited(request, node_at(c, c->edges[n].child),
				(enum chain_evidence)c->edges[n].evidence))
			return true;
	return false;
}

/*
 * A server goes on when it has answered: what it asks for then may meet the next request by chance,
 * which is answered from the cache.
 */
void unlink_unawaited(struct chains *c, struct node *request)
{
	if (waited_for_any(c, request))
		return;
	while (request->out && has_root(c)) {
		struct node *query = unlink_first(c, request);

		if (!query->in)
			begin_chain(c, query);
	}
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

/* ---- Requests that join what is under way ---------------------------------------------------- */

static void join_query(struct chains *c, struct node *request, struct node *query, bool below,
		       enum chain_evidence known)
{
	uint64_t key = hash_mix(request->serves_as, query->name_hash);
	enum chain_evidence e = known ? known : best(c, request, query, key, below);

	if (e != LINKED_BEGINS && query != request && query->in_flight &&
	    !is_ancestor(c, query, request))
		link_node(c, request, query, e);
}

/* The same question is being answered already: whatever that waits for, this one does. */
static void join_request(struct chains *c, struct node *request, const struct node *other)
{
	for (uint32_t n = other->out; n; n = c->edges[n].next_out)
		join_query(c, request, node_at(c, c->edges[n].child), false,
			   (enum chain_evidence)c->edges[n].evidence);
}

static bool same_question(const struct node *a, const struct node *b)
{
	return a->serves_as == b->serves_as && a->x.question.type == b->x.question.type &&
	       dns_name_equal(&a->x.question.name, &b->x.question.name);
}

static void join_same(struct chains *c, struct node *request)
{
	uint64_t key = hash_mix(request->serves_as, request->name_hash);
	uint32_t n = index_first(&c->by_name, (uint32_t)key);

	for (unsigned int i = 0; n && i < WALK_MAX; i++, n = index_next(&c->by_name, n)) {
		struct node *other = node_at(c, c->interests[n].request);

		if (c->interests[n].key == key && other != request && other->waits &&
		    same_question(other, request))
			join_request(c, request, other);
	}
}

static void join_in_flight(struct chains *c, struct node *request, uint64_t name)
{
	uint64_t key = hash_mix(request->serves_as, name);
	uint32_t n = index_first(&c->in_flight, (uint32_t)key);

	for (unsigned int i = 0; n && i < WALK_MAX; i++, n = index_next(&c->in_flight, n))
		if (node_at(c, n)->flight_key == key)
			join_query(c, request, node_at(c, n), false, LINKED_BEGINS);
}

void link_request(struct chains *c, struct node *request)
{
	struct server *server = find_server(c, request->serves_as, true);
	struct name_hashes names;

	name_hashes(&names, &request->x.question.name);
	request->name_hash = name_hash(&names);
	request->waits = true;
	if (server)
		server->waiting++;
	add_interest(c, request, &names, SOURCE_QUESTION);
	for (unsigned int labels = 0; labels <= names.labels; labels++)
		join_in_flight(c, request, names.hash[labels]);
	join_same(c, request);
}

/* ---- Listeners ------------------------------------------------------------------------------- */

static uint64_t listener_key(const struct node *node, uint64_t asker)
{
	uint64_t key = hash_octets(asker, node->destination.address, 16);

	return hash_mix(key, node->destination.port) | 1;
}

static struct listener *listener_at(const struct chains *c, uint64_t key)
{
	return &c->listeners[index_mix(key) & (LISTENERS_MAX - 1)];
}

static void note_listener(struct chains *c, uint64_t key, const struct owner *owner)
{
	struct listener *l = listener_at(c, key);

	if (l->key != key)
		*l = (struct listener){.key = key, .owner = *owner};
	l->ambiguous |= l->owner.pid != owner->pid;
	l->owner = *owner;
}

static bool find_listener(struct chains *c, struct node *node, uint64_t key)
{
	const struct listener *l = listener_at(c, key);

	if (l->key != key || l->ambiguous)
		return false;
	node->x.has_responder = true;
	node->x.responder = l->owner;
	return true;
}

void find_responder(struct chains *c, struct node *node)
{
	uint64_t any = listener_key(node, 0), own = listener_key(node, node->asks_for);

	if (node->x.has_responder) {
		note_listener(c, any, &node->x.responder);
		note_listener(c, own, &node->x.responder);
	} else if (!find_listener(c, node, own)) {
		find_listener(c, node, any);
	}
	node->serves_as = node->x.has_responder ? entity_of_owner(&node->x.responder)
						: entity_of_address(&node->x.server);
}
