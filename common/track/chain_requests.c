/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests: who answers them, which queries they join, and which they did not wait for.
 */
#include <string.h>

#include "track/chain_state.h"

/* ---- Requests that join what is under way ---------------------------------------------------- */

static void join_query(struct chains *c, struct node *request, struct node *query, bool below,
		       enum chain_evidence known)
{
	uint64_t key = hash_mix(request->serves_as, query->name_hash);
	enum chain_evidence e = known ? known : find_evidence(c, request, query, key, below);

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

/* ---- Requests that another one's answer answers, too ----------------------------------------- */

/* That a name is an alias, or is not there, holds for all types (RFC 1034, RFC 2308). */
static bool holds_for_all_types(const struct chains *c, const struct node *query)
{
	return finds_cuts(query->x.question.type) &&
	       (c->read.cnames || query->x.outcome == OUTCOME_NXDOMAIN);
}

static bool awaits_other_answer(const struct chains *c, const struct node *request)
{
	for (uint32_t n = request->out; n; n = c->edges[n].next_out)
		if (node_at(c, c->edges[n].child)->in_flight)
			return true;
	return false;
}

/*
 * A query that finds cuts for one request (RFC 9156) may be for another one, of its very type, as
 * well: one query is sent for both. Who asks for itself has another one in flight.
 */
void join_answered(struct chains *c, struct node *query)
{
	uint64_t key = hash_mix(query->asks_for, query->name_hash);
	uint32_t n = holds_for_all_types(c, query) ? index_first(&c->by_name, (uint32_t)key) : 0;

	for (unsigned int i = 0; n && i < WALK_MAX; i++, n = index_next(&c->by_name, n)) {
		const struct interest *interest = &c->interests[n];
		struct node *request = node_at(c, interest->request);

		if (interest->key == key && !interest->ancestor && request->waits &&
		    interest->source != SOURCE_NAMESERVER && !is_linked(c, request, query) &&
		    !awaits_other_answer(c, request) && !is_ancestor(c, query, request))
			link_node(c, request, query, LINKED_MINIMISED);
	}
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
	if (l->owner.pid != owner->pid) {
		l->several |= l->before == owner->pid;
		l->before = l->owner.pid;
		l->since = c->now;
	}
	l->owner = *owner;
}

static bool find_listener(struct chains *c, struct node *node, uint64_t key)
{
	const struct listener *l = listener_at(c, key);

	if (l->key != key || l->several || (l->before && c->now < l->since + LISTENER_SETTLES))
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

/* ---- Requests that are answered ---------------------------------------------------------------
 */

static bool is_weak(enum chain_evidence e)
{
	return e == LINKED_NAMESERVER || e == LINKED_VALIDATION || e == LINKED_MINIMISED;
}

/*
 * It was asked for this request's own question, or it was answered in time. Where name servers are
 * alone does not answer anything, but that they are not found may be why nothing else was asked.
 */
static bool was_awaited(const struct node *request, const struct node *query,
			enum chain_evidence why, bool failed)
{
	if (why == LINKED_NAMESERVER && !failed)
		return false;
	return query->x.ended || (!is_weak(why) && query->x.asked >= request->x.received);
}

static bool waited_for_any(const struct chains *c, const struct node *request, bool failed)
{
	for (uint32_t n = request->out; n; n = c->edges[n].next_out)
		if (was_awaited(request, node_at(c, c->edges[n].child),
				(enum chain_evidence)c->edges[n].evidence, failed))
			return true;
	return false;
}

/*
 * A server goes on when it has answered: what it asks for then may meet the next request by chance,
 * which is answered from the cache.
 */
void unlink_unawaited(struct chains *c, struct node *request, bool failed)
{
	if (waited_for_any(c, request, failed))
		return;
	while (request->out && has_root(c)) {
		struct node *query = unlink_first(c, request);

		if (query->in)
			continue;
		begin_chain(c, query);
		finish_above(c, query);
	}
}
