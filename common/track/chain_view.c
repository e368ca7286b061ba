/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain as it is told: its hops in order, numbered, with what they have to do with each other.
 */
#include <netinet/in.h>
#include <string.h>

#include "track/chain_state.h"

struct view {
	struct chains *c;
	const struct root *root;
	struct chain chain;
	uint32_t shares;
};

/* ---- Hops, depth first ----------------------------------------------------------------------- */

static void share(struct view *v, const struct node *node, uint32_t parent)
{
	if (v->shares == VIEW_SHARES_MAX)
		return;
	/* Places, until the numbers are known. */
	v->c->shares[v->shares++] = (struct chain_share){.hop = node->place, .parent = parent};
}

/* `parent` is a place, counted from 1; 0: the root. */
static void add_hops(struct view *v, uint32_t first, uint32_t parent, uint32_t depth)
{
	struct chains *c = v->c;

	for (uint32_t n = first; n; n = c->edges[n].next_out) {
		struct node *node = node_at(c, c->edges[n].child);
		struct chain_hop *hop = &c->hops[v->chain.hop_count];

		if (node->stamp == c->stamp) {
			share(v, node, parent);
			continue;
		}
		if (v->chain.hop_count == CHAIN_HOPS_MAX || depth == DEPTH_MAX) {
			v->chain.hops_left_out++;
			continue;
		}
		node->stamp = c->stamp;
		v->chain.hop_count++;
		node->place = v->chain.hop_count;
		*hop = (struct chain_hop){
			.exchange = &node->x,
			.parent = parent,
			.depth = depth,
			.linked_by = (enum chain_evidence)c->edges[n].evidence,
			.fallback = node->fallback,
			.upstream = depth > 0 || v->root->kind == CHAIN_PREFETCH ||
				    v->root->kind == CHAIN_UNLINKED,
		};
		add_hops(v, node->out, node->place, depth + 1);
	}
}

static const struct node *node_of(const struct chain_hop *hop)
{
	return (const struct node *)((const char *)hop->exchange - offsetof(struct node, x));
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static bool is_before(const struct chains *c, uint32_t a, uint32_t b)
{
	uint64_t x = c->hops[a].exchange->asked, y = c->hops[b].exchange->asked;

	return x != y ? x < y : a < b;
}

/* Nearly sorted already. */
static void sort_by_time(struct chains *c, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = i;

		for (; at > 0 && is_before(c, i, c->order[at - 1]); at--)
			c->order[at] = c->order[at - 1];
		c->order[at] = i;
	}
}

static void number_hops(struct view *v)
{
	struct chains *c = v->c;

	sort_by_time(c, v->chain.hop_count);
	for (uint32_t i = 0; i < v->chain.hop_count; i++)
		c->hops[c->order[i]].number = i + 1;
	for (uint32_t i = 0; i < v->chain.hop_count; i++)
		if (c->hops[i].parent)
			c->hops[i].parent = c->hops[c->hops[i].parent - 1].number;
	for (uint32_t i = 0; i < v->shares; i++) {
		struct chain_share *s = &c->shares[i];

		s->hop = c->hops[s->hop - 1].number;
		s->parent = s->parent ? c->hops[s->parent - 1].number : 0;
	}
}

/* ---- What hops have to do with each other ---------------------------------------------------- */

static bool same_question(const struct chain_exchange *a, const struct chain_exchange *b)
{
	return a->question.type == b->question.type &&
	       dns_name_equal(&a->question.name, &b->question.name);
}

static bool has_answered(const struct chain_exchange *x)
{
	return chain_outcome_is_response(x->outcome) && x->outcome != OUTCOME_ERROR;
}

/* Asks again what an earlier hop of the same parent asked in vain. */
static void relate(struct chains *c, uint32_t i)
{
	struct chain_hop *hop = &c->hops[c->order[i]];
	const struct node *node = node_of(hop);

	for (uint32_t k = i; k-- > 0;) {
		struct chain_hop *other = &c->hops[c->order[k]];
		struct chain_exchange *x = (struct chain_exchange *)other->exchange;

		if (node->referred_key && !hop->referred_by &&
		    node_of(other)->gives_key == node->referred_key && x->ended &&
		    x->ended <= hop->exchange->asked)
			hop->referred_by = other->number;
		if (hop->retry || hop->fallback || other->parent != hop->parent ||
		    !same_question(x, hop->exchange) || has_answered(x))
			continue;
		hop->retry = true;
		if (x->outcome == OUTCOME_OPEN ||
		    (x->outcome == OUTCOME_TIMEOUT && x->ended > hop->exchange->asked)) {
			x->outcome = OUTCOME_GIVEN_UP;
			x->ended = hop->exchange->asked;
		}
	}
	hop->retry |= hop->exchange->attempts > 1;
}

/* ---- Times ----------------------------------------------------------------------------------- */

/* Somebody outside is waited for: a server that is not here, or that asks nobody here. */
static bool is_outside(const struct chain_hop *hop)
{
	const struct node *node = node_of(hop);

	if (node->out)
		return false;
	return hop->upstream || !hop->exchange->received;
}

/* The union of the spans, which come in the order of their beginnings. */
static uint64_t upstream_time(const struct view *v)
{
	const struct chains *c = v->c;
	uint64_t sum = 0, covered = v->chain.begin, last = v->chain.end;

	for (uint32_t i = 0; i < v->chain.hop_count; i++) {
		const struct chain_hop *hop = &c->hops[c->order[i]];
		uint64_t from = hop->exchange->asked;
		uint64_t to = hop->exchange->ended ? hop->exchange->ended : last;

		if (!is_outside(hop))
			continue;
		from = from > covered ? from : covered;
		to = to < last ? to : last;
		if (to <= from)
			continue;
		sum += to - from;
		covered = to;
	}
	return sum;
}

static enum chain_cache cache_of(const struct view *v)
{
	enum chain_cache cache = CACHE_NONE;

	for (uint32_t i = 0; i < v->chain.hop_count; i++) {
		const struct chain_hop *hop = &v->c->hops[i];

		if (hop->depth == 0 && hop->exchange->cache > cache)
			cache = hop->exchange->cache;
	}
	return cache;
}

static uint64_t last_end(const struct view *v)
{
	uint64_t end = v->root->begin;

	for (uint32_t i = 0; i < v->chain.hop_count; i++) {
		const struct chain_hop *hop = &v->c->hops[i];

		if (hop->depth == 0 && hop->exchange->ended > end)
			end = hop->exchange->ended;
	}
	return end;
}

static uint64_t end_of(const struct view *v, bool unfinished)
{
	if (v->root->kind == CHAIN_CALL)
		return v->root->complete ? v->root->end : v->c->now;
	return unfinished ? v->c->now : last_end(v);
}

void tell_root(struct chains *c, struct root *root, bool unfinished)
{
	struct view v = {
		.c = c,
		.root = root,
		.chain =
			{
				.id = root->id,
				.kind = root->kind,
				.call = root->kind == CHAIN_CALL ? &root->call : NULL,
				.owner = root->has_owner ? &root->owner : NULL,
				.begin = root->begin,
				.unfinished = unfinished,
				.returned = root->returned,
				.result = root->result,
				.hops = c->hops,
				.shares = c->shares,
				.connect = root->connect,
			},
	};

	c->stamp++;
	add_hops(&v, root->out, 0, 0);
	number_hops(&v);
	for (uint32_t i = 0; i < v.chain.hop_count; i++)
		relate(c, i);
	v.chain.share_count = v.shares;
	v.chain.end = end_of(&v, unfinished);
	v.chain.upstream = upstream_time(&v);
	v.chain.cache = cache_of(&v);
	c->stats.chains++;
	c->config.done(c->config.context, &v.chain);
}

bool has_open_hop(struct chains *c, const struct root *root, bool servers)
{
	uint32_t depth = 0, looked = 0;

	c->stamp++;
	for (uint32_t n = root->out; n && depth < WALK_MAX; n = c->edges[n].next_out)
		c->stack[depth++] = c->edges[n].child;
	while (depth && ++looked < WALK_MAX) {
		struct node *node = node_at(c, c->stack[--depth]);

		if (node->stamp == c->stamp)
			continue;
		node->stamp = c->stamp;
		if (node->server_open || (!servers && node->client_open))
			return true;
		for (uint32_t n = node->out; n && depth < WALK_MAX; n = c->edges[n].next_out)
			c->stack[depth++] = c->edges[n].child;
	}
	return false;
}
