/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries and answers: nodes, from the transactions of both roles.
 */
#include <netinet/in.h>
#include <string.h>

#include "dns/codes.h"
#include "track/chain_state.h"

/* ---- Queries --------------------------------------------------------------------------------- */

static uint64_t key_of(const struct lookup *l, const struct endpoint *destination)
{
	uint64_t key = hash_octets(l->protocol, l->client.address, 16);

	key = hash_octets(key, destination->address, 16);
	key = hash_mix(key, (uint64_t)l->client.port << 48 | (uint64_t)destination->port << 32 |
				    (uint64_t)l->id << 16 | l->question.type);
	return hash_mix(key, dns_name_hash(&l->question.name));
}

static void fill_node(struct node *node, const struct lookup *l, const struct endpoint *destination)
{
	struct chain_exchange *x = &node->x;

	x->question = l->question;
	x->client = l->client;
	x->server = l->server;
	x->protocol = l->protocol;
	x->id = l->id;
	x->attempts = 1;
	x->asked = l->time;
	node->destination = *destination;
	node->key = key_of(l, destination);
}

static void set_asker(struct node *node, const struct lookup *l)
{
	node->x.has_asker = l->has_owner;
	node->x.asker = l->owner;
	node->asks_for = l->has_owner ? entity_of_owner(&l->owner) : entity_of_address(&l->client);
}

static void set_responder(struct chains *c, struct node *node, const struct lookup *l)
{
	node->x.has_responder = l->has_owner;
	node->x.responder = l->owner;
	find_responder(c, node);
}

static bool is_again(const struct node *node, const struct lookup *l,
		     const struct endpoint *destination)
{
	return node->key == key_of(l, destination);
}

/* Nothing more is expected of it, as the same is asked elsewhere. */
static void give_up(struct chains *c, struct node *node, uint64_t time)
{
	if (!node->client_open)
		return;
	if (node->x.outcome == OUTCOME_OPEN)
		node->x.outcome = OUTCOME_GIVEN_UP;
	if (!node->x.ended)
		node->x.ended = time;
	node->client_open = false;
	forget_flight(c, node);
}

/* A query leaves. */
static void client_asked(struct chains *c, const struct lookup *l,
			 const struct endpoint *destination)
{
	struct node *node = find_number(c, l->number, false), *earlier;

	if (node && is_again(node, l, destination)) {
		node->x.attempts++;
		return;
	}
	node = node_new(c);
	earlier = find_number(c, l->number, false);
	fill_node(node, l, destination);
	set_asker(node, l);
	node->client_open = true;
	node->earlier = earlier ? node_number(c, earlier) : 0;
	node->fallback = earlier && earlier->x.protocol == IPPROTO_UDP &&
			 l->protocol == IPPROTO_TCP && earlier->x.outcome == OUTCOME_TRUNCATED;
	if (earlier)
		give_up(c, earlier, l->time);
	index_number(c, node, false, l->number);
	if (l->role == ROLE_CLIENT)
		index_key(c, node);
	link_query(c, node);
}

static struct node *find_sent(const struct chains *c, const struct lookup *l,
			      const struct endpoint *destination)
{
	uint64_t key = key_of(l, destination);
	uint32_t n = index_first(&c->by_key, (uint32_t)key);

	for (unsigned int i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(&c->by_key, n)) {
		struct node *node = node_at(c, n);

		if (node->key == key && !node->server_open &&
		    dns_name_equal(&node->x.question.name, &l->question.name))
			return node;
	}
	return NULL;
}

/* A query is received. */
static void server_asked(struct chains *c, const struct lookup *l,
			 const struct endpoint *destination)
{
	struct node *node = find_number(c, l->number, true);

	if (node && is_again(node, l, destination))
		return; /* while it is being answered */
	node = find_sent(c, l, destination);
	if (!node) {
		node = node_new(c);
		fill_node(node, l, destination);
		link_query(c, node);
	}
	node->server_open = true;
	if (!node->x.received)
		node->x.received = l->time;
	set_responder(c, node, l);
	index_number(c, node, true, l->number);
	link_request(c, node);
}

/* Seen on its way: both sides are one. */
static void passed_by(struct chains *c, const struct lookup *l, const struct endpoint *destination)
{
	struct node *node;

	client_asked(c, l, destination);
	node = find_number(c, l->number, false);
	if (!node || node->server_number)
		return;
	node->x.has_asker = node->x.has_responder = false;
	node->serves_as = entity_of_address(&l->server);
	node->server_open = true;
	index_number(c, node, true, l->number);
	link_request(c, node);
}

/* ---- Answers --------------------------------------------------------------------------------- */

static enum chain_outcome outcome_of_event(const struct lookup *l)
{
	switch (l->event) {
	case LOOKUP_TIMEOUT:
		return OUTCOME_TIMEOUT;
	case LOOKUP_REFUSED:
		return OUTCOME_REFUSED;
	case LOOKUP_SEND_FAILED:
		return OUTCOME_SEND_FAILED;
	default:
		return OUTCOME_OPEN;
	}
}

/* Of several attempts, the one whose server answered. */
static struct node *find_answered(const struct chains *c, struct node *node, const struct lookup *l)
{
	struct node *at = node;

	if (l->event != LOOKUP_ANSWER)
		return node;
	/* Their places may have been taken by others since: `earlier` may lead anywhere. */
	for (unsigned int i = 0; i < INDEX_WALK_MAX && at->client_number == node->client_number;
	     i++, at = node_at(c, at->earlier)) {
		if (endpoint_equal(&at->x.server, &l->server) &&
		    at->x.client.port == l->client.port && at->x.protocol == l->protocol)
			return at;
		if (!at->earlier)
			break;
	}
	return node;
}

static void end_client(struct chains *c, const struct lookup *l)
{
	struct node *last = find_number(c, l->number, false), *node;
	bool other;

	if (!last)
		return;
	node = find_answered(c, last, l);
	other = node != last;
	node->x.ended = l->time;
	node->x.icmp_type = l->icmp_type;
	node->x.icmp_code = l->icmp_code;
	node->x.error = l->error;
	if (l->event == LOOKUP_ANSWER)
		learn_answer(c, node, l);
	else
		node->x.outcome = outcome_of_event(l);
	node->client_open = false;
	forget_flight(c, node);
	if (other)
		give_up(c, last, l->time);
	finish_above(c, node);
}

/* A truncated one is the answer to that query; another may follow by TCP. */
static bool is_answer(const struct lookup *l)
{
	return l->event == LOOKUP_ANSWER || l->event == LOOKUP_RESPONSE;
}

/*
 * A request was answered without asking anybody, or not; an authority has no cache. What a server
 * elsewhere asks is not seen in a capture file of somebody's network.
 */
static enum chain_cache cache_of(const struct node *node, const struct lookup *l)
{
	if (node->out)
		return CACHE_MISS;
	if (l->role == ROLE_UNKNOWN || l->flags & DNS_FLAG_AA || !(l->flags & DNS_FLAG_RA))
		return CACHE_NONE;
	return CACHE_HIT;
}

static void end_request(struct chains *c, struct node *node, const struct lookup *l)
{
	struct server *server = find_server(c, node->serves_as, false);

	if (node->waits && server && server->waiting)
		server->waiting--;
	node->waits = node->server_open = false;
	if (is_answer(l)) {
		unlink_unawaited(c, node, (l->flags & 0xf) == DNS_RCODE_SERVFAIL);
		node->x.responded = l->time;
		node->x.cache = cache_of(node, l);
	} else if (node->out) {
		node->x.cache = CACHE_MISS;
	}
	forget_interests(c, node);
}

static void end_server(struct chains *c, const struct lookup *l)
{
	struct node *node = find_number(c, l->number, true);

	if (!node)
		return;
	end_request(c, node, l);
	/* Where the client is elsewhere, this is the end of the exchange. */
	if (!node->client_number) {
		node->x.ended = l->time;
		if (is_answer(l))
			learn_answer(c, node, l);
		else
			node->x.outcome = outcome_of_event(l);
	}
	finish_above(c, node);
}

/* All attempts of it: what servers do for one that another has answered is not seen to end. */
static void end_passed_by(struct chains *c, const struct lookup *l)
{
	struct node *node = find_number(c, l->number, true);

	for (unsigned int i = 0; i < INDEX_WALK_MAX && node && node->server_number == l->number;
	     i++) {
		if (node->server_open)
			end_request(c, node, l);
		node = node->earlier ? node_at(c, node->earlier) : NULL;
	}
}

/* ---- Events ---------------------------------------------------------------------------------- */

void chains_step(struct chains *c, enum lookup_step step, const struct lookup *l,
		 const struct endpoint *destination)
{
	struct node *node;

	advance_chains(c, l->time);
	if (step == LOOKUP_TRUNCATED && l->role == ROLE_SERVER) {
		end_server(c, l);
	} else if (step == LOOKUP_TRUNCATED) {
		node = find_number(c, l->number, false);
		if (!node)
			return;
		node->x.ended = l->time;
		learn_answer(c, node, l);
		node->x.outcome = OUTCOME_TRUNCATED;
		forget_flight(c, node);
		if (node->server_open && l->role == ROLE_UNKNOWN)
			end_request(c, node, l);
	} else if (l->role == ROLE_SERVER) {
		server_asked(c, l, destination);
	} else if (l->role == ROLE_CLIENT) {
		client_asked(c, l, destination);
	} else {
		passed_by(c, l, destination);
	}
}

void chains_lookup(struct chains *c, const struct lookup *l)
{
	advance_chains(c, l->time);
	if (!l->number)
		return;
	if (l->role == ROLE_SERVER) {
		end_server(c, l);
		return;
	}
	if (l->role == ROLE_UNKNOWN)
		end_passed_by(c, l);
	end_client(c, l);
}
