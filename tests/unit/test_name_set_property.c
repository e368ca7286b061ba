/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random entries and names of few letters, so that parents, repetitions and cases meet: the set
 * says the same as a plain list that is read from end to end. The seeds are fixed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "track/name_set.h"

#define ROUNDS	100
#define ENTRIES 200
#define LOOKUPS 1000

struct entry {
	struct dns_name name;
	uint8_t tag;
	uint8_t scope;
};

static struct {
	uint64_t random;
	struct entry entries[ENTRIES];
	unsigned int count;
} world;

static unsigned int below(unsigned int n)
{
	world.random ^= world.random << 13;
	world.random ^= world.random >> 7;
	world.random ^= world.random << 17;
	return (unsigned int)(world.random >> 20) % n;
}

static struct dns_name any_name(void)
{
	static const char letters[] = "aAbB";
	struct dns_name name = {.labels = (uint8_t)below(5)};
	uint8_t *out = name.wire;

	for (unsigned int i = 0; i < name.labels; i++) {
		uint8_t octets = (uint8_t)(below(8) ? 1 : 1 + below(20));

		*out++ = octets;
		while (octets--)
			*out++ = (uint8_t)letters[below(4)];
	}
	*out++ = 0;
	name.len = (uint8_t)(out - name.wire);
	return name;
}

static bool applies(const struct entry *e, const struct dns_name *name, bool allow)
{
	bool itself = e->name.labels == name->labels;

	return !(e->scope & NAME_SET_ALLOW) == !allow && dns_name_is_below(name, &e->name) &&
	       e->scope & (itself ? NAME_SET_EXACT : NAME_SET_BELOW);
}

/* The first of those with the most labels, exceptions before the others. */
static const struct entry *reference(const struct dns_name *name)
{
	for (unsigned int labels = name->labels + 1U; labels-- > 0;)
		for (int allow = 1; allow >= 0; allow--)
			for (unsigned int i = 0; i < world.count; i++)
				if (world.entries[i].name.labels == labels &&
				    applies(&world.entries[i], name, allow))
					return &world.entries[i];
	return NULL;
}

static void check(const struct name_set *set, const struct dns_name *name)
{
	const struct entry *expected = reference(name);
	struct name_set_match match;

	assert_int_equal(name_set_find(set, name, &match), expected != NULL);
	if (!expected)
		return;
	assert_int_equal(match.tag, expected->tag);
	assert_int_equal(match.labels, expected->name.labels);
	assert_int_equal(match.scope & NAME_SET_ALLOW, expected->scope & NAME_SET_ALLOW);
}

static void one_round(struct name_set *set, unsigned int entries)
{
	for (world.count = 0; world.count < entries; world.count++) {
		struct entry *e = &world.entries[world.count];

		*e = (struct entry){any_name(), (uint8_t)below(4), (uint8_t)(1 + below(7))};
		assert_int_not_equal(name_set_add(set, &e->name, e->tag, e->scope), NAME_SET_FULL);
	}
	for (unsigned int i = 0; i < LOOKUPS; i++) {
		struct dns_name name = any_name();

		check(set, &name);
	}
}

static void as_a_plain_list(void **state)
{
	size_t size = name_set_size(ENTRIES);
	void *memory = aligned_alloc(64, size);

	(void)state;
	assert_non_null(memory);
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		world.random = round * 0x9e3779b97f4a7c15;
		memset(memory, 0, size);
		one_round(name_set_init(memory, size, round), 1 + below(ENTRIES));
	}
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_a_plain_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
