/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The most frequent keys of a stream, in bounded memory.
 *
 * Space-Saving (Metwally, Agrawal, El Abbadi: "Efficient computation of frequent and top-k
 * elements in data streams", 2005): a key that finds no room takes over the counter of the
 * rarest, so that a count is never too low, and too high by at most `error`.
 */
#ifndef COMMON_CLI_TOPK_H
#define COMMON_CLI_TOPK_H

#include <stddef.h>
#include <stdint.h>

#define TOPK_KEY_MAX 256
#define TOPK_VALUES  3

struct topk_entry {
	uint64_t count;
	uint64_t error;
	uint64_t values[TOPK_VALUES]; /* the caller's; counted since the key took its place */
	uint32_t hash;
	uint16_t next; /* in its chain, index + 1; 0: the last */
	uint16_t key_size;
	uint8_t key[TOPK_KEY_MAX];
};

struct topk;

/* Room for up to 65535 keys. NULL when memory is short. */
struct topk *topk_new(uint16_t room);
void topk_free(struct topk *t);

/* Counts one more of `key`. The entry is valid until the next call. */
struct topk_entry *topk_count(struct topk *t, const void *key, size_t size);

/* Up to `n` entries with the highest counts, the highest first. Returns how many. */
size_t topk_best(const struct topk *t, const struct topk_entry **best, size_t n);

/* How often a key took over another's counter: 0 says that all counts are exact. */
uint64_t topk_replaced(const struct topk *t);

#endif
