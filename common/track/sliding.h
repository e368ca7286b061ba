/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums over a window of time that slides: what was counted in this span of the window's length and
 * in the one before, of which as much counts as the window still covers if it came evenly.
 */
#ifndef COMMON_TRACK_SLIDING_H
#define COMMON_TRACK_SLIDING_H

#include <stdbool.h>
#include <stdint.h>

struct sliding_clock {
	uint64_t span;	/* ns */
	uint64_t begun; /* this one */
};

struct sliding {
	uint32_t current;
	uint32_t previous;
};

/*
 * How many spans have passed, at most 2; a time before the clock's passes none. A clock that is a
 * span ahead, as after a packet with a wrong time, begins anew.
 */
static inline unsigned int sliding_advance(struct sliding_clock *clock, uint64_t now)
{
	uint64_t spans = now > clock->begun ? (now - clock->begun) / clock->span : 0;

	if (clock->begun > now && clock->begun - now > clock->span)
		clock->begun = now;
	clock->begun += spans * clock->span;
	return spans > 2 ? 2 : (unsigned int)spans;
}

/* To be done for all sums of a clock, as often as it says. */
static inline void sliding_roll(struct sliding *s, unsigned int spans)
{
	s->previous = spans == 1 ? s->current : 0;
	s->current = 0;
}

static inline void sliding_add(struct sliding *s, uint64_t count)
{
	uint64_t sum = s->current + count;

	s->current = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

/* Takes back what was added a moment ago. */
static inline void sliding_take(struct sliding *s, uint32_t count)
{
	s->current -= count < s->current ? count : s->current;
}

static inline uint64_t sliding_sum(const struct sliding *s, const struct sliding_clock *clock,
				   uint64_t now)
{
	uint64_t passed = now > clock->begun ? now - clock->begun : 0;
	/* In 1/1024: sums times nanoseconds would not fit. */
	uint64_t left =
		passed >= clock->span ? 0 : (clock->span - passed) / (clock->span / 1024 + 1);

	return s->current + (s->previous * left + 1023) / 1024;
}

#endif
