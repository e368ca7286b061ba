/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one client asks below one registered domain, added up. Part of track/detector.h.
 */
#ifndef COMMON_TRACK_WATCH_H
#define COMMON_TRACK_WATCH_H

#include "track/alert.h"
#include "track/information.h"
#include "track/keyed.h"
#include "track/known.h"
#include "track/sliding.h"

/* Sums of ten minutes, in which a tunnel shows itself. */
enum watch_sum {
	SUM_QUERIES,
	SUM_NAMES,   /* new ones */
	SUM_VOLUME,  /* their information, 1/16 bit */
	SUM_TYPES,   /* of the new names' queries, rare types: 10 each, or 7 */
	SUM_ANSWERS, /* to any query */
	SUM_SHORT,   /* of these, not to be kept by caches */
	SUM_DATA,    /* of these, octets of record data */
	WATCH_SUMS
};

struct watch {
	const struct known_service *known; /* NULL: it is not */
	uint64_t last;			   /* ns; query */
	uint64_t beats;			   /* ten-second intervals with a query, the last 64 */
	uint64_t beat;			   /* the last of them */
	struct sliding_clock minutes, window;
	struct sliding sums[WATCH_SUMS];
	struct sliding leak; /* information of the window, 1/16 bit */
	uint32_t evidence;
	uint64_t queries, names, volume, data; /* since it was first seen; volume: 1/16 bit */
	uint32_t sample_count;
	struct dns_name samples[ALERT_SAMPLES]; /* the first, then a later one in the last place */
	struct information information;
};

struct watches {
	struct keyed keyed;    /* by client and domain */
	struct watch *watches; /* by number */
	uint64_t window;
};

void watches_layout(struct watches *w, struct arena *arena, uint32_t max, uint64_t window);

/* NULL: there is none. */
struct watch *watches_find(struct watches *w, uint64_t key);
struct watch *watches_add(struct watches *w, uint64_t key);

/* Brings its sums to `now`. */
void watch_advance(struct watch *w, uint64_t now);
uint64_t watch_sum(const struct watch *w, enum watch_sum sum, uint64_t now);
/* Of the window, in octets. */
uint64_t watch_leak(const struct watch *w, uint64_t now);
/* Of the last ten minutes, how many tenths of them had a query. */
unsigned int watch_steadiness(const struct watch *w, uint64_t now);
void watch_beat(struct watch *w, uint64_t now);

#endif
