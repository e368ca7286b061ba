/* SPDX-License-Identifier: Apache-2.0 */
#include "track/chain.h"

#include <stdlib.h>

#include "track/chain_state.h"

#define MAX_HOPS_LIMIT (1u << 22)
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

void advance_chains(struct chains *c, uint64_t time)
{
	if (time > c->now)
		c->now = time;
}

/* ---- The end of a chain ---------------------------------------------------------------------- */

static void linger(struct chains *c, struct root *root)
{
	root_wait(c, root, WAITS_FOR_HOPS, c->now + c->config.linger);
}

bool awaits_connect(const struct chains *c, const struct root *root)
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
void try_finish(struct chains *c, struct root *root)
{
	if (!root->complete)
		return;
	if (!awaits_connect(c, root) && !has_open_hop(c, root, false))
		finish_root(c, root);
	else if (root->waits != WAITS_FOR_HOPS)
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
void finish_above(struct chains *c, struct node *node)
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

/* ---- Time ------------------------------------------------------------------------------------ */

/* The first root whose wait is over. */
static struct root *find_over(const struct chains *c, enum root_wait what, uint64_t now)
{
	struct root *root = &c->roots[c->waiting[what].head];

	return c->waiting[what].head && root->deadline <= now ? root : NULL;
}

static uint64_t last_activity(const struct chains *c, const struct root *root)
{
	uint64_t last = root->begin;

	for (uint32_t n = root->out; n; n = c->edges[n].next_out) {
		const struct chain_exchange *x = &node_at(c, c->edges[n].child)->x;
		uint64_t time = x->ended ? x->ended : x->asked;

		last = time > last ? time : last;
	}
	return last;
}

/* Its process was killed in it, or it was left some other way. */
static void end_silent_call(struct chains *c, struct root *root, uint64_t now)
{
	uint64_t last = last_activity(c, root);

	if (has_open_hop(c, root, true) || last + CALL_SILENCE_MAX > now)
		root_wait(c, root, WAITS_TO_RETURN, now + CALL_SILENCE_MAX);
	else
		end_call(c, root, last);
}

void chains_expire(struct chains *c, uint64_t now)
{
	struct root *root;

	advance_chains(c, now);
	while ((root = find_over(c, WAITS_TO_RETURN, now)))
		end_silent_call(c, root, now);
	while ((root = find_over(c, WAITS_FOR_HOPS, now))) {
		if (has_open_hop(c, root, true))
			linger(c, root);
		else
			finish_root(c, root);
	}
}

static uint64_t next_deadline(const struct chains *c, enum root_wait what)
{
	uint32_t head = c->waiting[what].head;

	return head ? c->roots[head].deadline : UINT64_MAX;
}

uint64_t chains_next_deadline(const struct chains *c)
{
	uint64_t a = next_deadline(c, WAITS_TO_RETURN), b = next_deadline(c, WAITS_FOR_HOPS);

	return a < b ? a : b;
}

void chains_finish(struct chains *c, uint64_t now)
{
	advance_chains(c, now);
	while (c->by_time.head) {
		struct root *root = &c->roots[c->by_time.head];

		tell_root(c, root, !root->complete);
		root_remove(c, root);
	}
}
