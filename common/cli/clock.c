/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/clock.h"

#include <time.h>

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

void wall_clock_refresh(struct wall_clock *clock, uint64_t now)
{
	if (clock->read && now - clock->read < NS_PER_SECOND)
		return;
	clock->offset = read_clock(CLOCK_REALTIME) - clock_monotonic();
	clock->read = now;
}
