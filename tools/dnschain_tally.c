/* SPDX-License-Identifier: Apache-2.0 */
#include "dnschain_tally.h"

#include <stdlib.h>
#include <string.h>

#include "track/hash.h"

_Static_assert(TALLY_KEY_MAX >= ENDPOINT_TEXT_MAX, "either is a key");

static struct index index_of(struct tallies *t)
{
	return (struct index){.heads = t->heads, .links = t->links, .mask = TALLIES_MAX - 1};
}

/* A new one has no key yet. */
static struct tally *find(struct tallies *t, uint64_t hash)
{
	struct index index = index_of(t);
	uint32_t n = index_first(&index, index_mix(hash));

	for (unsigned int i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(&index, n))
		if (t->list[n].hash == hash)
			return &t->list[n];
	if (t->count == TALLIES_MAX) {
		memcpy(t->list[0].key, "others", sizeof("others"));
		return &t->list[0];
	}
	n = ++t->count;
	t->list[n].hash = hash;
	index_add(&index, index_mix(hash), n);
	return &t->list[n];
}

struct tally *tally_of_process(struct tallies *t, const struct owner *owner)
{
	struct tally *tally =
		find(t, hash_octets(owner->pid, owner->comm, strnlen(owner->comm, COMM_SIZE)));

	if (!tally->key[0])
		process_text(tally->key, owner);
	return tally;
}

struct tally *tally_of_address(struct tallies *t, const struct endpoint *e)
{
	struct tally *tally = find(t, hash_octets(0, e->address, sizeof(e->address)));

	if (!tally->key[0])
		endpoint_address_to_text(tally->key, e);
	return tally;
}

static int by_time(const void *a, const void *b)
{
	const struct tally *x = *(const struct tally *const *)a;
	const struct tally *y = *(const struct tally *const *)b;

	if (x->time != y->time)
		return x->time < y->time ? 1 : -1;
	return x->count < y->count ? 1 : x->count > y->count ? -1 : strcmp(x->key, y->key);
}

uint32_t tallies_sorted(const struct tallies *t, const struct tally *order[TALLIES_MAX + 1])
{
	uint32_t count = 0;

	for (uint32_t i = 0; i <= t->count; i++)
		if (t->list[i].count)
			order[count++] = &t->list[i];
	if (count)
		qsort(order, count, sizeof(const struct tally *), by_time);
	return count;
}
