/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "capture/packet.h"

static struct endpoint endpoint(const char *address, uint16_t port)
{
	struct endpoint e = {.port = port};

	assert_int_equal(inet_pton(AF_INET6, address, e.address), 1);
	return e;
}

static void ipv4(void **state)
{
	static const struct {
		const char *address;
		bool ipv4;
	} cases[] = {
		{"::ffff:192.0.2.1", true},   {"::ffff:0.0.0.0", true},
		{"::192.0.2.1", false},	      {"::1", false},
		{"1::ffff:192.0.2.1", false}, {"2001:db8::1", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint e = endpoint(cases[i].address, 0);

		assert_int_equal(endpoint_is_ipv4(&e), cases[i].ipv4);
	}
}

static void multicast(void **state)
{
	static const struct {
		const char *address;
		bool multicast;
	} cases[] = {
		{"::ffff:224.0.0.0", true},
		{"::ffff:224.0.0.251", true},
		{"::ffff:239.255.255.255", true},
		{"::ffff:223.255.255.255", false},
		{"::ffff:240.0.0.0", false},
		{"::ffff:255.255.255.255", false},
		{"ff02::fb", true},
		{"ff00::", true},
		{"fe80::1", false},
		{"::224.0.0.251", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint e = endpoint(cases[i].address, 0);

		assert_int_equal(endpoint_is_multicast(&e), cases[i].multicast);
	}
}

static void equal(void **state)
{
	struct endpoint a = endpoint("2001:db8::1", 53);
	struct endpoint same = endpoint("2001:db8::1", 53);
	struct endpoint port = endpoint("2001:db8::1", 54);
	struct endpoint last = endpoint("2001:db8::2", 53);
	struct endpoint first = endpoint("2101:db8::1", 53);

	(void)state;
	assert_true(endpoint_equal(&a, &same));
	assert_false(endpoint_equal(&a, &port));
	assert_false(endpoint_equal(&a, &last));
	assert_false(endpoint_equal(&a, &first));
}

static void text(void **state)
{
	static const char *const cases[][2] = {
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"::ffff:255.255.255.255", "255.255.255.255"},
		{"2001:db8:0:0:1::1", "2001:db8::1:0:0:1"},
		{"::", "::"},
		{"1111:2222:3333:4444:5555:6666:7777:8888",
		 "1111:2222:3333:4444:5555:6666:7777:8888"},
	};
	char buffer[ENDPOINT_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint e = endpoint(cases[i][0], 53);
		size_t length = endpoint_address_to_text(buffer, &e);

		assert_string_equal(buffer, cases[i][1]);
		assert_int_equal(length, strlen(cases[i][1]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4),
		cmocka_unit_test(multicast),
		cmocka_unit_test(equal),
		cmocka_unit_test(text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
