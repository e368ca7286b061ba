/* SPDX-License-Identifier: Apache-2.0 */
#include "track/keyed.h"

void keyed_layout(struct keyed *k, struct arena *arena, uint32_t max)
{
	uint32_t heads = 1;

	while (heads < max)
		heads *= 2;
	k->max = max;
	k->uses = arena_take(arena, (uint64_t)max + 1, sizeof(*k->uses));
	k->keys = arena_take(arena, (uint64_t)max + 1, sizeof(*k->keys));
	k->index.mask = heads - 1;
	k->index.heads = arena_take(arena, heads, sizeof(*k->index.heads));
	k->index.links = arena_take(arena, (uint64_t)max + 1, sizeof(*k->index.links));
}

static void unlink_use(struct keyed *k, uint32_t number)
{
	struct index_link *use = &k->uses[number];

	k->uses[use->next].previous = use->previous;
	k->uses[use->previous].next = use->next;
}

static void link_use(struct keyed *k, uint32_t number)
{
	uint32_t newest = k->uses[0].next;

	k->uses[number] = (struct index_link){.next = newest, .previous = 0};
	k->uses[newest].previous = number;
	k->uses[0].next = number;
}

uint32_t keyed_find(struct keyed *k, uint64_t key)
{
	uint32_t number = index_first(&k->index, index_mix(key));

	for (int i = 0; i < INDEX_WALK_MAX && number && k->keys[number] != key; i++)
		number = index_next(&k->index, number);
	if (!number || k->keys[number] != key)
		return 0;
	if (k->uses[0].next != number) {
		unlink_use(k, number);
		link_use(k, number);
	}
	return number;
}

uint32_t keyed_victim(const struct keyed *k)
{
	return k->used < k->max ? 0 : k->uses[0].previous;
}

uint32_t keyed_add(struct keyed *k, uint64_t key)
{
	uint32_t number = keyed_victim(k);

	if (number) {
		k->evicted++;
		unlink_use(k, number);
		index_remove(&k->index, index_mix(k->keys[number]), number);
	} else {
		number = ++k->used;
	}
	k->keys[number] = key;
	index_add(&k->index, index_mix(key), number);
	link_use(k, number);
	return number;
}
