/* SPDX-License-Identifier: Apache-2.0 */
#include "track/chain.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "track/chain_state.h"

#define MAX_HOPS_LIMIT (1u << 22)
#define SAME_CALL_MAX  100000000 /* ns */
#define LINGER_MIN     1000000

static uint64_t layout(struct chains *c, uint8_t *base, uint32_t max_hops)
{
	struct arena arena = {.base = base, .used = 0};

	arena_take(&arena, 1, sizeof(*c));
	chain_layout(c, &arena, max_hops);
	return arena.used;
}

struct chains *chains_new(const struct chains_config *config)
{
	uint32_t max = config->max_hops < 64 ? 64 : config->max_hops;
	struct chains measure = {0}, *c;
	uint64_t size;

	if (max > MAX_HOPS_LIMIT)
		return NULL;
	size = layout(&measure, NULL, max);
	/* Pages that are never touched are never there. */
	c = size > SIZE_MAX ? NULL : calloc(1, (size_t)size);
	if (!c)
		return NULL;
	layout(c, (uint8_t *)c, max);
	c->config = *config;
	if (c->config.linger < LINGER_MIN)
		c->config.linger = LINGER_MIN;
	return c;
}

void chains_free(struct chains *c)
{
	free(c);
}

const struct chains_stats *chains_stats(const struct chains *c)
{
	return &c->stats;
}

static void set_now(struct chains *c, uint64_t time)
{
	if (time > c->now)
		c->now = time;
}

/* ---- The end of a chain ---------------------------------------------------------------------- */

static void linger(struct chains *c, struct root *root)
{
	root->deadline = c->now + c->config.linger;
	root->lingers = true;
	root->linger_next = 0;
	root->linger_previous = c->lingering.tail;
	if (root->linger_previous)
		c->roots[root->linger_previous].linger_next = root_number(c, root);
	else
		c->lingering.head = root_number(c, root);
	c->lingering.tail = root_number(c, root);
}

static void unlinger_head(struct chains *c)
{
	struct root *root = &c->roots[c->lingering.head];

	c->lingering.head = root->linger_next;
	if (root->linger_next)
		c->roots[root->linger_next].linger_previous = 0;
	else
		c->lingering.tail = 0;
	root->lingers = false;
}

static bool awaits_connect(const struct chains *c, const struct root *root)
{
	return c->config.connects && root->kind == CHAIN_CALL && root->result == 0 &&
	       !root->connect.time;
}

static void finish_root(struct chains *c, struct root *root)
{
	tell_root(c, root, false);
	root_remove(c, root);
}

/* A root is complete, or one of its hops has ended since. */
static void try_finish(struct chains *c, struct root *root)
{
	if (!root->complete)
		return;
	if (!awaits_connect(c, root) && !has_open_hop(c, root, false))
		finish_root(c, root);
	else if (!root->lingers)
		linger(c, root);
}

/* All first hops have ended, where no call says when it is over. */
static bool first_hops_ended(const struct chains *c, const struct root *root)
{
	for (uint32_t n = root->out; n; n = c->edges[n].next_out) {
		const struct node *node = node_at(c, c->edges[n].child);

		if (node->client_open || node->server_open)
			return false;
	}
	return true;
}

static void complete_root(struct chains *c, struct root *root, uint64_t time)
{
	if (root->kind != CHAIN_CALL && !root->complete && first_hops_ended(c, root)) {
		root->complete = true;
		root->end = time;
	}
	try_finish(c, root);
}

/* Once each, though a root may lead to the hop in many ways. */
static uint32_t add_root(uint32_t roots[DEPTH_MAX], uint32_t count, uint32_t root)
{
	for (uint32_t i = 0; i < count; i++)
		if (roots[i] == root)
			return count;
	if (count < DEPTH_MAX)
		roots[count++] = root;
	return count;
}

/* The roots above a hop that has ended. */
static void finish_above(struct chains *c, struct node *node)
{
	uint32_t depth = 0, looked = 0, count = 0, roots[DEPTH_MAX];

	c->stamp++;
	c->stack[depth++] = node_number(c, node);
	while (depth && ++looked < WALK_MAX) {
		struct node *at = node_at(c, c->stack[--depth]);

		if (at->stamp == c->stamp)
			continue;
		at->stamp = c->stamp;
		for (uint32_t n = at->in; n; n = c->edges[n].next_in) {
			const struct edge *e = &c->edges[n];

			if (!e->from_root && depth < WALK_MAX)
				c->stack[depth++] = e->parent;
			else if (e->from_root)
				count = add_root(roots, count, e->parent);
		}
	}
	/* Removing one leaves the others as they are. */
	for (uint32_t i = 0; i < count; i++)
		complete_root(c, &c->roots[roots[i]], c->now);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static struct root *find_thread(const struct chains *c, const struct owner *owner)
{
	uint32_t n = index_first(&c->calls, index_mix(owner->tid));

	for (unsigned int i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(&c->calls, n)) {
		struct root *root = &c->roots[n];

		if (root->owner.tid == owner->tid && root->owner.pid == owner->pid)
			return root;
	}
	return NULL;
}

static void set_call_name(struct root *root)
{
	const struct call *call = &root->call;

	if (call->has_address) {
		name_of_address(&root->name, &call->address);
		root->has_name = true;
	} else {
		root->has_name = call->name[0] && dns_name_from_text(&root->name, call->name);
	}
}

static void index_call(struct chains *c, struct root *root)
{
	struct name_hashes names;

	root->in_calls = true;
	index_add(&c->calls, index_mix(root->owner.tid), root_number(c, root));
	if (!root->has_name)
		return;
	name_hashes(&names, &root->name);
	root->name_key = name_hash(&names);
	root->in_names = true;
	index_add(&c->call_names, (uint32_t)root->name_key, root_number(c, root));
}

static void forget_call(struct chains *c, struct root *root)
{
	if (root->in_calls)
		index_remove(&c->calls, index_mix(root->owner.tid), root_number(c, root));
	if (root->in_names)
		index_remove(&c->call_names, (uint32_t)root->name_key, root_number(c, root));
	root->in_calls = root->in_names = false;
}

static void end_call(struct chains *c, struct root *root, uint64_t time)
{
	forget_call(c, root);
	root->complete = true;
	root->end = time;
	try_finish(c, root);
}

/*
 * Seen twice, where one file is two to the kernel (overlays); or one function ends by jumping into
 * the next. Nothing has happened since.
 */
static bool is_same_call(const struct root *root, const struct call *call)
{
	return !root->out && call->time < root->begin + SAME_CALL_MAX &&
	       strcmp(call->name, root->call.name) == 0;
}

/* Functions call each other: what begins deeper on the stack belongs to the one that is there. */
static void begin_call(struct chains *c, const struct call *call)
{
	struct root *root = find_thread(c, &call->owner);

	if (root && call->stack < root->call.stack)
		return;
	if (root && call->stack == root->call.stack && is_same_call(root, call))
		return;
	/* That one was left without returning. */
	if (root)
		end_call(c, root, call->time);
	root = root_new(c, CHAIN_CALL, call->time);
	root->call = *call;
	root->owner = call->owner;
	root->has_owner = true;
	set_call_name(root);
	index_call(c, root);
}

static void return_call(struct chains *c, const struct call *call)
{
	struct root *root = find_thread(c, &call->owner);

	if (!root || root->call.stack != call->stack)
		return;
	root->returned = true;
	root->result = call->result;
	end_call(c, root, call->time);
}

void chains_call(struct chains *c, const struct call *call)
{
	set_now(c, call->time);
	if (call->function == CALL_RETURN)
		return_call(c, call);
	else
		begin_call(c, call);
}

/* ---- connect() ------------------------------------------------------------------------------- */

static bool gave_address(const struct chains *c, const struct root *root,
			 const struct endpoint *peer)
{
	for (uint32_t n = root->out; n; n = c->edges[n].next_out) {
		const struct chain_answer *a = &node_at(c, c->edges[n].child)->x.answer;
		uint32_t count =
			a->addresses < CHAIN_ADDRESSES_MAX ? a->addresses : CHAIN_ADDRESSES_MAX;

		for (uint32_t i = 0; i < count; i++)
			if (memcmp(a->address[i], peer->address, 16) == 0)
				return true;
	}
	return false;
}

/* The newest call of the process that gave this address and waits to see it used. */
void chains_connect(struct chains *c, const struct packet *event)
{
	uint32_t n = c->lingering.tail;

	set_now(c, event->time);
	if (!event->has_owner)
		return;
	for (unsigned int i = 0; n && i < WALK_MAX; i++, n = c->roots[n].linger_previous) {
		struct root *root = &c->roots[n];

		if (!awaits_connect(c, root) || root->owner.pid != event->owner.pid ||
		    !gave_address(c, root, &event->destination))
			continue;
		root->connect.peer = event->destination;
		root->connect.time = event->time;
		try_finish(c, root);
		return;
	}
}

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
	if (l->event != LOOKUP_ANSWER)
		return node;
	for (struct node *at = node; at->client_number == node->client_number;
	     at = node_at(c, at->earlier)) {
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
		learn(c, node, l);
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

/* A request was answered without asking anybody, or not; an authority has no cache. */
static enum chain_cache cache_of(const struct node *node, const struct lookup *l)
{
	if (node->out)
		return CACHE_MISS;
	if (l->flags & DNS_FLAG_AA || !(l->flags & DNS_FLAG_RA))
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
		unlink_unawaited(c, node);
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
			learn(c, node, l);
		else
			node->x.outcome = outcome_of_event(l);
	}
	finish_above(c, node);
}

/* ---- Events ---------------------------------------------------------------------------------- */

void chains_step(struct chains *c, enum lookup_step step, const struct lookup *l,
		 const struct endpoint *destination)
{
	struct node *node;

	set_now(c, l->time);
	if (step == LOOKUP_TRUNCATED && l->role == ROLE_SERVER) {
		end_server(c, l);
	} else if (step == LOOKUP_TRUNCATED) {
		node = find_number(c, l->number, false);
		if (!node)
			return;
		node->x.ended = l->time;
		learn(c, node, l);
		node->x.outcome = OUTCOME_TRUNCATED;
		forget_flight(c, node);
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
	struct node *node;

	set_now(c, l->time);
	if (!l->number)
		return;
	if (l->role == ROLE_SERVER) {
		end_server(c, l);
		return;
	}
	node = find_number(c, l->number, true);
	if (l->role == ROLE_UNKNOWN && node)
		end_request(c, node, l);
	end_client(c, l);
}

/* ---- Time ------------------------------------------------------------------------------------ */

void chains_expire(struct chains *c, uint64_t now)
{
	set_now(c, now);
	while (c->lingering.head) {
		struct root *root = &c->roots[c->lingering.head];

		if (root->deadline > now)
			return;
		unlinger_head(c);
		if (has_open_hop(c, root, true))
			linger(c, root);
		else
			finish_root(c, root);
	}
}

uint64_t chains_next_deadline(const struct chains *c)
{
	return c->lingering.head ? c->roots[c->lingering.head].deadline : UINT64_MAX;
}

void chains_finish(struct chains *c, uint64_t now)
{
	set_now(c, now);
	while (c->by_time.head) {
		struct root *root = &c->roots[c->by_time.head];

		tell_root(c, root, !root->complete);
		root_remove(c, root);
	}
}
