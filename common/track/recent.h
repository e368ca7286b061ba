/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions that ended a short while ago, so that a second or late answer is known as such.
 */
#ifndef COMMON_TRACK_RECENT_H
#define COMMON_TRACK_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#include "track/arena.h"
#include "track/index.h"
#include "track/table.h"

#define RECENT_MAX 4096 /* a power of two; the oldest is overwritten */

enum recent_state {
	RECENT_ANSWERED,
	RECENT_GIVEN_UP, /* timed out, or refused */
};

/* One path of an ended transaction. */
struct recent_path {
	uint32_t hash; /* of the key: id and question */
	uint32_t attempts;
	uint64_t first; /* attempt's time */
	uint64_t ended;
	uint16_t id;
	uint8_t opcode;
	uint8_t state;
	bool has_owner;
	struct path path;
	struct owner owner;
};

struct recent {
	struct recent_path *paths; /* [0] is not used */
	struct index by_id;
	uint32_t count; /* ever added */
};

void recent_layout(struct recent *recent, struct arena *arena);
/* Notes all paths of a transaction. */
void recent_add(struct recent *recent, const struct slot *slot, enum recent_state state,
		uint64_t time);

/*
 * The newest transaction that a response along `path` would have answered. `key` is NULL when
 * the response has no question. NULL: none is remembered.
 */
struct recent_path *recent_find(const struct recent *recent, const struct path *path,
				const struct dns_message *message, const struct key *key);

#endif
