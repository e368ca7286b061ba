/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/clock.h"

#include <stdbool.h>
#include <time.h>

/*
 * Both clocks are slewed alike: they part only by steps. Smaller differences are of the reading;
 * taken for steps, they would make a written file's times differ from those that were shown.
 */
#define NOISE	 (100 * 1000ULL)
#define READINGS 3

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

/* The two clocks are not read at the same moment; *error: ns by which that can be wrong. */
static uint64_t read_offset(uint64_t *error)
{
	uint64_t offset = 0;

	*error = UINT64_MAX;
	for (int i = 0; i < READINGS; i++) {
		uint64_t before = clock_monotonic();
		uint64_t wall = read_clock(CLOCK_REALTIME);
		uint64_t half = (clock_monotonic() - before) / 2;

		if (half < *error) {
			*error = half;
			offset = wall - before - half;
		}
	}
	return offset;
}

void wall_clock_refresh(struct wall_clock *clock, uint64_t now)
{
	uint64_t offset, error, apart;

	if (clock->read && now - clock->read < NS_PER_SECOND)
		return;
	offset = read_offset(&error);
	apart = offset > clock->offset ? offset - clock->offset : clock->offset - offset;
	if (!clock->read || apart > NOISE + error + clock->error) {
		clock->offset = offset;
		clock->error = error;
	}
	clock->read = now;
}
