/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pools of roots, nodes, edges and names of chains, and the ways to find them.
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
	c->hops = arena_take(arena, VIEW_HOPS_MAX, sizeof(*c->hops));
	c->order = arena_take(arena, VIEW_HOPS_MAX, sizeof(*c->order));
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

static void forget_number(struct chains *c, struct node *node, bool server)
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

static void forget_key(struct chains *c, struct node *node)
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

/* ---- Edges ----------------------------------------------------------------------------------- */

static uint32_t new_edge(struct chains *c)
{
	uint32_t n = c->edge_free;

	if (n)
		c->edge_free = c->edges[n].next_out;
	else if (c->edge_fresh < c->edge_max)
		n = ++c->edge_fresh;
	else
		c->stats.refused++;
	return n;
}

static void add_edge(struct chains *c, struct edge edge, uint32_t *first, uint32_t *last)
{
	struct node *child = node_at(c, edge.child);
	uint32_t n = new_edge(c);

	if (!n)
		return;
	edge.next_in = child->in;
	edge.next_out = 0;
	c->edges[n] = edge;
	child->in = n;
	if (*last)
		c->edges[*last].next_out = n;
	else
		*first = n;
	*last = n;
}

bool link_root(struct chains *c, struct root *root, struct node *child, enum chain_evidence why)
{
	uint32_t before = child->in;

	add_edge(c,
		 (struct edge){
			 .parent = root_number(c, root),
			 .child = node_number(c, child),
			 .from_root = true,
			 .evidence = (uint8_t)why,
		 },
		 &root->out, &root->out_last);
	return child->in != before;
}

bool is_linked(const struct chains *c, const struct node *parent, const struct node *child)
{
	uint32_t number = node_number(c, parent);

	for (uint32_t n = child->in; n; n = c->edges[n].next_in)
		if (!c->edges[n].from_root && c->edges[n].parent == number)
			return true;
	return false;
}

bool link_node(struct chains *c, struct node *parent, struct node *child, enum chain_evidence why)
{
	uint32_t before = child->in;

	if (parent == child || is_linked(c, parent, child))
		return false;
	add_edge(c,
		 (struct edge){
			 .parent = node_number(c, parent),
			 .child = node_number(c, child),
			 .evidence = (uint8_t)why,
		 },
		 &parent->out, &parent->out_last);
	return child->in != before;
}

bool is_ancestor(struct chains *c, const struct node *above, const struct node *below)
{
	uint32_t depth = 0, looked = 0;

	c->stamp++;
	c->stack[depth++] = node_number(c, below);
	while (depth) {
		struct node *node = node_at(c, c->stack[--depth]);

		if (node == above || ++looked >= WALK_MAX)
			return true;
		if (node->stamp == c->stamp)
			continue;
		node->stamp = c->stamp;
		for (uint32_t n = node->in; n; n = c->edges[n].next_in) {
			if (c->edges[n].from_root)
				continue;
			if (depth == WALK_MAX)
				return true;
			c->stack[depth++] = c->edges[n].parent;
		}
	}
	return false;
}

/* The edge leaves the child's list; its parent goes. */
static void unlink_in(struct chains *c, uint32_t edge)
{
	uint32_t *place = &node_at(c, c->edges[edge].child)->in;

	while (*place != edge)
		place = &c->edges[*place].next_in;
	*place = c->edges[edge].next_in;
}

struct node *unlink_first(struct chains *c, struct node *request)
{
	uint32_t n = request->out;

	unlink_in(c, n);
	request->out = c->edges[n].next_out;
	if (!request->out)
		request->out_last = 0;
	c->edges[n].next_out = c->edge_free;
	c->edge_free = n;
	return node_at(c, c->edges[n].child);
}

/* ---- Nodes and roots --------------------------------------------------------------------------
 */

static void make_room(struct chains *c)
{
	struct root *root = &c->roots[c->by_time.head];

	tell_root(c, root, true);
	c->stats.evicted++;
	root_remove(c, root);
}

/* A new node needs an edge that leads to it. */
static bool no_node(const struct chains *c)
{
	return (!c->node_free && c->node_fresh == c->node_max) ||
	       (!c->edge_free && c->edge_fresh == c->edge_max);
}

struct node *node_new(struct chains *c)
{
	uint32_t n;

	/* Each node belongs to a root. */
	while (no_node(c))
		make_room(c);
	n = c->node_free;
	if (n)
		c->node_free = node_at(c, n)->next_free;
	else
		n = ++c->node_fresh;
	memset(node_at(c, n), 0, sizeof(struct node));
	return node_at(c, n);
}

static void stop_waiting(struct chains *c, struct node *node)
{
	struct server *server = node->waits ? find_server(c, node->serves_as, false) : NULL;

	if (server && server->waiting)
		server->waiting--;
	node->waits = false;
}

static void free_node(struct chains *c, struct node *node)
{
	forget_number(c, node, false);
	forget_number(c, node, true);
	forget_key(c, node);
	forget_flight(c, node);
	forget_interests(c, node);
	stop_waiting(c, node);
	node->key = 0;
	node->next_free = c->node_free;
	c->node_free = node_number(c, node);
}

/* Frees the edges, and puts children that nothing else leads to on the list of those to go. */
static void drop_edges(struct chains *c, uint32_t first, uint32_t *doomed)
{
	uint32_t n = first, next;

	for (; n; n = next) {
		struct node *child = node_at(c, c->edges[n].child);

		next = c->edges[n].next_out;
		unlink_in(c, n);
		c->edges[n].next_out = c->edge_free;
		c->edge_free = n;
		if (!child->in) {
			child->next_free = *doomed;
			*doomed = node_number(c, child);
		}
	}
}

static void list_remove_root(struct chains *c, struct root *root)
{
	if (root->previous)
		c->roots[root->previous].next = root->next;
	else
		c->by_time.head = root->next;
	if (root->next)
		c->roots[root->next].previous = root->previous;
	else
		c->by_time.tail = root->previous;
}

static uint32_t thread_hash(uint32_t tid)
{
	return index_mix(tid);
}

static void unlinger(struct chains *c, struct root *root)
{
	if (!root->lingers)
		return;
	root->lingers = false;
	if (root->linger_previous)
		c->roots[root->linger_previous].linger_next = root->linger_next;
	else
		c->lingering.head = root->linger_next;
	if (root->linger_next)
		c->roots[root->linger_next].linger_previous = root->linger_previous;
	else
		c->lingering.tail = root->linger_previous;
}

void root_remove(struct chains *c, struct root *root)
{
	uint32_t doomed = 0;

	if (root->in_calls)
		index_remove(&c->calls, thread_hash(root->owner.tid), root_number(c, root));
	if (root->in_names)
		index_remove(&c->call_names, (uint32_t)root->name_key, root_number(c, root));
	unlinger(c, root);
	list_remove_root(c, root);
	drop_edges(c, root->out, &doomed);
	while (doomed) {
		struct node *node = node_at(c, doomed);

		doomed = node->next_free;
		drop_edges(c, node->out, &doomed);
		free_node(c, node);
	}
	root->next = c->root_free;
	c->root_free = root_number(c, root);
	c->stats.open--;
}

bool has_root(const struct chains *c)
{
	return c->root_free || c->root_fresh < c->root_max;
}

struct root *root_new(struct chains *c, enum chain_kind kind, uint64_t time)
{
	struct root *root;
	uint32_t n;

	if (!has_root(c))
		make_room(c);
	n = c->root_free;
	if (n)
		c->root_free = c->roots[n].next;
	else
		n = ++c->root_fresh;
	root = &c->roots[n];
	memset(root, 0, sizeof(*root));
	root->id = ++c->next_id;
	root->kind = kind;
	root->begin = time;
	root->previous = c->by_time.tail;
	if (root->previous)
		c->roots[root->previous].next = n;
	else
		c->by_time.head = n;
	c->by_time.tail = n;
	c->stats.open++;
	c->stats.unlinked += kind == CHAIN_UNLINKED;
	return root;
}
