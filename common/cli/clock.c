/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/clock.h"

#include <stdbool.h>
#include <time.h>

/*
 * Both clocks are slewed alike: they part only by steps. Smaller differences are of the reading;
 * taken for steps, they would make a written file's times differ from those that were shown.
 */
#define NOISE (100 * 1000ULL)

static uint64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

uint64_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* The two clocks are not read at the same moment. */
static bool is_noise(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : b - a) < NOISE;
}

void wall_clock_refresh(struct wall_clock *clock, uint64_t now)
{
	uint64_t offset;

	if (clock->read && now - clock->read < NS_PER_SECOND)
		return;
	offset = read_clock(CLOCK_REALTIME) - clock_monotonic();
	if (!clock->read || !is_noise(offset, clock->offset))
		clock->offset = offset;
	clock->read = now;
}
