/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookups added up by a key: a server, a process, a name.
 *
 * Bounded: when there is no more room, lookups with a new key are added up together, in a group
 * of their own without a key, so that the groups' sums are always those of all lookups.
 */
#ifndef COMMON_TRACK_GROUPS_H
#define COMMON_TRACK_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "track/latency.h"

#define GROUP_KEY_MAX 1024

struct group {
	uint16_t key_size; /* 0: those that found no room */
	uint8_t key[GROUP_KEY_MAX];
	struct latency latency;
};

struct groups;

/* Room for that many keys; memory is taken now and used as keys come. NULL when it is short. */
struct groups *groups_new(uint32_t room);
void groups_free(struct groups *g);

/* Forgets all keys. */
void groups_reset(struct groups *g);

/* The latencies of a key of 1 to GROUP_KEY_MAX octets, new ones empty. Valid until the reset. */
struct latency *groups_find(struct groups *g, const void *key, size_t size);

/* In the order they came; the one without a key, if there is any, comes last. */
uint32_t groups_count(const struct groups *g);
const struct group *groups_at(const struct groups *g, uint32_t n);

#endif
