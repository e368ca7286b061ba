/* SPDX-License-Identifier: Apache-2.0 */
/* Scores: within their bounds, the sum of their parts, and never less for more. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "track/score.h"

#define NS_PER_S 1000000000ULL
#define SPAN	 (600 * NS_PER_S)
#define NOW	 (1000 * SPAN)

static uint32_t parts[ALERT_PARTS];

static uint32_t checked(uint32_t score)
{
	uint32_t sum = 0;

	for (int i = 0; i < ALERT_PARTS; i++)
		sum += parts[i];
	assert_int_equal(score, sum < ALERT_SCORE_MAX ? sum : ALERT_SCORE_MAX);
	return score;
}

/* ---- Tunnels --------------------------------------------------------------------------------- */

/* So many names, each once, each with so many bits and octets of answer, of a rare type or not. */
static struct watch watch_of(uint32_t names, uint32_t bits, uint32_t octets, bool rare)
{
	struct watch w = {
		.minutes = {.span = SPAN, .begun = NOW},
		.sums =
			{
				[SUM_QUERIES] = {.current = names},
				[SUM_NAMES] = {.current = names * SCORE_NAME},
				[SUM_VOLUME] = {.current = names * bits * INFORMATION_BIT},
				[SUM_TYPES] = {.current = rare ? names * SCORE_NAME : 0},
				[SUM_ANSWERS] = {.current = names},
				[SUM_SHORT] = {.current = rare ? names : 0},
				[SUM_DATA] = {.current = names * octets},
			},
	};

	return w;
}

static uint32_t tunnel(const struct watch *w)
{
	return checked(score_tunnel(w, NOW, parts));
}

static void nothing_has_no_score(void **state)
{
	struct watch w = watch_of(0, 0, 0, false);

	(void)state;
	memset(parts, 0xff, sizeof(parts));
	assert_int_equal(tunnel(&w), 0);
}

static void more_never_scores_less(void **state)
{
	uint32_t last = 0;

	(void)state;
	for (uint32_t n = 1; n < 2000; n += n / 8 + 1) {
		struct watch w = watch_of(n, 100, 50, true);

		assert_true(tunnel(&w) >= last);
		last = tunnel(&w);
	}
	assert_true(last >= 90);
	last = 0;
	for (uint32_t bits = 0; bits < 2000; bits += bits / 8 + 1) {
		struct watch w = watch_of(50, bits, 0, false);

		assert_true(tunnel(&w) >= last);
		last = tunnel(&w);
	}
	last = 0;
	for (uint32_t octets = 0; octets < 2000; octets += octets / 8 + 1) {
		struct watch w = watch_of(50, 30, octets, false);

		assert_true(tunnel(&w) >= last);
		last = tunnel(&w);
	}
}

static void names_that_come_again_score_less(void **state)
{
	uint32_t last = UINT32_MAX;

	(void)state;
	for (uint32_t queries = 40; queries < 200; queries++) {
		struct watch w = watch_of(40, 60, 20, false);

		w.sums[SUM_QUERIES].current = queries;
		tunnel(&w);
		assert_true(parts[PART_NAMES] <= last);
		last = parts[PART_NAMES];
		if (queries <= 60 || queries >= 80)
			assert_int_equal(last == 0, queries >= 80);
	}
}

static void each_part_has_its_bound(void **state)
{
	static const uint32_t bounds[ALERT_PARTS] = {
		[PART_NAMES] = 25, [PART_VOLUME] = 35, [PART_ANSWERS] = 15, [PART_TYPES] = 15,
		[PART_TTL] = 10,   [PART_SHAPE] = 10,  [PART_BEAT] = 10,
	};
	struct watch w = watch_of(100000, 300, 1000, true);

	(void)state;
	w.beat = NOW / (10 * NS_PER_S);
	w.beats = UINT64_MAX;
	tunnel(&w);
	assert_memory_equal(parts, bounds, sizeof(bounds));
	for (int i = 0; i < WATCH_SUMS; i++)
		w.sums[i].current = w.sums[i].previous = UINT32_MAX;
	tunnel(&w);
	for (int i = 0; i < ALERT_PARTS; i++)
		assert_in_range(parts[i], 0, bounds[i]);
}

/* Of a few names nobody can say that they go on, nor of a few answers that none may be kept. */
static void few_are_no_pattern(void **state)
{
	struct watch w = watch_of(9, 100, 10, true);

	(void)state;
	w.beat = NOW / (10 * NS_PER_S);
	w.beats = UINT64_MAX;
	tunnel(&w);
	assert_int_equal(parts[PART_TTL], 0);
	assert_int_equal(parts[PART_BEAT], 0);
	w = watch_of(10, 100, 10, true);
	tunnel(&w);
	assert_int_equal(parts[PART_TTL], 10);
}

static void what_comes_down_from_a_known_service_counts_less(void **state)
{
	static const struct known_service known = {.factor = 16};
	struct watch w = watch_of(100, 100, 40, false);
	uint32_t without;

	(void)state;
	tunnel(&w);
	without = parts[PART_ANSWERS];
	w.known = &known;
	tunnel(&w);
	assert_true(parts[PART_ANSWERS] < without);
}

/* ---- Leaks, foreign packets, generated names ------------------------------------------------- */

static uint32_t leak(uint64_t octets, uint64_t bound)
{
	return checked(score_leak(octets, bound, parts));
}

static void a_leak_is_medium_at_its_bound(void **state)
{
	(void)state;
	for (uint64_t bound = 128; bound <= 1ULL << 30; bound *= 4) {
		assert_int_equal(leak(bound, bound), 55);
		assert_in_range(leak(2 * bound, bound), 70, 70);
		assert_in_range(leak(bound / 2, bound), 40, 40);
		assert_in_range(leak(bound * 3 / 32, bound), 1, 10);
		assert_int_equal(leak(bound / 16 - 1, bound), 0);
		assert_int_equal(leak(0, bound), 0);
		assert_int_equal(leak(bound << 10, bound), 100);
	}
}

static void more_octets_never_score_less(void **state)
{
	uint32_t last = 0;

	(void)state;
	for (uint64_t octets = 0; octets < 1ULL << 44; octets += octets / 16 + 1) {
		uint32_t score = leak(octets, 2048);

		assert_true(score >= last);
		assert_true(leak(octets, 4096) <= score);
		last = score;
	}
	assert_int_equal(last, 100);
}

static void foreign_packets_take_some(void **state)
{
	struct client c = {.minutes = {.span = SPAN, .begun = NOW}};
	uint32_t last = 0;

	(void)state;
	for (uint32_t n = 0; n < 1000; n++) {
		uint32_t score;

		c.foreign.current = n;
		c.foreign_up = n * 100;
		score = checked(score_foreign(&c, NOW, parts));
		assert_true(score >= last);
		last = score;
		if (n <= 3)
			assert_true(score < 40);
	}
	assert_int_equal(last, 80);
}

static void generated_names_take_four(void **state)
{
	struct client c = {.minutes = {.span = SPAN, .begun = NOW}};
	uint32_t last = 0;

	(void)state;
	for (uint32_t n = 0; n < 200; n++) {
		uint32_t score;

		c.missing.current = c.suspicious.current = n;
		c.suspicion.current = n * 900;
		score = checked(score_generated(&c, NOW, parts));
		assert_true(score >= last);
		assert_int_equal(score == 0, n < 4);
		last = score;
	}
	assert_in_range(last, 90, 100);
	/* Many that do not exist, and few of them look generated. */
	c.missing.current = 1000;
	c.suspicious.current = 4;
	c.suspicion.current = 4 * 900;
	assert_true(checked(score_generated(&c, NOW, parts)) < 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_no_score),
		cmocka_unit_test(more_never_scores_less),
		cmocka_unit_test(names_that_come_again_score_less),
		cmocka_unit_test(each_part_has_its_bound),
		cmocka_unit_test(few_are_no_pattern),
		cmocka_unit_test(what_comes_down_from_a_known_service_counts_less),
		cmocka_unit_test(a_leak_is_medium_at_its_bound),
		cmocka_unit_test(more_octets_never_score_less),
		cmocka_unit_test(foreign_packets_take_some),
		cmocka_unit_test(generated_names_take_four),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
