/* SPDX-License-Identifier: Apache-2.0 */
/* Sums and sets over a window that slides: track/sliding.h, track/seen.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "memory.h"
#include "track/seen.h"
#include "track/sliding.h"

#define SPAN  1000000ULL
#define START (1700 * SPAN)

static void advance(struct sliding_clock *clock, struct sliding *s, uint64_t now)
{
	unsigned int spans = sliding_advance(clock, now);

	if (spans)
		sliding_roll(s, spans);
}

static void a_sum_slides_out(void **state)
{
	struct sliding_clock clock = {.span = SPAN, .begun = START};
	struct sliding s = {0};
	uint64_t last = 1000;

	(void)state;
	sliding_add(&s, 1000);
	assert_int_equal(sliding_sum(&s, &clock, START + SPAN - 1), 1000);
	for (uint64_t now = START + SPAN; now < START + 2 * SPAN; now += SPAN / 10) {
		uint64_t sum, covered = (START + 2 * SPAN - now) * 1000 / SPAN;

		advance(&clock, &s, now);
		sum = sliding_sum(&s, &clock, now);
		assert_true(sum <= last);
		assert_in_range(sum, covered ? covered - 3 : 0, covered);
		last = sum;
	}
	advance(&clock, &s, START + 2 * SPAN);
	assert_int_equal(sliding_sum(&s, &clock, START + 2 * SPAN), 0);
}

/* A packet with a wrong time does not stop what follows. */
static void a_clock_that_is_ahead_begins_anew(void **state)
{
	struct sliding_clock clock = {.span = SPAN};

	(void)state;
	sliding_advance(&clock, START + 1000 * SPAN);
	assert_int_equal(sliding_advance(&clock, START), 0);
	assert_int_equal(sliding_advance(&clock, START + SPAN), 1);
}

/* What is left of a few is not rounded down. */
static void few_slide_out_whole(void **state)
{
	struct sliding_clock clock = {.span = SPAN, .begun = START};
	struct sliding sum = {.previous = 3};

	(void)state;
	assert_int_equal(sliding_sum(&sum, &clock, START + SPAN / 100), 3);
	assert_int_equal(sliding_sum(&sum, &clock, START + SPAN), 0);
}

static void what_is_added_counts_whole(void **state)
{
	struct sliding_clock clock = {.span = SPAN, .begun = START};
	struct sliding s = {.previous = 1024};

	(void)state;
	sliding_add(&s, 7);
	assert_in_range(sliding_sum(&s, &clock, START + SPAN / 2), 7 + 508, 7 + 512);
	/* A clock that was not advanced has nothing left of the span before. */
	assert_int_equal(sliding_sum(&s, &clock, START + SPAN), 7);
	assert_int_equal(sliding_sum(&s, &clock, START + 9 * SPAN), 7);
}

static void spans_that_are_skipped_leave_nothing(void **state)
{
	struct sliding_clock clock = {.span = SPAN, .begun = START};
	struct sliding s = {.current = 5, .previous = 6};

	(void)state;
	assert_int_equal(sliding_advance(&clock, START + SPAN - 1), 0);
	assert_int_equal(sliding_advance(&clock, START + 77 * SPAN + 3), 2);
	assert_int_equal(clock.begun, START + 77 * SPAN);
	sliding_roll(&s, 2);
	assert_int_equal(s.current + s.previous, 0);
}

static void time_that_steps_back_passes_no_span(void **state)
{
	struct sliding_clock clock = {.span = SPAN, .begun = START};
	struct sliding s = {.current = 5, .previous = 1024};

	(void)state;
	assert_int_equal(sliding_advance(&clock, START - SPAN), 0);
	assert_int_equal(clock.begun, START);
	assert_in_range(sliding_sum(&s, &clock, 0), 1024, 1029);
}

static void counts_do_not_wrap(void **state)
{
	struct sliding s = {0};

	(void)state;
	sliding_add(&s, 1ULL << 40);
	sliding_add(&s, 1);
	assert_int_equal(s.current, UINT32_MAX);
}

/* ---- Seen ------------------------------------------------------------------------------------ */

static struct seen seen;

static int make(void **state)
{
	(void)state;
	seen = (struct seen){0};
	LAYOUT(seen_layout, &seen, &arena, SPAN, 64);
	return 0;
}

static void what_was_seen_is_known(void **state)
{
	(void)state;
	assert_false(seen_has(&seen, 1, START));
	assert_false(seen_before(&seen, 1, START));
	assert_true(seen_has(&seen, 1, START));
	assert_true(seen_before(&seen, 1, START));
	assert_false(seen_has(&seen, 2, START));
}

/* It is a free place. */
static void a_mark_of_zero_is_one_as_others(void **state)
{
	(void)state;
	assert_false(seen_has(&seen, 0, START));
	assert_false(seen_before(&seen, 0, START));
	assert_true(seen_before(&seen, 0, START));
}

static void to_ask_is_not_to_see(void **state)
{
	(void)state;
	assert_false(seen_has(&seen, 1, START));
	assert_false(seen_before(&seen, 1, START));
}

static void it_is_known_for_one_window_and_not_for_three(void **state)
{
	(void)state;
	seen_before(&seen, 1, START + SPAN - 1);
	assert_true(seen_before(&seen, 1, START + 2 * SPAN - 1));
	seen_before(&seen, 2, START + SPAN);
	assert_true(seen_before(&seen, 2, START + 2 * SPAN));
	seen_before(&seen, 3, START + 2 * SPAN);
	assert_false(seen_before(&seen, 3, START + 4 * SPAN));
	/* Also where each window has something. */
	seen_before(&seen, 4, START + 5 * SPAN);
	seen_before(&seen, 5, START + 6 * SPAN);
	assert_true(seen_has(&seen, 4, START + 6 * SPAN));
	seen_before(&seen, 5, START + 7 * SPAN);
	assert_false(seen_has(&seen, 4, START + 7 * SPAN));
	/* To ask moves time on, too. */
	assert_true(seen_has(&seen, 5, START + 8 * SPAN));
	assert_false(seen_has(&seen, 5, START + 9 * SPAN));
}

static void what_is_seen_again_stays(void **state)
{
	(void)state;
	seen_before(&seen, 1, START);
	for (int i = 1; i < 20; i++)
		assert_true(seen_before(&seen, 1, START + (uint64_t)i * SPAN));
}

/* All of one set: as many as it has places stay, the latest; the others are counted. */
static void who_was_seen_longest_ago_makes_room(void **state)
{
	(void)state;
	for (uint64_t mark = 1; mark <= SEEN_WAYS; mark++)
		seen_before(&seen, mark, START);
	assert_int_equal(seen.forgotten, 0);
	assert_true(seen_before(&seen, 1, START)); /* is the newest now */
	seen_before(&seen, 100, START);
	assert_int_equal(seen.forgotten, 1);
	assert_true(seen_has(&seen, 1, START));
	assert_false(seen_has(&seen, 2, START));
	for (uint64_t mark = 3; mark <= SEEN_WAYS; mark++)
		assert_true(seen_has(&seen, mark, START));
	assert_true(seen_has(&seen, 100, START));
}

static void sets_do_not_disturb_each_other(void **state)
{
	(void)state;
	assert_int_equal(seen.sets, 64 / SEEN_WAYS);
	for (uint64_t set = 0; set < seen.sets; set++)
		for (uint64_t mark = 1; mark <= SEEN_WAYS; mark++)
			assert_false(seen_before(&seen, set << 20 | mark, START));
	assert_int_equal(seen.forgotten, 0);
	for (uint64_t set = 0; set < seen.sets; set++)
		for (uint64_t mark = 1; mark <= SEEN_WAYS; mark++)
			assert_true(seen_has(&seen, set << 20 | mark, START));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sum_slides_out),
		cmocka_unit_test(a_clock_that_is_ahead_begins_anew),
		cmocka_unit_test(few_slide_out_whole),
		cmocka_unit_test(what_is_added_counts_whole),
		cmocka_unit_test(spans_that_are_skipped_leave_nothing),
		cmocka_unit_test(time_that_steps_back_passes_no_span),
		cmocka_unit_test(counts_do_not_wrap),
		cmocka_unit_test_setup(what_was_seen_is_known, make),
		cmocka_unit_test_setup(a_mark_of_zero_is_one_as_others, make),
		cmocka_unit_test_setup(to_ask_is_not_to_see, make),
		cmocka_unit_test_setup(it_is_known_for_one_window_and_not_for_three, make),
		cmocka_unit_test_setup(what_is_seen_again_stays, make),
		cmocka_unit_test_setup(who_was_seen_longest_ago_makes_room, make),
		cmocka_unit_test_setup(sets_do_not_disturb_each_other, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
