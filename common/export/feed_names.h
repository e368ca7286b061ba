/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of one list as they are kept for the sets to come: eight octets each. Inside
 * common/export's feeds only.
 */
#ifndef COMMON_EXPORT_FEED_NAMES_H
#define COMMON_EXPORT_FEED_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "track/list_line.h"
#include "track/name_set.h"

struct feed_names {
	struct feed_hashes {
		uint64_t *hashes;
		size_t count, room;
	} of[NAME_SET_SCOPES]; /* by scope */
	struct name_set_depths depths;
	uint64_t count; /* of all scopes */
};

/* Text that becomes names. */
struct feed_parse {
	struct list_text text;
	struct feed_names names;
	uint64_t seed;
	uint64_t limit;	    /* of names */
	uint64_t unfit;	    /* were beyond it, or beyond the memory */
	unsigned int scope; /* that all names have besides their own */
};

void feed_parse_begin(struct feed_parse *parse, uint64_t seed, uint64_t limit, unsigned int scope);
void feed_parse_take(struct feed_parse *parse, const char *data, size_t size);
void feed_parse_end(struct feed_parse *parse);

void feed_names_free(struct feed_names *names);

/*
 * Adds them to a set, up to `limit` entries in it. Returns how many there was no room for, in the
 * set or below the limit.
 */
uint64_t feed_names_add(const struct feed_names *names, struct name_set *set, uint8_t tag,
			uint64_t limit);

#endif
