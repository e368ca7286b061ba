/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pools of roots, nodes and edges, and what leads to what.
 */
#include <string.h>

#include "track/chain_state.h"

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
	node->key = node->client_number = node->server_number = 0;
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

static void stop_wait(struct chains *c, struct root *root)
{
	struct list *list = &c->waiting[root->waits];

	if (root->waits == WAITS_NOT)
		return;
	root->waits = WAITS_NOT;
	if (root->wait_previous)
		c->roots[root->wait_previous].wait_next = root->wait_next;
	else
		list->head = root->wait_next;
	if (root->wait_next)
		c->roots[root->wait_next].wait_previous = root->wait_previous;
	else
		list->tail = root->wait_previous;
}

void root_wait(struct chains *c, struct root *root, enum root_wait what, uint64_t deadline)
{
	struct list *list = &c->waiting[what];
	uint32_t number = root_number(c, root);

	stop_wait(c, root);
	root->waits = (uint8_t)what;
	root->deadline = deadline;
	root->wait_next = 0;
	root->wait_previous = list->tail;
	if (list->tail)
		c->roots[list->tail].wait_next = number;
	else
		list->head = number;
	list->tail = number;
}

void root_remove(struct chains *c, struct root *root)
{
	uint32_t doomed = 0;

	forget_call(c, root);
	stop_wait(c, root);
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
