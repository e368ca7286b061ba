/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookups added up: how many ended how, and how long they took.
 *
 * Pure: no I/O, no clock, no allocation.
 */
#ifndef COMMON_TRACK_LATENCY_H
#define COMMON_TRACK_LATENCY_H

#include <stdint.h>

#include "bpf/lib/tally.h"
#include "track/histogram.h"
#include "track/transaction.h"

/* Codes that are counted each by itself: up to BADCOOKIE (RFC 7873); the rest is one more. */
#define LATENCY_RCODES 24

/* The steps of the histogram that people see: a value belongs to the first that it is not above. */
#define LATENCY_STEPS_MAX 63
struct latency_scale {
	uint32_t count;
	uint64_t upper[LATENCY_STEPS_MAX]; /* ns, rising; above the last is one more step */
};

/* Each lookup is counted once, when it ends. */
struct latency {
	uint64_t queries; /* lookups: answers, timeouts, refused and send_failed together */
	uint64_t answers; /* whatever the rcode */
	uint64_t slow;	  /* answers that took the limit or more */
	uint64_t timeouts;
	uint64_t refused; /* by an ICMP error */
	uint64_t send_failed;
	uint64_t retries;		     /* attempts beyond each lookup's first */
	uint64_t unmatched;		     /* responses that ended no lookup; of these: */
	uint64_t duplicates;		     /* their lookup had its answer */
	uint64_t late;			     /* their lookup had timed out */
	uint64_t rcodes[LATENCY_RCODES + 1]; /* of the answers */
	/* ns, of the answers, from the first attempt on; `min` of none is UINT64_MAX. */
	uint64_t min, max, sum;
	uint64_t steps[LATENCY_STEPS_MAX + 1];
	struct histogram histogram;
};

/* Makes it empty. */
void latency_reset(struct latency *l);

/* `slow` in ns. Single queries (mDNS) and drops are no lookups and are not counted. */
void latency_add(struct latency *l, const struct lookup *lookup, const struct latency_scale *scale,
		 uint64_t slow);

/*
 * What the kernel has counted by itself, `now` less `before`; its extremes are those since then,
 * and its steps must be those of the same scale.
 */
void latency_add_tally(struct latency *l, const struct tally_counts *now,
		       const struct tally_counts *before);

/*
 * Of the answers, the latency that `permille` of them do not exceed (nearest rank), in ns, within
 * HISTOGRAM_ERROR_PERMILLE of the true one. 0 when there is no answer.
 */
uint64_t latency_percentile(const struct latency *l, uint32_t permille);

/* ns; 0 when there is no answer. */
uint64_t latency_average(const struct latency *l);

/*
 * Powers of two of a unit in ns: 0-1, 2-3, 4-7, ... units, whole units as they are printed, so that
 * a step ends 1 ns below the next. Up to 2^`powers` units, at most LATENCY_STEPS_MAX.
 */
void latency_scale_powers(struct latency_scale *scale, uint64_t unit, uint32_t powers);

#endif
