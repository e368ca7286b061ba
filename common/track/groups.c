/* SPDX-License-Identifier: Apache-2.0 */
#include "track/groups.h"

#include <stdlib.h>
#include <string.h>

#include "track/index.h"

/* groups[0] is that of the keys that found no room. */
struct groups {
	uint32_t room, used;
	bool overflowed;
	struct index index;
	struct group *groups;
};

static uint32_t heads_for(uint32_t room)
{
	uint32_t heads = 1;

	while (heads < room && heads < 1U << 31)
		heads *= 2;
	return heads;
}

struct groups *groups_new(uint32_t room)
{
	struct groups *g = calloc(1, sizeof(*g));
	uint32_t heads = heads_for(room);

	if (!g)
		return NULL;
	g->room = room;
	g->index.mask = heads - 1;
	g->index.heads = calloc(heads, sizeof(*g->index.heads));
	g->index.links = calloc((size_t)room + 1, sizeof(*g->index.links));
	g->groups = calloc((size_t)room + 1, sizeof(*g->groups));
	if (!g->index.heads || !g->index.links || !g->groups) {
		groups_free(g);
		return NULL;
	}
	return g;
}

void groups_free(struct groups *g)
{
	if (!g)
		return;
	free(g->index.heads);
	free(g->index.links);
	free(g->groups);
	free(g);
}

void groups_reset(struct groups *g)
{
	memset(g->index.heads, 0, ((size_t)g->index.mask + 1) * sizeof(*g->index.heads));
	g->used = 0;
	g->overflowed = false;
}

static uint32_t hash_key(const uint8_t *key, size_t size)
{
	uint64_t hash = 14695981039346656037ULL; /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ key[i]) * 1099511628211ULL;
	return index_mix(hash);
}

static bool has_key(const struct group *group, const void *key, size_t size)
{
	return group->key_size == size && memcmp(group->key, key, size) == 0;
}

static struct latency *without_room(struct groups *g)
{
	if (!g->overflowed)
		latency_reset(&g->groups[0].latency);
	g->overflowed = true;
	return &g->groups[0].latency;
}

struct latency *groups_find(struct groups *g, const void *key, size_t size)
{
	uint32_t hash = hash_key(key, size), walked = 0;
	struct group *group;

	for (uint32_t node = index_first(&g->index, hash); node && walked < INDEX_WALK_MAX;
	     node = index_next(&g->index, node), walked++)
		if (has_key(&g->groups[node], key, size))
			return &g->groups[node].latency;
	/* A chain that was not walked to its end may hold the key: it is not taken twice. */
	if (g->used == g->room || walked == INDEX_WALK_MAX)
		return without_room(g);
	group = &g->groups[++g->used];
	group->key_size = (uint16_t)size;
	memcpy(group->key, key, size);
	latency_reset(&group->latency);
	index_add(&g->index, hash, g->used);
	return &group->latency;
}

uint32_t groups_count(const struct groups *g)
{
	return g->used + g->overflowed;
}

const struct group *groups_at(const struct groups *g, uint32_t n)
{
	return n < g->used ? &g->groups[n + 1] : &g->groups[0];
}
