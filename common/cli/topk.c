/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/topk.h"

#include <stdlib.h>
#include <string.h>

struct topk {
	uint16_t room;
	uint16_t used;
	uint64_t replaced;
	uint64_t *counts; /* a copy, close together: looking for the least reads all of them */
	uint16_t *chains; /* `room` of them; index + 1 */
	struct topk_entry *entries;
};

struct topk *topk_new(uint16_t room)
{
	struct topk *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->room = room;
	t->counts = calloc(room, sizeof(*t->counts));
	t->chains = calloc(room, sizeof(*t->chains));
	t->entries = calloc(room, sizeof(*t->entries));
	if (!t->counts || !t->chains || !t->entries) {
		topk_free(t);
		return NULL;
	}
	return t;
}

void topk_free(struct topk *t)
{
	if (!t)
		return;
	free(t->counts);
	free(t->chains);
	free(t->entries);
	free(t);
}

/* FNV-1a. The tables are bounded, so that keys made to collide cost time, not memory. */
static uint32_t hash_key(const uint8_t *key, size_t size)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ key[i]) * 16777619U;
	return hash;
}

static struct topk_entry *find(const struct topk *t, uint32_t hash, const void *key, size_t size)
{
	for (uint16_t i = t->chains[hash % t->room]; i; i = t->entries[i - 1].next) {
		struct topk_entry *e = &t->entries[i - 1];

		if (e->hash == hash && e->key_size == size && memcmp(e->key, key, size) == 0)
			return e;
	}
	return NULL;
}

static uint16_t least(const struct topk *t)
{
	uint16_t found = 0;

	for (uint16_t i = 1; i < t->used; i++)
		if (t->counts[i] < t->counts[found])
			found = i;
	return found;
}

static void unlink_entry(struct topk *t, uint16_t index)
{
	uint16_t *link = &t->chains[t->entries[index].hash % t->room];

	while (*link != index + 1)
		link = &t->entries[*link - 1].next;
	*link = t->entries[index].next;
}

static struct topk_entry *take_place(struct topk *t, uint32_t hash, const void *key, size_t size)
{
	uint16_t index = t->used;
	struct topk_entry *e;

	if (t->used < t->room) {
		t->used++;
	} else {
		index = least(t);
		unlink_entry(t, index);
		t->replaced++;
	}
	e = &t->entries[index];
	e->error = t->counts[index];
	e->count = t->counts[index];
	memset(e->values, 0, sizeof(e->values));
	e->hash = hash;
	e->key_size = (uint16_t)size;
	memcpy(e->key, key, size);
	e->next = t->chains[hash % t->room];
	t->chains[hash % t->room] = (uint16_t)(index + 1);
	return e;
}

struct topk_entry *topk_count(struct topk *t, const void *key, size_t size)
{
	size_t taken = size < TOPK_KEY_MAX ? size : TOPK_KEY_MAX;
	uint32_t hash = hash_key(key, taken);
	struct topk_entry *e = find(t, hash, key, taken);

	if (!e)
		e = take_place(t, hash, key, taken);
	e->count++;
	t->counts[e - t->entries] = e->count;
	return e;
}

/* By insertion: n is ten or so. */
size_t topk_best(const struct topk *t, const struct topk_entry **best, size_t n)
{
	size_t found = 0;

	for (uint16_t i = 0; i < t->used; i++) {
		size_t at = found;

		while (at > 0 && best[at - 1]->count < t->entries[i].count)
			at--;
		if (at == n)
			continue;
		if (found < n)
			found++;
		memmove(&best[at + 1], &best[at],
			(found - 1 - at) * sizeof(const struct topk_entry *));
		best[at] = &t->entries[i];
	}
	return found;
}

uint64_t topk_replaced(const struct topk *t)
{
	return t->replaced;
}
