/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The histogram's promise, what is counted as what, and groups that run out of room.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "exchange.h"
#include "track/groups.h"

static void buckets_follow_each_other(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		assert_int_equal(histogram_bucket(histogram_lowest(i)), i);
		if (i)
			assert_int_equal(histogram_bucket(histogram_lowest(i) - 1), i - 1);
	}
	assert_int_equal(histogram_bucket((1ULL << HISTOGRAM_VALUE_BITS) - 1),
			 HISTOGRAM_BUCKETS - 1);
	assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

/* A bucket's value is that of its only member, within the error, at every scale. */
static void error_is_as_stated(void **state)
{
	static struct histogram h;

	(void)state;
	for (uint64_t value = 1; value < 1ULL << HISTOGRAM_VALUE_BITS; value += value / 97 + 1) {
		uint32_t bucket = histogram_bucket(value);
		uint64_t shown, off;

		h.counts[bucket] = 1;
		shown = histogram_rank(&h, 1);
		h.counts[bucket] = 0;
		off = shown > value ? shown - value : value - shown;
		if (off * 1000 > value * HISTOGRAM_ERROR_PERMILLE)
			fail_msg("%llu is shown as %llu", (unsigned long long)value,
				 (unsigned long long)shown);
	}
}

static void ranks_that_are_not_there_are_0(void **state)
{
	static struct histogram h;

	(void)state;
	assert_int_equal(histogram_rank(&h, 1), 0);
	h.counts[7] = 2;
	assert_int_equal(histogram_rank(&h, 0), 0);
	assert_int_equal(histogram_rank(&h, 2), 7);
	assert_int_equal(histogram_rank(&h, 3), 0);
}

static struct latency_scale scale;
static struct latency total;

static void add(void *context, const struct lookup *lookup)
{
	(void)context;
	latency_add(&total, lookup, &scale, 100 * MS);
}

static int start(void **state)
{
	latency_scale_powers(&scale, MS, 16);
	latency_reset(&total);
	exchange_begin(state);
	exchange_listen(add);
	return 0;
}

static void outcomes_are_counted_once(void **state)
{
	(void)state;
	QUERY(.ms = 0, .id = 1);
	RESPONSE(.ms = 3, .id = 1, .flags = 3); /* NXDOMAIN */
	RESPONSE(.ms = 4, .id = 1);		/* once more */
	QUERY(.ms = 10, .id = 2);
	QUERY(.ms = 60, .id = 2);
	RESPONSE(.ms = 110, .id = 2); /* 100 ms since the first attempt: slow */
	QUERY(.ms = 200, .id = 3);
	exchange_expire(200 + 5000);
	RESPONSE(.ms = 5300, .id = 3); /* late */
	RESPONSE(.ms = 5400, .id = 4); /* to no query */
	assert_int_equal(total.queries, 3);
	assert_int_equal(total.answers, 2);
	assert_int_equal(total.timeouts, 1);
	assert_int_equal(total.retries, 1);
	assert_int_equal(total.slow, 1);
	assert_int_equal(total.unmatched, 3);
	assert_int_equal(total.duplicates, 1);
	assert_int_equal(total.late, 1);
	assert_int_equal(total.rcodes[0], 1);
	assert_int_equal(total.rcodes[3], 1);
	assert_int_equal(total.min, 3 * MS);
	assert_int_equal(total.max, 100 * MS);
	assert_int_equal(latency_average(&total), (3 * MS + 100 * MS) / 2);
}

static void steps_end_below_the_next_unit(void **state)
{
	(void)state;
	for (uint16_t id = 1; id <= 3; id++)
		QUERY(.ms = 0, .id = id);
	RESPONSE(.ns = 2 * MS - 1, .id = 1); /* 0 -> 1 */
	RESPONSE(.ns = 2 * MS, .id = 2);     /* 2 -> 3 */
	RESPONSE(.ms = 5, .id = 3);	     /* 4 -> 7 */
	assert_int_equal(total.steps[0], 1);
	assert_int_equal(total.steps[1], 1);
	assert_int_equal(total.steps[2], 1);
}

/* Its lookups are like those that were matched here. */
static void kernel_counts_are_added(void **state)
{
	static struct tally_counts before, now;
	static struct latency added;
	const uint64_t values[] = {3 * MS, 70 * MS};

	(void)state;
	before = (struct tally_counts){.answers = 5, .sum = 9 * MS, .rcodes = {5}};
	now = before;
	for (uint16_t id = 0; id < 2; id++) {
		QUERY(.ms = 100 * id, .id = id + 1);
		RESPONSE(.ns = 100 * id * MS + values[id], .id = id + 1, .flags = 3 * id);
		now.answers++;
		now.sum += values[id];
		now.rcodes[3 * id]++;
		now.histogram[histogram_bucket(values[id])]++;
	}
	now.steps[1]++; /* 2 -> 3 */
	now.steps[6]++; /* 64 -> 127 */
	now.extremes[0] = (struct tally_extremes){.headroom = ~(3 * MS), .longest = 70 * MS};
	latency_reset(&added);
	latency_add_tally(&added, &now, &before);
	assert_memory_equal(&added, &total, sizeof(total));
	latency_add_tally(&added, &now, &now);
	assert_memory_equal(&added, &total, sizeof(total));
}

static void percentiles_are_nearest_rank(void **state)
{
	(void)state;
	assert_int_equal(latency_percentile(&total, 500), 0);
	for (uint16_t i = 1; i <= 100; i++)
		total.histogram.counts[histogram_bucket(i * MS)]++;
	total.answers = 100;
	total.min = MS;
	total.max = 100 * MS;
	for (uint32_t permille = 10; permille <= 1000; permille += 10) {
		uint64_t is = latency_percentile(&total, permille), should = permille / 10 * MS;
		uint64_t off = is > should ? is - should : should - is;

		assert_true(off * 1000 <= should * HISTOGRAM_ERROR_PERMILLE);
	}
	assert_true(latency_percentile(&total, 999) <= 100 * MS);
	assert_true(latency_percentile(&total, 1) >= MS);
}

static void groups_add_up_without_room(void **state)
{
	struct groups *g = groups_new(3);

	(void)state;
	assert_non_null(g);
	for (int round = 0; round < 2; round++) {
		for (uint8_t key = 0; key < 5; key++)
			for (uint8_t n = 0; n <= key; n++)
				groups_find(g, &key, 1)->queries++;
		assert_int_equal(groups_count(g), 4);
		for (uint32_t i = 0; i < 3; i++) {
			assert_int_equal(groups_at(g, i)->key_size, 1);
			assert_int_equal(groups_at(g, i)->key[0], i);
			assert_int_equal(groups_at(g, i)->latency.queries, i + 1);
		}
		assert_int_equal(groups_at(g, 3)->key_size, 0);
		assert_int_equal(groups_at(g, 3)->latency.queries, 4 + 5);
		groups_reset(g);
		assert_int_equal(groups_count(g), 0);
	}
	groups_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_follow_each_other),
		cmocka_unit_test(error_is_as_stated),
		cmocka_unit_test(ranks_that_are_not_there_are_0),
		cmocka_unit_test_setup_teardown(outcomes_are_counted_once, start, exchange_end),
		cmocka_unit_test_setup_teardown(steps_end_below_the_next_unit, start, exchange_end),
		cmocka_unit_test_setup_teardown(kernel_counts_are_added, start, exchange_end),
		cmocka_unit_test_setup_teardown(percentiles_are_nearest_rank, start, exchange_end),
		cmocka_unit_test(groups_add_up_without_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
