/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "capture/ip.h"

static bool next(const struct packet *segment, uint32_t *position, uint32_t size, uint32_t wire)
{
	struct packet m;

	if (!tcp_message_next(segment, position, &m))
		return false;
	assert_int_equal(m.size, size);
	assert_int_equal(m.wire_size, wire);
	assert_int_equal(m.cookie, segment->cookie);
	if (size > 0)
		assert_int_equal(m.payload[0], 'a');
	return true;
}

static void tcp_messages(void **state)
{
	static const uint8_t data[] = {0, 3, 'a', 'b', 'c', 0, 2, 'a', 'b', 0, 9, 'a', 'b'};
	struct packet s = {.payload = data, .size = sizeof(data), .wire_size = sizeof(data)};
	uint32_t at = 0;

	(void)state;
	s.cookie = 5;
	assert_true(next(&s, &at, 3, 3));
	assert_true(next(&s, &at, 2, 2));
	assert_true(next(&s, &at, 2, 9)); /* goes on in the next segment */
	assert_false(next(&s, &at, 0, 0));
	/* Cut by the capture within a message, with more behind it. */
	at = 9;
	s.wire_size = 30;
	assert_true(next(&s, &at, 2, 9));
	assert_true(next(&s, &at, 0, 10));
	assert_false(next(&s, &at, 0, 0));
	s.wire_size = sizeof(data);
	/* Cut by the capture, in the prefix and between messages. */
	at = 5;
	s.size = 6;
	assert_true(next(&s, &at, 0, 8));
	assert_false(next(&s, &at, 0, 0));
	at = 5;
	s.size = 5;
	assert_true(next(&s, &at, 0, 8));
	assert_false(next(&s, &at, 0, 0));
	/* Nothing but a part of the prefix, or the prefix. */
	at = 0;
	s.size = s.wire_size = 1;
	assert_true(next(&s, &at, 0, 1));
	assert_false(next(&s, &at, 0, 0));
	at = 0;
	s.size = s.wire_size = 2;
	assert_true(next(&s, &at, 0, 3));
	assert_false(next(&s, &at, 0, 0));
	at = 0;
	s.size = s.wire_size = 0;
	assert_false(next(&s, &at, 0, 0));
}

static void tcp_without_messages(void **state)
{
	static const uint8_t zeros[1000];
	struct packet s = {.payload = zeros, .size = sizeof(zeros), .wire_size = sizeof(zeros)};
	uint32_t at = 0;

	(void)state;
	assert_true(next(&s, &at, 0, 0));
	assert_false(next(&s, &at, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_messages),
		cmocka_unit_test(tcp_without_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
