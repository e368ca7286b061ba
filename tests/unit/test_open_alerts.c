/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the detector that are bounded: track/keyed.h, and on it track/open_alerts.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "memory.h"
#include "track/keyed.h"
#include "track/open_alerts.h"

/* ---- Keyed ----------------------------------------------------------------------------------- */

static struct keyed keyed;

static int make_keyed(void **state)
{
	(void)state;
	keyed = (struct keyed){0};
	LAYOUT(keyed_layout, &keyed, &arena, 3);
	return 0;
}

static void numbers_stay_with_their_keys(void **state)
{
	(void)state;
	assert_int_equal(keyed_find(&keyed, 10), 0);
	assert_int_equal(keyed_add(&keyed, 10), 1);
	assert_int_equal(keyed_add(&keyed, 0), 2);
	assert_int_equal(keyed_find(&keyed, 10), 1);
	assert_int_equal(keyed_find(&keyed, 0), 2);
	assert_int_equal(keyed.used, 2);
	assert_int_equal(keyed_victim(&keyed), 0);
}

static void the_key_unused_longest_makes_room(void **state)
{
	(void)state;
	for (uint64_t key = 10; key < 13; key++)
		keyed_add(&keyed, key);
	keyed_find(&keyed, 10);
	keyed_find(&keyed, 12);
	assert_int_equal(keyed_victim(&keyed), 2);
	assert_int_equal(keyed_add(&keyed, 13), 2);
	assert_int_equal(keyed_find(&keyed, 11), 0);
	assert_int_equal(keyed_victim(&keyed), 1); /* 10 */
	assert_int_equal(keyed_add(&keyed, 14), 1);
	assert_int_equal(keyed_find(&keyed, 12), 3);
	assert_int_equal(keyed_find(&keyed, 13), 2);
	assert_int_equal(keyed_find(&keyed, 14), 1);
	assert_int_equal(keyed.evicted, 2);
	assert_int_equal(keyed.used, 3);
}

/* Against a list that is sorted by use each time. */
static void it_is_a_list_by_use(void **state)
{
	enum { MAX = 3 };
	uint64_t model[MAX] = {0}, random = 1;
	unsigned int count = 0;

	(void)state;
	for (int step = 0; step < 20000; step++) {
		uint64_t key = 1 + (random >> 33) % 5;
		unsigned int at = 0;

		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		while (at < count && model[at] != key)
			at++;
		assert_int_equal(keyed_find(&keyed, key) != 0, at < count);
		if (at == count) {
			keyed_add(&keyed, key);
			count += count < MAX;
			at = count - 1;
		}
		memmove(model + 1, model, at * sizeof(*model));
		model[0] = key;
		if (count == MAX)
			assert_int_equal(keyed.keys[keyed_victim(&keyed)], model[MAX - 1]);
	}
}

/* ---- Open alerts ----------------------------------------------------------------------------- */

static struct {
	struct open_alerts alerts;
	struct detector_config config;
	struct alert told[64];
	unsigned int count;
} world;

static const uint32_t no_parts[ALERT_PARTS];

static void note(void *context, const struct alert *alert)
{
	(void)context;
	assert_in_range(world.count, 0, 63);
	world.told[world.count++] = *alert;
}

static int make_alerts(void **state)
{
	static const struct detector_config defaults = DETECTOR_DEFAULTS;

	(void)state;
	memset(&world, 0, sizeof(world));
	world.config = defaults;
	world.config.alert = note;
	LAYOUT(open_alerts_layout, &world.alerts, &arena, 3);
	world.alerts.config = &world.config;
	return 0;
}

static struct open_alert *raise_at(uint64_t key, uint32_t score, uint64_t now)
{
	const uint32_t parts[ALERT_PARTS] = {[PART_NAMES] = score};
	struct open_alert *o = open_alerts_raise(&world.alerts, key, score, parts, now);

	if (o) {
		o->alert.kind = (enum alert_kind)(key % ALERT_KINDS);
		open_alerts_tell(&world.alerts, o);
	}
	return o;
}

static const struct alert *last(void)
{
	assert_true(world.count > 0);
	return &world.told[world.count - 1];
}

static void severities_begin_at_their_scores(void **state)
{
	static const struct {
		uint32_t score;
		int severity;
	} edges[] = {{39, -1}, {40, 0}, {54, 0}, {55, 1}, {69, 1}, {70, 2}, {100, 2}};

	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		struct open_alert *o;

		make_alerts(state);
		o = raise_at(1, edges[i].score, 5);
		assert_int_equal(o ? (int)o->alert.severity : -1, edges[i].severity);
		assert_int_equal(world.count, edges[i].severity >= 0);
		assert_int_equal(open_alerts_find(&world.alerts, 1) != NULL, o != NULL);
	}
}

static void it_is_told_when_it_is_worse(void **state)
{
	(void)state;
	raise_at(1, 40, 100);
	assert_int_equal(last()->state, ALERT_OPEN);
	raise_at(1, 54, 200);
	assert_int_equal(world.count, 1);
	raise_at(1, 60, 300);
	assert_int_equal(world.count, 2);
	assert_int_equal(last()->state, ALERT_UPDATE);
	assert_int_equal(last()->severity, ALERT_MEDIUM);
	/* Less, even nothing, keeps the worst. */
	assert_non_null(raise_at(1, 0, 400));
	raise_at(1, 45, 500);
	assert_int_equal(world.count, 2);
	open_alerts_close(&world.alerts, open_alerts_find(&world.alerts, 1));
	assert_int_equal(last()->state, ALERT_CLOSED);
	assert_int_equal(last()->score, 60);
	assert_int_equal(last()->parts[PART_NAMES], 60);
	assert_int_equal(last()->opened, 100);
	assert_int_equal(last()->time, 500);
	assert_int_equal(world.alerts.counts[1][ALERT_MEDIUM], 1);
}

static void what_is_closed_opens_anew(void **state)
{
	(void)state;
	raise_at(1, 80, 100);
	open_alerts_close(&world.alerts, open_alerts_find(&world.alerts, 1));
	assert_null(open_alerts_find(&world.alerts, 1));
	assert_null(raise_at(1, 39, 200));
	raise_at(1, 41, 300);
	assert_int_equal(last()->state, ALERT_OPEN);
	assert_int_equal(last()->score, 41);
	assert_int_equal(last()->opened, 300);
	assert_int_equal(last()->severity, ALERT_LOW);
	assert_int_equal(world.alerts.closed_for_others, 0);
}

/* The one that nothing came of for longest is closed, and told so; closed ones are not. */
static void the_oldest_is_closed_for_others(void **state)
{
	(void)state;
	for (uint64_t key = 1; key <= 3; key++)
		raise_at(key, 50, key);
	raise_at(1, 50, 10);
	raise_at(4, 50, 11);
	assert_int_equal(world.count, 5);
	assert_int_equal(world.told[3].state, ALERT_CLOSED);
	assert_int_equal(world.told[3].kind, 2);
	assert_int_equal(world.alerts.closed_for_others, 1);
	assert_null(open_alerts_find(&world.alerts, 2));
	open_alerts_close(&world.alerts, open_alerts_find(&world.alerts, 3));
	open_alerts_find(&world.alerts, 1);
	open_alerts_find(&world.alerts, 4);
	raise_at(5, 50, 12);
	assert_int_equal(world.alerts.closed_for_others, 1);
	assert_non_null(open_alerts_find(&world.alerts, 1));
	assert_non_null(open_alerts_find(&world.alerts, 4));
}

static void too_little_takes_no_place(void **state)
{
	(void)state;
	for (uint64_t key = 1; key < 100; key++)
		assert_null(open_alerts_raise(&world.alerts, key, 39, no_parts, key));
	assert_int_equal(world.alerts.keyed.used, 0);
	assert_int_equal(world.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(numbers_stay_with_their_keys, make_keyed),
		cmocka_unit_test_setup(the_key_unused_longest_makes_room, make_keyed),
		cmocka_unit_test_setup(it_is_a_list_by_use, make_keyed),
		cmocka_unit_test_setup(severities_begin_at_their_scores, make_alerts),
		cmocka_unit_test_setup(it_is_told_when_it_is_worse, make_alerts),
		cmocka_unit_test_setup(what_is_closed_opens_anew, make_alerts),
		cmocka_unit_test_setup(the_oldest_is_closed_for_others, make_alerts),
		cmocka_unit_test_setup(too_little_takes_no_place, make_alerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
