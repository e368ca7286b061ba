/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock of packets and events.
 */
#ifndef COMMON_CAPTURE_MONOTONIC_H
#define COMMON_CAPTURE_MONOTONIC_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC in ns. */
static inline uint64_t monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

#endif
