/* SPDX-License-Identifier: Apache-2.0 */
/* Servers out of resolv.conf(5). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/resolvers.h"

#define ROOM 4

static void expect(const struct endpoint *server, const char *text)
{
	char got[ENDPOINT_TEXT_MAX];

	got[endpoint_address_to_text(got, server)] = '\0';
	assert_string_equal(got, text);
	assert_int_equal(server->port, 0);
}

static void addresses(void **state)
{
	static const char *const good[][2] = {{"192.0.2.53", "192.0.2.53"},
					      {"2001:db8::53", "2001:db8::53"},
					      {"fe80::1%eth0", "fe80::1"},
					      {"::1", "::1"},
					      {"::ffff:192.0.2.1", "192.0.2.1"}};
	static const char *const bad[] = {
		"",
		"192.0.2",
		"192.0.2.256",
		"192.0.2.1%eth0",
		"192.0.2.1:53",
		"[::1]",
		"example.com",
		" 192.0.2.1",
		"192.0.2.1 ",
		"2001:db8::g",
		"1:2:3:4:5:6:7:8:9",
		"%eth0",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"};
	struct endpoint server;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(resolvers_parse(good[i][0], &server));
		expect(&server, good[i][1]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (resolvers_parse(bad[i], &server))
			fail_msg("taken: '%s'", bad[i]);
}

/* Its servers behind `count` others that are there. */
static unsigned int read_text(const char *text, struct endpoint servers[ROOM], unsigned int count)
{
	char path[] = "/tmp/test_resolvers.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	count = resolvers_read(path, servers, count, ROOM);
	unlink(path);
	return count;
}

static void a_file_of_all_sorts(void **state)
{
	struct endpoint servers[ROOM];

	(void)state;
	assert_int_equal(read_text("# nameserver 192.0.2.1\n"
				   "; nameserver 192.0.2.2\n"
				   "search example.com nameserver 192.0.2.3\n"
				   "nameservers 192.0.2.4\n"
				   "nameserver\n"
				   "nameserver example.com\n"
				   "nameserver 192.0.2.53\n"
				   "\tnameserver   2001:db8::53   # ours\n"
				   "options edns0\n"
				   "nameserver fe80::1%eth0",
				   servers, 0),
			 3);
	expect(&servers[0], "192.0.2.53");
	expect(&servers[1], "2001:db8::53");
	expect(&servers[2], "fe80::1");
}

static void no_more_than_there_is_room_for(void **state)
{
	struct endpoint servers[ROOM + 1] = {0};
	char text[1000] = "";

	(void)state;
	for (int i = 0; i < 10; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "nameserver 192.0.2.%d\n", i);
	assert_true(resolvers_parse("198.51.100.1", &servers[0]));
	assert_int_equal(read_text(text, servers, 1), ROOM);
	expect(&servers[0], "198.51.100.1");
	expect(&servers[1], "192.0.2.0");
	expect(&servers[ROOM - 1], "192.0.2.2");
	expect(&servers[ROOM], "::");
	assert_int_equal(read_text(text, servers, ROOM), ROOM);
	expect(&servers[ROOM], "::");
}

static void a_line_without_end_is_bounded(void **state)
{
	struct endpoint servers[ROOM];
	char text[4096], fill[3000];

	(void)state;
	memset(fill, 'x', sizeof(fill));
	snprintf(text, sizeof(text), "nameserver %.*s\nnameserver 192.0.2.1\n", (int)sizeof(fill),
		 fill);
	assert_int_equal(read_text(text, servers, 0), 1);
	expect(&servers[0], "192.0.2.1");
}

static void what_is_not_there_adds_none(void **state)
{
	struct endpoint servers[ROOM];

	(void)state;
	assert_int_equal(resolvers_read("/nonexistent", servers, 0, ROOM), 0);
	assert_int_equal(resolvers_read("/nonexistent", servers, 3, ROOM), 3);
	assert_int_equal(resolvers_read("/", servers, 2, ROOM), 2);
	assert_int_equal(read_text("", servers, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(a_file_of_all_sorts),
		cmocka_unit_test(no_more_than_there_is_room_for),
		cmocka_unit_test(a_line_without_end_is_bounded),
		cmocka_unit_test(what_is_not_there_adds_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
