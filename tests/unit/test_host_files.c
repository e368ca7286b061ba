/* SPDX-License-Identifier: Apache-2.0 */
/* What hosts(5) and nsswitch.conf(5) say. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "capture/packet.h"
#include "cli/hosts_file.h"
#include "cli/nsswitch.h"

#define SEED 0x1234567890abcdef

static struct hosts_file *read_text(const char *text)
{
	struct hosts_file *h = hosts_file_read(text, strlen(text), SEED);

	assert_non_null(h);
	return h;
}

static void address_of(uint8_t address[16], const char *text)
{
	char mapped[64];

	snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') ? "" : "::ffff:", text);
	assert_int_equal(inet_pton(AF_INET6, mapped, address), 1);
}

/* "192.0.2.1/3 ::1/4": addresses and lines. */
static void expect_found(const struct hosts_found *found, const char *want)
{
	char got[256] = "", text[ENDPOINT_TEXT_MAX];
	size_t n = 0;

	for (unsigned int i = 0; i < found->count; i++) {
		struct endpoint e = {.port = 0};

		memcpy(e.address, found->lines[i].address, 16);
		text[endpoint_address_to_text(text, &e)] = '\0';
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%s/%u", i ? " " : "", text,
				      found->lines[i].number);
	}
	assert_string_equal(got, want);
}

static void expect_name(const char *text, const char *name, const char *want)
{
	struct hosts_file *h = read_text(text);
	struct hosts_found found;

	hosts_find_name(h, name, &found);
	expect_found(&found, want);
	hosts_file_free(h);
}

static void names(void **state)
{
	static const char text[] = "# a comment\n"
				   "127.0.0.1\tlocalhost\n"
				   "::1 \t localhost ip6-localhost\n"
				   "\n"
				   "192.0.2.7 Server.Example server s # other\n"
				   "  192.0.2.8 indented\r\n"
				   "192.0.2.9 last";

	(void)state;
	expect_name(text, "localhost", "127.0.0.1/2 ::1/3");
	expect_name(text, "LocalHost", "127.0.0.1/2 ::1/3");
	expect_name(text, "ip6-localhost", "::1/3");
	expect_name(text, "server.example", "192.0.2.7/5");
	expect_name(text, "s", "192.0.2.7/5");
	expect_name(text, "indented", "192.0.2.8/6");
	expect_name(text, "last", "192.0.2.9/7");
	/* As the C library has it: another name. */
	expect_name(text, "localhost.", "");
	expect_name(text, "other", "");
	expect_name(text, "192.0.2.7", "");
	expect_name(text, "host", "");
	expect_name(text, "", "");
	expect_name("", "localhost", "");
}

static void odd_lines(void **state)
{
	struct hosts_file *h;
	struct hosts_found found;

	(void)state;
	expect_name("name 192.0.2.1\n", "name", "");
	expect_name("192.0.2.1\n192.0.2.256 a\n192.0.2.2 a\n", "a", "192.0.2.2/3");
	expect_name("192.0.2.1#a a\n", "a", "");
	expect_name("192.0.2.1 a#b\n", "a", "192.0.2.1/1");
	expect_name("192.0.2.1 a a a\n", "a", "192.0.2.1/1");
	expect_name("fe80::1%2 a\n::ffff:192.0.2.5 a\n", "a", "192.0.2.5/2");
	expect_name("192.0.2.1 a\n192.0.2.2 a\n192.0.2.3 a\n192.0.2.4 a\n", "a",
		    "192.0.2.1/1 192.0.2.2/2 192.0.2.3/3");
	/* A NUL ends a line for the C library. */
	h = hosts_file_read("192.0.2.1 a\0 b\n192.0.2.2 b", 27, SEED);
	assert_non_null(h);
	hosts_find_name(h, "b", &found);
	expect_found(&found, "192.0.2.2/2");
	hosts_file_free(h);
}

static void addresses(void **state)
{
	struct hosts_file *h = read_text("192.0.2.1\n192.0.2.1 one two\n2001:db8:0::7 six\n"
					 "192.0.2.1 three\n");
	struct hosts_found found;
	uint8_t address[16];

	(void)state;
	address_of(address, "192.0.2.1");
	hosts_find_address(h, address, &found);
	expect_found(&found, "192.0.2.1/2 192.0.2.1/4");
	assert_int_equal(found.lines[0].name_size, 3);
	assert_memory_equal(found.lines[0].name, "one", 3);
	address_of(address, "2001:db8::7");
	hosts_find_address(h, address, &found);
	expect_found(&found, "2001:db8::7/3");
	address_of(address, "192.0.2.2");
	hosts_find_address(h, address, &found);
	expect_found(&found, "");
	hosts_file_free(h);
}

/* Beyond the limits nothing is said at all. */
static void limits(void **state)
{
	char *text = malloc(HOSTS_FILE_MAX + 1);
	char long_name[512];
	struct hosts_file *h;
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', HOSTS_FILE_MAX + 1);
	h = hosts_file_read(text, HOSTS_FILE_MAX, SEED);
	assert_non_null(h);
	hosts_file_free(h);
	assert_null(hosts_file_read(text, HOSTS_FILE_MAX + 1, SEED));
	for (unsigned int i = 0; i < HOSTS_NAMES_MAX / 2; i++)
		n += (size_t)sprintf(text + n, "::1 n%u\n", i);
	h = hosts_file_read(text, n, SEED);
	assert_non_null(h);
	hosts_file_free(h);
	n += (size_t)sprintf(text + n, "::1 last\n");
	assert_null(hosts_file_read(text, n, SEED));
	free(text);
	/* What cannot be asked for does no harm. */
	snprintf(long_name, sizeof(long_name), "::1 %0*d b\n", 400, 0);
	expect_name(long_name, "b", "::1/1");
	expect_name("::1 b\n", long_name + 4, "");
}

static void numeric(void **state)
{
	static const char *const good[] = {"127.0.0.1", "127.1",     "0x7f.1",	    "2130706433",
					   "::1",	"fe80::1%2", "fe80::1%eth0"};
	static const char *const bad[] = {"",	       "localhost", "127.0.0.1 x", "127.0.0.256",
					  "1.2.3.4.5", "12::g",	    "%1",	   "a.1"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!is_numeric_address(good[i]))
			fail_msg("no address: '%s'", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (is_numeric_address(bad[i]))
			fail_msg("an address: '%s'", bad[i]);
}

/* ---- nsswitch.conf --------------------------------------------------------------------------- */

static void expect_services(const char *text, const char *want)
{
	char got[NSSWITCH_TEXT_MAX];

	assert_int_equal(nsswitch_hosts(got, text, strlen(text)), want[0] != '\0');
	assert_string_equal(got, want);
}

static void services(void **state)
{
	(void)state;
	expect_services("hosts: files dns\n", "files dns");
	expect_services("passwd: files\n# hosts: no\n \thosts:\t files  dns # x\nnetworks: files",
			"files dns");
	expect_services("hosts:files dns", "files dns");
	expect_services("hosts: files mdns4_minimal [NOTFOUND=return] dns\r\n",
			"files mdns4_minimal [NOTFOUND=return] dns");
	expect_services("hosts: files\nhosts: files\n", "files");
	/* Nothing to say. */
	expect_services("", "");
	expect_services("passwd: files\n", "");
	expect_services("hosts:\n", "");
	expect_services("hosts: # files\n", "");
	expect_services("hosts files dns\n", "");
	expect_services("nohosts: files\n", "");
	expect_services("HOSTS: files\n", "");
	expect_services("hosts: files\nhosts: dns\n", "");
	expect_services("hosts: fi\033[2Jles\n", "");
	expect_services("hosts: caf\303\251\n", "");
}

static void long_services(void **state)
{
	char text[256] = "hosts: ", services[NSSWITCH_TEXT_MAX];
	size_t n = strlen(text);

	(void)state;
	memset(text + n, 'a', NSSWITCH_TEXT_MAX - 1);
	assert_true(nsswitch_hosts(services, text, n + NSSWITCH_TEXT_MAX - 1));
	assert_int_equal(strlen(services), NSSWITCH_TEXT_MAX - 1);
	text[n + NSSWITCH_TEXT_MAX - 1] = 'a';
	assert_false(nsswitch_hosts(services, text, n + NSSWITCH_TEXT_MAX));
	assert_string_equal(services, "");
	assert_false(nsswitch_hosts(services, "hosts: a", NSSWITCH_FILE_MAX + 1));
}

static void words(void **state)
{
	static const char *const want[] = {"files", "[!UNAVAIL=return SUCCESS=continue]", "dns",
					   "[x y"};
	const char *at = "files [!UNAVAIL=return SUCCESS=continue]dns [x y";
	size_t size = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		at = nsswitch_word(at, &size);
		assert_non_null(at);
		assert_int_equal(size, strlen(want[i]));
		assert_memory_equal(at, want[i], size);
		at += size;
	}
	assert_null(nsswitch_word(at, &size));
	assert_null(nsswitch_word("", &size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),	 cmocka_unit_test(odd_lines),
		cmocka_unit_test(addresses),	 cmocka_unit_test(limits),
		cmocka_unit_test(numeric),	 cmocka_unit_test(services),
		cmocka_unit_test(long_services), cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
