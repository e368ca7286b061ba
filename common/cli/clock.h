/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wall-clock time of events that were stamped with CLOCK_MONOTONIC.
 */
#ifndef COMMON_CLI_CLOCK_H
#define COMMON_CLI_CLOCK_H

#include <stdint.h>

#define NS_PER_SECOND 1000000000ULL
#define NS_PER_MS     1000000ULL

uint64_t clock_monotonic(void);

struct wall_clock {
	uint64_t offset; /* CLOCK_REALTIME - CLOCK_MONOTONIC, modulo 2^64 */
	uint64_t error;	 /* ns: the reading's own */
	uint64_t read;	 /* when: CLOCK_MONOTONIC */
};

/* Reads the offset anew when the last reading is a second old: NTP and people step it. */
void wall_clock_refresh(struct wall_clock *clock, uint64_t now);

static inline uint64_t wall_clock_time(const struct wall_clock *clock, uint64_t monotonic)
{
	return monotonic + clock->offset;
}

#endif
