/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways to find nodes and names, and what is known beyond a request's time.
 */
#include <string.h>

#include "track/chain_state.h"

static uint32_t power_of_two(uint32_t n)
{
	uint32_t p = 1;

	while (p < n)
		p <<= 1;
	return p;
}

static void index_layout(struct index *x, struct arena *arena, uint32_t nodes)
{
	uint32_t buckets = power_of_two(nodes);

	x->mask = buckets - 1;
	x->heads = arena_take(arena, buckets, sizeof(*x->heads));
	x->links = arena_take(arena, (uint64_t)nodes + 1, sizeof(*x->links));
}

void chain_layout(struct chains *c, struct arena *arena, uint32_t max)
{
	c->node_max = c->root_max = max;
	c->edge_max = max * EDGES_PER_NODE;
	c->interest_max = max * INTEREST_PER_NODE;
	c->nodes = arena_take(arena, (uint64_t)max + 1, sizeof(*c->nodes));
	c->roots = arena_take(arena, (uint64_t)max + 1, sizeof(*c->roots));
	c->edges = arena_take(arena, (uint64_t)c->edge_max + 1, sizeof(*c->edges));
	c->interests = arena_take(arena, (uint64_t)c->interest_max + 1, sizeof(*c->interests));
	c->facts = arena_take(arena, FACTS_MAX + 1, sizeof(*c->facts));
	c->servers = arena_take(arena, SERVERS_MAX, sizeof(*c->servers));
	c->listeners = arena_take(arena, LISTENERS_MAX, sizeof(*c->listeners));
	index_layout(&c->by_number, arena, 2 * max + 2);
	index_layout(&c->by_key, arena, max);
	index_layout(&c->in_flight, arena, max);
	index_layout(&c->by_name, arena, c->interest_max);
	index_layout(&c->by_fact, arena, FACTS_MAX);
	index_layout(&c->calls, arena, max);
	index_layout(&c->call_names, arena, max);
	c->stack = arena_take(arena, WALK_MAX, sizeof(*c->stack));
	c->hops = arena_take(arena, CHAIN_HOPS_MAX, sizeof(*c->hops));
	c->order = arena_take(arena, CHAIN_HOPS_MAX, sizeof(*c->order));
	c->shares = arena_take(arena, VIEW_SHARES_MAX, sizeof(*c->shares));
}

/* ---- Indexes --------------------------------------------------------------------------------- */

static uint32_t hash_number(uint64_t number)
{
	return index_mix(number);
}

static uint32_t number_place(const struct chains *c, const struct node *node, bool server)
{
	return 2 * node_number(c, node) + server;
}

void forget_number(struct chains *c, struct node *node, bool server)
{
	uint64_t number = server ? node->server_number : node->client_number;

	if (number)
		index_remove(&c->by_number, hash_number(number), number_place(c, node, server));
}

void index_number(struct chains *c, struct node *node, bool server, uint64_t number)
{
	forget_number(c, node, server);
	*(server ? &node->server_number : &node->client_number) = number;
	index_add(&c->by_number, hash_number(number), number_place(c, node, server));
}

/* The newest of those that have it. */
struct node *find_number(const struct chains *c, uint64_t number, bool server)
{
	uint32_t n = index_first(&c->by_number, hash_number(number));

	for (unsigned int i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(&c->by_number, n)) {
		struct node *node = node_at(c, n / 2);

		if ((n & 1) == server &&
		    (server ? node->server_number : node->client_number) == number)
			return node;
	}
	return NULL;
}

void index_key(struct chains *c, struct node *node)
{
	node->by_key = true;
	index_add(&c->by_key, (uint32_t)node->key, node_number(c, node));
}

void forget_key(struct chains *c, struct node *node)
{
	if (node->by_key)
		index_remove(&c->by_key, (uint32_t)node->key, node_number(c, node));
	node->by_key = false;
}

void index_flight(struct chains *c, struct node *node)
{
	node->in_flight = true;
	node->flight_key = hash_mix(node->asks_for, node->name_hash);
	index_add(&c->in_flight, (uint32_t)node->flight_key, node_number(c, node));
}

void forget_flight(struct chains *c, struct node *node)
{
	if (node->in_flight)
		index_remove(&c->in_flight, (uint32_t)node->flight_key, node_number(c, node));
	node->in_flight = false;
}

/* ---- What requests are interested in --------------------------------------------------------- */

static uint32_t new_interest(struct chains *c)
{
	uint32_t n = c->interest_free;

	if (n)
		c->interest_free = c->interests[n].next;
	else if (c->interest_fresh < c->interest_max)
		n = ++c->interest_fresh;
	else
		c->stats.refused++;
	return n;
}

static bool is_interested(const struct chains *c, const struct node *request, uint64_t key,
			  enum interest_source source, bool ancestor)
{
	for (uint32_t n = request->interests; n; n = c->interests[n].next) {
		const struct interest *i = &c->interests[n];

		if (i->key == key && i->source == source && i->ancestor == ancestor)
			return true;
	}
	return false;
}

void add_interest(struct chains *c, struct node *request, const struct name_hashes *names,
		  enum interest_source source)
{
	for (unsigned int labels = 0; labels <= names->labels; labels++) {
		uint64_t key = hash_mix(request->serves_as, names->hash[labels]);
		bool ancestor = labels < names->labels;
		uint32_t n;

		if (is_interested(c, request, key, source, ancestor))
			continue;
		n = new_interest(c);
		if (!n)
			return;
		c->interests[n] = (struct interest){
			.key = key,
			.request = node_number(c, request),
			.next = request->interests,
			.source = (uint8_t)source,
			.ancestor = ancestor,
			.labels = (uint8_t)labels,
		};
		request->interests = n;
		index_add(&c->by_name, (uint32_t)key, n);
	}
}

void forget_interests(struct chains *c, struct node *request)
{
	uint32_t n = request->interests, next;

	for (; n; n = next) {
		next = c->interests[n].next;
		index_remove(&c->by_name, (uint32_t)c->interests[n].key, n);
		c->interests[n].next = c->interest_free;
		c->interest_free = n;
	}
	request->interests = 0;
}

/* ---- Facts ----------------------------------------------------------------------------------- */

bool has_fact(const struct chains *c, uint64_t key, uint64_t value)
{
	uint32_t n = index_first(&c->by_fact, (uint32_t)key);

	for (unsigned int i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(&c->by_fact, n))
		if (c->facts[n].key == key && c->facts[n].value == value)
			return true;
	return false;
}

bool find_fact(const struct chains *c, uint64_t key, uint64_t *value)
{
	uint32_t n = index_first(&c->by_fact, (uint32_t)key);

	for (unsigned int i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(&c->by_fact, n)) {
		if (c->facts[n].key != key)
			continue;
		*value = c->facts[n].value;
		return true;
	}
	return false;
}

void add_fact(struct chains *c, uint64_t key, uint64_t value)
{
	uint32_t n = 1 + c->fact_count % FACTS_MAX;

	if (has_fact(c, key, value))
		return;
	if (c->fact_count >= FACTS_MAX)
		index_remove(&c->by_fact, (uint32_t)c->facts[n].key, n);
	c->fact_count++;
	c->facts[n] = (struct fact){.key = key, .value = value};
	index_add(&c->by_fact, (uint32_t)key, n);
}

struct server *find_server(struct chains *c, uint64_t entity, bool make)
{
	for (uint32_t i = 0; i < 32; i++) {
		struct server *s = &c->servers[(index_mix(entity) + i) & (SERVERS_MAX - 1)];

		if (s->entity == entity)
			return s;
		if (s->entity)
			continue;
		if (!make)
			return NULL;
		s->entity = entity;
		return s;
	}
	return NULL;
}
