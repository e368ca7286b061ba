/* SPDX-License-Identifier: Apache-2.0 */
#include "track/watch.h"

#include <string.h>

#define NS_PER_S 1000000000ULL
#define MINUTES	 (600 * NS_PER_S)
#define BEAT	 (10 * NS_PER_S)
#define BEATS	 60 /* of ten minutes */

void watches_layout(struct watches *w, struct arena *arena, uint32_t max, uint64_t window)
{
	w->window = window;
	keyed_layout(&w->keyed, arena, max);
	w->watches = arena_take(arena, (uint64_t)max + 1, sizeof(*w->watches));
}

struct watch *watches_find(struct watches *w, uint64_t key)
{
	uint32_t number = keyed_find(&w->keyed, key);

	return number ? &w->watches[number] : NULL;
}

struct watch *watches_add(struct watches *w, uint64_t key)
{
	struct watch *watch = &w->watches[keyed_add(&w->keyed, key)];

	memset(watch, 0, sizeof(*watch));
	watch->minutes.span = MINUTES;
	watch->window.span = w->window;
	return watch;
}

void watch_advance(struct watch *w, uint64_t now)
{
	unsigned int spans = sliding_advance(&w->minutes, now);

	for (int i = 0; spans && i < WATCH_SUMS; i++)
		sliding_roll(&w->sums[i], spans);
	spans = sliding_advance(&w->window, now);
	if (spans)
		sliding_roll(&w->leak, spans);
}

uint64_t watch_sum(const struct watch *w, enum watch_sum sum, uint64_t now)
{
	return sliding_sum(&w->sums[sum], &w->minutes, now);
}

uint64_t watch_leak(const struct watch *w, uint64_t now)
{
	return sliding_sum(&w->leak, &w->window, now) / INFORMATION_OCTET;
}

static void shift_beats(struct watch *w, uint64_t beat)
{
	uint64_t passed = beat > w->beat ? beat - w->beat : 0;

	w->beats = passed < 64 ? w->beats << passed : 0;
	w->beat += passed;
}

void watch_beat(struct watch *w, uint64_t now)
{
	shift_beats(w, now / BEAT);
	w->beats |= 1;
}

unsigned int watch_steadiness(const struct watch *w, uint64_t now)
{
	uint64_t passed = now / BEAT > w->beat ? now / BEAT - w->beat : 0;
	uint64_t beats = passed < 64 ? w->beats << passed : 0;

	return (unsigned int)__builtin_popcountll(beats & ((1ULL << BEATS) - 1)) * 10 / BEATS;
}
