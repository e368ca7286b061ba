/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was seen in a window of time: a set of 64-bit hashes in two generations, in constant
 * memory. Pure.
 */
#ifndef COMMON_TRACK_SEEN_H
#define COMMON_TRACK_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "track/arena.h"
#include "track/sliding.h"

#define SEEN_WAYS 8 /* a cache line; the first is the newest */

struct seen {
	struct sliding_clock clock;
	uint32_t sets;	 /* of each generation, a power of two */
	uint8_t current; /* generation */
	bool used;	 /* there is a mark, or was */
	uint64_t *marks[2];
	uint64_t forgotten; /* marks that others pushed out before their time */
};

/* `room` marks in each generation. A mark is remembered for one window at least, two at most. */
void seen_layout(struct seen *s, struct arena *arena, uint64_t window, uint32_t room);

/* True when it was there. It is from now on. */
bool seen_before(struct seen *s, uint64_t mark, uint64_t now);
/* The same, but it is not put there. */
bool seen_has(struct seen *s, uint64_t mark, uint64_t now);

#endif
