/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many arrays in one allocation: laid out twice, first without memory to learn the size.
 */
#ifndef COMMON_TRACK_ARENA_H
#define COMMON_TRACK_ARENA_H

#include <stddef.h>
#include <stdint.h>

#define ARENA_ALIGN 64 /* a cache line */

struct arena {
	uint8_t *base; /* NULL: only count */
	uint64_t used;
};

static inline void *arena_take(struct arena *arena, uint64_t count, size_t size)
{
	uint64_t offset = arena->used;

	arena->used += (count * size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	return arena->base ? arena->base + offset : NULL;
}

#endif
