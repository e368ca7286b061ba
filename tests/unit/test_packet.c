/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>

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

static void a_segment_that_is_a_message(void **state)
{
	static const uint8_t octets[] = {0, 3, 'a', 'b', 'c'};
	struct packet p = {.protocol = IPPROTO_TCP, .payload = octets, .size = 5, .wire_size = 5};

	(void)state;
	assert_true(packet_message(&p));
	assert_ptr_equal(p.payload, octets + 2);
	assert_int_equal(p.size, 3);
	assert_int_equal(p.wire_size, 3);
	/* Longer, shorter, cut to nothing; of UDP anything but nothing is one. */
	p = (struct packet){.protocol = IPPROTO_TCP, .payload = octets, .size = 5, .wire_size = 6};
	assert_false(packet_message(&p));
	p.size = p.wire_size = 4;
	assert_false(packet_message(&p));
	p.size = 1;
	p.wire_size = 5;
	assert_false(packet_message(&p));
	p.size = 4;
	assert_true(packet_message(&p));
	assert_int_equal(p.size, 2);
	p = (struct packet){.protocol = IPPROTO_UDP, .payload = octets, .size = 5, .wire_size = 5};
	assert_true(packet_message(&p));
	assert_ptr_equal(p.payload, octets);
	p.size = 0;
	assert_false(packet_message(&p));
}

static void who_sent_it(void **state)
{
	struct packet p = {
		.protocol = IPPROTO_TCP, .source = {.port = 40000}, .destination = {.port = 53}};

	(void)state;
	assert_false(packet_is_from_server(&p));
	p.tcp_flags = TCP_SYN | TCP_ACK; /* a server at the higher port */
	assert_true(packet_is_from_server(&p));
	p.tcp_flags = TCP_SYN;
	p.source.port = 1;
	assert_false(packet_is_from_server(&p));
	p.protocol = IPPROTO_UDP;
	assert_true(packet_is_from_server(&p));
}

static void unspecified_addresses(void **state)
{
	struct endpoint e = {.port = 53};

	(void)state;
	assert_true(endpoint_is_unspecified(&e));
	e.address[10] = e.address[11] = 0xff;
	assert_true(endpoint_is_unspecified(&e));
	e.address[15] = 1;
	assert_false(endpoint_is_unspecified(&e));
	e = (struct endpoint){.address = {[15] = 1}};
	assert_false(endpoint_is_unspecified(&e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4),
		cmocka_unit_test(multicast),
		cmocka_unit_test(equal),
		cmocka_unit_test(text),
		cmocka_unit_test(a_segment_that_is_a_message),
		cmocka_unit_test(who_sent_it),
		cmocka_unit_test(unspecified_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
