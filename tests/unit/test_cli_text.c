/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes, numbers, times, and values that people type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "cli/clock.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/parse.h"
#include "cli/user.h"

static void assert_escaped(const char *in, size_t n, enum escape_charset charset, const char *want)
{
	char out[128];

	assert_int_equal(escape_text(out, sizeof(out), in, n, charset, NULL), strlen(want));
	assert_string_equal(out, want);
}

static void escapes_controls(void **state)
{
	(void)state;
	assert_escaped("plain text~", 11, ESCAPE_ASCII, "plain text~");
	assert_escaped("\0\x1b[2J\n\x7f", 7, ESCAPE_ASCII, "\\000\\027[2J\\010\\127");
	assert_escaped("\0\x1b[2J\n\x7f", 7, ESCAPE_UTF8, "\\000\\027[2J\\010\\127");
	assert_escaped("caf\xc3\xa9", 5, ESCAPE_ASCII, "caf\\195\\169");
}

static void keeps_only_valid_utf8(void **state)
{
	(void)state;
	assert_escaped("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9d", 14, ESCAPE_UTF8,
		       "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9d");
	assert_escaped("\xc2\x9b", 2, ESCAPE_UTF8, "\\194\\155");	   /* C1: CSI */
	assert_escaped("\xc2\xa0", 2, ESCAPE_UTF8, "\xc2\xa0");		   /* first above */
	assert_escaped("\xc0\xaf", 2, ESCAPE_UTF8, "\\192\\175");	   /* overlong */
	assert_escaped("\xe0\x9f\xbf", 3, ESCAPE_UTF8, "\\224\\159\\191"); /* overlong */
	assert_escaped("\xed\xa0\x80", 3, ESCAPE_UTF8, "\\237\\160\\128"); /* surrogate */
	assert_escaped("\xf4\x90\x80\x80", 4, ESCAPE_UTF8, "\\244\\144\\128\\128"); /* U+110000 */
	assert_escaped("\xe2\x82", 2, ESCAPE_UTF8, "\\226\\130");		    /* cut */
}

static void escape_never_cuts_inside(void **state)
{
	char out[6];
	size_t taken;

	(void)state;
	assert_int_equal(escape_text(out, sizeof(out), "ab\n", 3, ESCAPE_ASCII, &taken), 2);
	assert_int_equal(taken, 2);
	assert_string_equal(out, "ab");
	assert_int_equal(escape_text(out, sizeof(out), "a\n", 2, ESCAPE_ASCII, &taken), 5);
	assert_string_equal(out, "a\\010");
	assert_int_equal(escape_text(out, sizeof(out), "abcd\xc3\xa9", 6, ESCAPE_UTF8, &taken), 4);
	assert_int_equal(taken, 4);
}

static void formats_numbers(void **state)
{
	char text[FORMAT_NUMBER_MAX];

	(void)state;
	assert_int_equal(format_unsigned(text, 0), 1);
	assert_string_equal(text, "0");
	assert_int_equal(format_unsigned(text, UINT64_MAX), 20);
	assert_string_equal(text, "18446744073709551615");
	format_decimal(text, 12345, 3);
	assert_string_equal(text, "12.345");
	format_decimal(text, 7, 3);
	assert_string_equal(text, "0.007");
	format_decimal(text, UINT64_MAX, 9);
	assert_string_equal(text, "18446744073.709551615");
	format_decimal(text, 42, 0);
	assert_string_equal(text, "42");
}

static void formats_times(void **state)
{
	char text[FORMAT_TIME_MAX];

	(void)state;
	assert_int_equal(format_rfc3339(text, 0), 30);
	assert_string_equal(text, "1970-01-01T00:00:00.000000000Z");
	format_rfc3339(text, 1709251199999999999ULL); /* a leap day's last nanosecond */
	assert_string_equal(text, "2024-02-29T23:59:59.999999999Z");
	format_rfc3339(text, 1709251200000000001ULL);
	assert_string_equal(text, "2024-03-01T00:00:00.000000001Z");
	setenv("TZ", "UTC-2", 1);
	tzset();
	format_time_of_day(text, 1709251199999999999ULL);
	assert_string_equal(text, "01:59:59.999");
}

static void parses_numbers_strictly(void **state)
{
	static const char *const bad[] = {"",
					  "12abc",
					  " 1",
					  "1 ",
					  "-1",
					  "+1",
					  "0x1",
					  "1.0",
					  "101",
					  "9",
					  "18446744073709551616"};
	uint64_t value = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_unsigned(bad[i], 10, 100, &value));
	assert_int_equal(value, 77);
	assert_true(parse_unsigned("10", 10, 100, &value));
	assert_true(parse_unsigned("0100", 10, 100, &value));
	assert_int_equal(value, 100);
	assert_true(parse_unsigned("18446744073709551615", 0, UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	assert_false(parse_unsigned("18446744073709551616", 0, UINT64_MAX, &value));
	assert_false(parse_unsigned("7", 0, 5, &value));
}

static void parses_fractions(void **state)
{
	static const char *const bad[] = {"",	 ".5",	 "1.",		 "1.5s", "-1",
					  "1e3", "1..5", "1.0000000000", "3601", "3600.1"};
	uint64_t value = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_fraction(bad[i], NS_PER_SECOND, 3600 * NS_PER_SECOND, &value));
	assert_int_equal(value, 77);
	assert_true(parse_fraction("1.5", NS_PER_SECOND, 3600 * NS_PER_SECOND, &value));
	assert_int_equal(value, 1500000000);
	assert_true(parse_fraction("0.000000001", NS_PER_SECOND, NS_PER_SECOND, &value));
	assert_int_equal(value, 1);
	assert_true(parse_fraction("3600", NS_PER_SECOND, 3600 * NS_PER_SECOND, &value));
	assert_true(parse_fraction("0.0000001", NS_PER_MS, NS_PER_MS, &value));
	assert_int_equal(value, 0);
}

static void parses_ports(void **state)
{
	static const char *const bad[] = {"",	   ",",	    "53,",   ",53",    "0",
					  "65536", "53;54", "53 54", "1,2,3,4"};
	uint16_t ports[3] = {0};
	unsigned int count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(parse_ports(bad[i], ports, 3, &count));
		assert_int_equal(count, 0);
	}
	assert_true(parse_ports("53,5353,53", ports, 3, &count));
	assert_true(parse_ports("65535", ports, 3, &count));
	assert_int_equal(count, 3);
	assert_int_equal(ports[0], 53);
	assert_int_equal(ports[1], 5353);
	assert_int_equal(ports[2], 65535);
}

static void knows_users(void **state)
{
	uint32_t uid = 77;

	(void)state;
	assert_false(user_parse("", &uid));
	assert_false(user_parse("no such user", &uid));
	assert_false(user_parse("4294967295", &uid));
	assert_false(user_parse("0x", &uid));
	assert_int_equal(uid, 77);
	assert_true(user_parse("root", &uid));
	assert_int_equal(uid, 0);
	assert_true(user_parse("4000000001", &uid));
	assert_true(uid == 4000000001U);
	assert_string_equal(user_name(0), "root");
	assert_string_equal(user_name(4000000001U), "4000000001");
	assert_string_equal(user_name(64 * 62500000U),
			    "4000000000"); /* root's place in the cache */
	assert_string_equal(user_name(0), "root");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_controls),
		cmocka_unit_test(keeps_only_valid_utf8),
		cmocka_unit_test(escape_never_cuts_inside),
		cmocka_unit_test(formats_numbers),
		cmocka_unit_test(formats_times),
		cmocka_unit_test(parses_numbers_strictly),
		cmocka_unit_test(parses_fractions),
		cmocka_unit_test(parses_ports),
		cmocka_unit_test(knows_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
