/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "track/name_set.h"

#define SEED  0x0123456789abcdefULL
#define EXACT NAME_SET_EXACT
#define BELOW NAME_SET_BELOW
#define ALLOW NAME_SET_ALLOW
#define BOTH  (EXACT | BELOW)

static struct {
	void *memory;
	size_t size;
	struct name_set *set;
	struct name_set_match match;
} t;

static void make(uint64_t names)
{
	free(t.memory);
	t.size = name_set_size(names);
	t.memory = aligned_alloc(64, t.size);
	assert_non_null(t.memory);
	memset(t.memory, 0, t.size);
	t.set = name_set_init(t.memory, t.size, SEED);
	assert_non_null(t.set);
}

static int begin(void **state)
{
	(void)state;
	make(100);
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(t.memory);
	t.memory = NULL;
	return 0;
}

static struct dns_name name_of(const char *text)
{
	struct dns_name name;

	assert_true(dns_name_from_text(&name, text));
	return name;
}

static enum name_set_result add(const char *text, uint8_t tag, unsigned int scope)
{
	struct dns_name name = name_of(text);

	return name_set_add(t.set, &name, tag, scope);
}

static bool find(const char *text)
{
	struct dns_name name = name_of(text);

	return name_set_find(t.set, &name, &t.match);
}

static void expect(const char *text, unsigned int tag, unsigned int labels, unsigned int scope)
{
	assert_true(find(text));
	assert_int_equal(t.match.tag, tag);
	assert_int_equal(t.match.labels, labels);
	assert_int_equal(t.match.scope, scope);
}

static void the_name_itself(void **state)
{
	(void)state;
	assert_int_equal(add("bad.example", 7, EXACT), NAME_SET_ADDED);
	expect("bad.example", 7, 2, EXACT);
	assert_false(find("www.bad.example"));
	assert_false(find("example"));
	assert_false(find("."));
	assert_false(find("xbad.example"));
	assert_false(find("bad.example.com"));
}

static void all_below(void **state)
{
	(void)state;
	assert_int_equal(add("bad.example", 7, BELOW), NAME_SET_ADDED);
	assert_false(find("bad.example"));
	expect("www.bad.example", 7, 2, BELOW);
	expect("a.b.c.d.e.f.g.h.bad.example", 7, 2, BELOW);
	assert_false(find("wwwbad.example"));
	assert_false(find("example"));
}

static void the_root_and_all_there_is(void **state)
{
	(void)state;
	assert_int_equal(add(".", 1, BELOW), NAME_SET_ADDED);
	assert_false(find("."));
	expect("com", 1, 0, BELOW);
	expect("a.com", 1, 0, BELOW);
	assert_int_equal(add(".", 2, EXACT), NAME_SET_ADDED);
	expect(".", 2, 0, EXACT);
}

static void in_any_case_and_with_any_octet(void **state)
{
	(void)state;
	add("BaD.eXample", 1, BOTH);
	expect("bad.EXAMPLE", 1, 2, BOTH);
	expect("WWW.bAd.example", 1, 2, BOTH);
	add("a\\.b.example", 2, EXACT);
	expect("A\\046b.example", 2, 2, EXACT);
	assert_false(find("a.b.example"));
	add("\\000\\255@[.example", 3, EXACT);
	expect("\\000\\255@[.example", 3, 2, EXACT);
	assert_false(find("\\000\\255\\`[.example")); /* 0x40 and 0x60 are no letters */
	assert_false(find("\\000\\255\\@{.example"));
}

/* Labels that make the same octets when they are put together are not the same name. */
static void where_labels_end(void **state)
{
	(void)state;
	add("aaaaaaa.bbbbbbb", 1, EXACT);
	assert_false(find("aaaaaaabbbbbbb"));
	assert_false(find("aaaaaa.abbbbbbb"));
	add("a\\000.b", 2, EXACT);
	assert_false(find("a.b"));
	assert_false(find("a\\000\\000.b"));
	assert_false(find("a.\\000b"));
	add("abcdefg\\000.x", 3, EXACT);
	assert_false(find("abcdefg.x"));
}

static void the_most_specific(void **state)
{
	(void)state;
	add("example", 1, BOTH);
	add("b.example", 2, BELOW);
	add("c.b.example", 3, EXACT);
	expect("c.b.example", 3, 3, EXACT);
	expect("d.b.example", 2, 2, BELOW);
	expect("d.c.b.example", 2, 2, BELOW);
	expect("b.example", 1, 1, BOTH);
}

static void the_first_list_is_named(void **state)
{
	(void)state;
	assert_int_equal(add("bad.example", 1, EXACT), NAME_SET_ADDED);
	assert_int_equal(add("bad.example", 2, EXACT), NAME_SET_MERGED);
	expect("bad.example", 1, 2, EXACT);
	/* The second list says more: of that, it is the first. */
	assert_int_equal(add("bad.example", 2, BOTH), NAME_SET_ADDED);
	expect("bad.example", 1, 2, EXACT);
	expect("www.bad.example", 2, 2, BELOW);
	assert_int_equal(add("bad.example", 3, BOTH), NAME_SET_MERGED);
	assert_int_equal(name_set_count(t.set), 2);
	/* The same list with more is still one entry. */
	assert_int_equal(add("two.example", 5, EXACT), NAME_SET_ADDED);
	assert_int_equal(add("two.example", 5, BELOW), NAME_SET_MERGED);
	expect("x.two.example", 5, 2, BOTH);
	assert_int_equal(name_set_count(t.set), 3);
}

static void exceptions(void **state)
{
	(void)state;
	add("example", 1, BOTH);
	add("good.example", 2, BOTH | ALLOW);
	add("bad.good.example", 3, BOTH);
	expect("www.example", 1, 1, BOTH);
	expect("good.example", 2, 2, BOTH | ALLOW);
	expect("www.good.example", 2, 2, BOTH | ALLOW);
	expect("www.bad.good.example", 3, 3, BOTH);
	/* The same name: in whatever order they were added. */
	add("bad.good.example", 4, EXACT | ALLOW);
	expect("bad.good.example", 4, 3, EXACT | ALLOW);
	expect("x.bad.good.example", 3, 3, BOTH);
	assert_int_equal(name_set_allowed(t.set), 2);
	assert_int_equal(name_set_count(t.set), 4);
}

static void no_scope_is_no_entry(void **state)
{
	(void)state;
	add("bad.example", 1, 0);
	add("bad.example", 1, ALLOW);
	assert_int_equal(name_set_count(t.set), 0);
}

static void the_longest_names(void **state)
{
	struct dns_name deep = {.len = 255, .labels = 127}, long_labels = {.len = 255, .labels = 4};
	struct dns_name other;
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < 127; i++)
		memcpy(deep.wire + 2 * i, "\1a", 2);
	deep.wire[254] = 0;
	for (size_t i = 0; i < 4; i++) {
		size_t octets = i < 3 ? 63 : 61;

		long_labels.wire[at] = (uint8_t)octets;
		memset(long_labels.wire + at + 1, 'x', octets);
		at += 1 + octets;
	}
	long_labels.wire[at] = 0;
	assert_int_equal(at, 254);
	assert_int_equal(name_set_add(t.set, &deep, 1, BOTH), NAME_SET_ADDED);
	assert_int_equal(name_set_add(t.set, &long_labels, 2, BOTH), NAME_SET_ADDED);
	assert_true(name_set_find(t.set, &deep, &t.match));
	assert_int_equal(t.match.labels, 127);
	assert_true(name_set_find(t.set, &long_labels, &t.match));
	assert_int_equal(t.match.tag, 2);
	other = long_labels;
	other.wire[253] = 'y';
	assert_false(name_set_find(t.set, &other, &t.match));
	add("a.a", 3, BELOW);
	other = deep;
	other.wire[1] = 'b';
	assert_true(name_set_find(t.set, &other, &t.match));
	assert_int_equal(t.match.labels, 2);
}

static void numbered(char text[32], unsigned int i)
{
	snprintf(text, 32, "n%u.example", i);
}

static void full(void **state)
{
	enum name_set_result result = NAME_SET_ADDED;
	unsigned int added = 0;
	char text[32];

	(void)state;
	for (; added < 1000 && result == NAME_SET_ADDED; added++) {
		numbered(text, added);
		result = add(text, 1, EXACT);
	}
	assert_int_equal(result, NAME_SET_FULL);
	/* One slot in eight stays free: the buckets are what 64 octets each leave of the block. */
	assert_in_range(added - 1, 100, t.size / 64 * 7);
	assert_int_equal(name_set_count(t.set), added - 1);
	assert_false(find(text));
	for (unsigned int i = 0; i + 1 < added; i++) {
		numbered(text, i);
		expect(text, 1, 2, EXACT);
		assert_int_equal(add(text, 2, EXACT), NAME_SET_MERGED);
	}
}

static void as_many_as_it_was_made_for(void **state)
{
	(void)state;
	for (unsigned int names = 1; names < 300; names++) {
		char text[32];

		make(names);
		for (unsigned int i = 0; i < names; i++) {
			numbered(text, i);
			assert_int_equal(add(text, 1, EXACT), NAME_SET_ADDED);
		}
	}
}

/* As in another process, at another address. */
static void a_block_from_elsewhere(void **state)
{
	const struct name_set *set;
	struct dns_name name = name_of("www.bad.example");
	uint8_t *copy = aligned_alloc(64, t.size + 64);

	(void)state;
	assert_non_null(copy);
	add("bad.example", 9, BOTH);
	memcpy(copy + 64, t.memory, t.size);
	set = name_set_check(copy + 64, t.size);
	assert_non_null(set);
	memset(t.memory, 0, t.size);
	assert_true(name_set_find(set, &name, &t.match));
	assert_int_equal(t.match.tag, 9);
	assert_null(name_set_check(copy + 64, t.size - 64));
	assert_null(name_set_check(copy + 64, 64));
	assert_null(name_set_check(copy + 64, 0));
	assert_null(name_set_check(copy + 63, t.size));
	copy[64] ^= 1;
	assert_null(name_set_check(copy + 64, t.size));
	assert_null(name_set_init(copy, 64, 1));
	assert_null(name_set_init(copy + 1, t.size, 1));
	free(copy);
}

/* Whatever is in a block that passes the check: only its own memory is read (a sanitizer sees). */
static void a_block_of_anything(void **state)
{
	uint64_t *words = t.memory;

	(void)state;
	for (size_t i = 4; i < t.size / 8; i++)
		words[i] = i * 0x9e3779b97f4a7c15;
	for (unsigned int i = 0; i < 1000; i++) {
		char text[32];

		numbered(text, i);
		find(text);
	}
}

static void lists_kept_as_hashes(void **state)
{
	struct dns_name name = name_of("bad.example"), upper = name_of("BAD.EXAMPLE");
	struct name_set_depths depths = {0};

	(void)state;
	name_set_note_depth(&depths, name.labels, BOTH);
	assert_int_equal(name_set_add_hash(t.set, name_set_hash(SEED, &name), 6, BOTH),
			 NAME_SET_ADDED);
	assert_false(find("bad.example"));
	name_set_cover(t.set, &depths);
	expect("bad.example", 6, 2, BOTH);
	expect("x.bad.example", 6, 2, BOTH);
	assert_true(name_set_hash(SEED, &name) == name_set_hash(SEED, &upper));
	assert_true(name_set_hash(SEED, &name) != name_set_hash(SEED + 1, &name));
}

static void two_hundred_thousand(void **state)
{
	char text[64];

	(void)state;
	make(200000);
	assert_true(t.size <= 200000 * 13);
	assert_true(name_set_size(5000000) <= 64000000);
	for (unsigned int i = 0; i < 200000; i++) {
		snprintf(text, sizeof(text), "host-%u.zone%u.example", i, i % 977);
		assert_int_equal(add(text, (uint8_t)i, i % 2 ? BOTH : EXACT), NAME_SET_ADDED);
	}
	for (unsigned int i = 0; i < 200000; i++) {
		snprintf(text, sizeof(text), "host-%u.zone%u.example", i, i % 977);
		expect(text, i & 255, 3, i % 2 ? BOTH : EXACT);
		snprintf(text, sizeof(text), "x.y.host-%u.zone%u.example", i, i % 977);
		assert_int_equal(find(text), i % 2);
		snprintf(text, sizeof(text), "x.host-%u.zone%u.example", i, (i + 1) % 977);
		assert_false(find(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_name_itself, begin, end),
		cmocka_unit_test_setup_teardown(all_below, begin, end),
		cmocka_unit_test_setup_teardown(the_root_and_all_there_is, begin, end),
		cmocka_unit_test_setup_teardown(in_any_case_and_with_any_octet, begin, end),
		cmocka_unit_test_setup_teardown(where_labels_end, begin, end),
		cmocka_unit_test_setup_teardown(the_most_specific, begin, end),
		cmocka_unit_test_setup_teardown(the_first_list_is_named, begin, end),
		cmocka_unit_test_setup_teardown(exceptions, begin, end),
		cmocka_unit_test_setup_teardown(no_scope_is_no_entry, begin, end),
		cmocka_unit_test_setup_teardown(the_longest_names, begin, end),
		cmocka_unit_test_setup_teardown(full, begin, end),
		cmocka_unit_test_setup_teardown(as_many_as_it_was_made_for, begin, end),
		cmocka_unit_test_setup_teardown(a_block_from_elsewhere, begin, end),
		cmocka_unit_test_setup_teardown(a_block_of_anything, begin, end),
		cmocka_unit_test_setup_teardown(lists_kept_as_hashes, begin, end),
		cmocka_unit_test_setup_teardown(two_hundred_thousand, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
