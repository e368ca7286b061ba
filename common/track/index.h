/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash index over numbered nodes: chains of numbers, no keys and no memory of its own.
 * Nodes count from 1, so that zeroed memory is an empty index and untouched pages cost nothing.
 */
#ifndef COMMON_TRACK_INDEX_H
#define COMMON_TRACK_INDEX_H

#include <stdint.h>

/* Longest part of a chain that is looked at: colliding keys cost a match, never the time. */
#define INDEX_WALK_MAX 128

struct index_link {
	uint32_t next;
	uint32_t previous;
};

struct index {
	uint32_t *heads;	  /* mask + 1, a power of two */
	struct index_link *links; /* by node; [0] is not used */
	uint32_t mask;
};

/* A finaliser as of MurmurHash3: the heads take the low bits alone. */
static inline uint32_t index_mix(uint64_t v)
{
	v ^= v >> 33;
	v *= 0xff51afd7ed558ccdULL;
	v ^= v >> 33;
	return (uint32_t)v;
}

static inline uint32_t index_first(const struct index *x, uint32_t hash)
{
	return x->heads[hash & x->mask];
}

static inline uint32_t index_next(const struct index *x, uint32_t node)
{
	return x->links[node].next;
}

/* Newest first. */
static inline void index_add(struct index *x, uint32_t hash, uint32_t node)
{
	uint32_t *head = &x->heads[hash & x->mask];

	x->links[node].next = *head;
	x->links[node].previous = 0;
	if (*head)
		x->links[*head].previous = node;
	*head = node;
}

static inline void index_remove(struct index *x, uint32_t hash, uint32_t node)
{
	const struct index_link *link = &x->links[node];

	if (link->previous)
		x->links[link->previous].next = link->next;
	else
		x->heads[hash & x->mask] = link->next;
	if (link->next)
		x->links[link->next].previous = link->previous;
}

#endif
