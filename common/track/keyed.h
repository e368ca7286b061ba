/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers for keys: a bounded table of which the key unused longest makes room. Numbers count from
 * 1, so that zeroed memory is an empty table. What belongs to a number is the caller's.
 */
#ifndef COMMON_TRACK_KEYED_H
#define COMMON_TRACK_KEYED_H

#include <stdint.h>

#include "track/arena.h"
#include "track/index.h"

struct keyed {
	struct index index;
	struct index_link *uses; /* by number; [0].next was used last, [0].previous longest ago */
	uint64_t *keys;		 /* hashes that stand for the keys, see track/hash.h */
	uint32_t used;		 /* numbers in use: 1 to `used` */
	uint32_t max;
	uint64_t evicted; /* keys that made room */
};

void keyed_layout(struct keyed *k, struct arena *arena, uint32_t max);

/* The number of a key, which was used now; 0: it has none. */
uint32_t keyed_find(struct keyed *k, uint64_t key);

/* A number for a key that has none: a new one, or that of the key that makes room. */
uint32_t keyed_add(struct keyed *k, uint64_t key);

/* The number that keyed_add() would take from its key; 0: there is room. */
uint32_t keyed_victim(const struct keyed *k);

#endif
