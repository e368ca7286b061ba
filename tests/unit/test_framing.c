/* SPDX-License-Identifier: Apache-2.0 */
/* What looks like a message with its length, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/framing.h"

#define SIZE 14 /* a prefix and a header */

struct shape {
	uint16_t length, flags;
	uint16_t count[4];
	enum framing is;
};

static const struct shape shapes[] = {
	{17, 0x0100, {1}, FRAMING_MESSAGE},
	{16, 0x0100, {1}, FRAMING_OTHER}, /* no room for a question */
	{40, 0x0100, {2}, FRAMING_OTHER},
	{40, 0x0100, {1, 0, 0, 1}, FRAMING_MESSAGE},
	{40, 0x0100, {1, 1, 0, 0}, FRAMING_OTHER}, /* answers in a query */
	{40, 0x8180, {1, 1, 0, 0}, FRAMING_MESSAGE},
	{27, 0x8180, {1, 1, 0, 0}, FRAMING_OTHER}, /* no room for an answer */
	{65535, 0x8400, {0, 5000, 0, 0}, FRAMING_MESSAGE},
	{65535, 0x8400, {0, 65535, 65535, 65535}, FRAMING_OTHER},
	{60, 0x0000, {1, 0, 1, 0}, FRAMING_MESSAGE}, /* IXFR */
	{60, 0x2800, {1, 1, 2, 1}, FRAMING_OTHER},   /* UPDATE: too many for its length */
	{99, 0x2800, {1, 1, 2, 1}, FRAMING_MESSAGE},
	{60, 0x1800, {1}, FRAMING_OTHER}, /* no such opcode */
	{60, 0x7800, {1}, FRAMING_OTHER},
	{60, 0x0140, {1}, FRAMING_OTHER},   /* a bit that must be zero */
	{60, 0x818f, {1}, FRAMING_OTHER},   /* no such code */
	{12, 0x8001, {0}, FRAMING_MESSAGE}, /* FORMERR, nothing else */
	{13, 0x8001, {0}, FRAMING_OTHER},
	{40, 0x3000, {0}, FRAMING_MESSAGE}, /* DSO */
	{11, 0x8001, {0}, FRAMING_OTHER},
};

static void put16(uint8_t *octets, uint16_t value)
{
	octets[0] = (uint8_t)(value >> 8);
	octets[1] = (uint8_t)value;
}

static void write_shape(uint8_t octets[SIZE], const struct shape *shape)
{
	put16(octets, shape->length);
	put16(octets + 2, 0x1234);
	put16(octets + 4, shape->flags);
	for (int i = 0; i < 4; i++)
		put16(octets + 6 + 2 * i, shape->count[i]);
}

static void shapes_of_messages(void **state)
{
	uint8_t octets[SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		write_shape(octets, &shapes[i]);
		assert_int_equal(framing_look(octets, SIZE), shapes[i].is);
	}
}

/* Of each part in memory of its own: none reads further. */
static void undecided_until_the_header_is_there(void **state)
{
	(void)state;
	for (uint32_t size = 1; size < SIZE; size++) {
		uint8_t whole[SIZE], *part = malloc(size);

		assert_non_null(part);
		write_shape(whole, &shapes[0]);
		memcpy(part, whole, size);
		assert_int_equal(framing_look(part, size), FRAMING_UNDECIDED);
		free(part);
	}
}

/* One time in 100,000 at most, as framing.h says. */
static void hardly_by_chance(void **state)
{
	uint64_t random = 88172645463325252ull;
	unsigned int found = 0;

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		uint8_t octets[16];

		for (int k = 0; k < 16; k += 8) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			memcpy(octets + k, &random, 8);
		}
		found += framing_look(octets, SIZE) == FRAMING_MESSAGE;
	}
	assert_true(found <= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_of_messages),
		cmocka_unit_test(undecided_until_the_header_is_there),
		cmocka_unit_test(hardly_by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
