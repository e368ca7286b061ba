/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/text.h"

static char out[2048];

static struct text fresh(size_t size)
{
	memset(out, '?', sizeof(out));
	return (struct text){out, size, 0};
}

static void test_cut(void **state)
{
	(void)state;
	for (size_t size = 0; size <= 9; size++) {
		struct text t = fresh(size);

		text_string(&t, "abcd");
		text_char(&t, 'e');
		text_number(&t, 123);
		assert_int_equal(text_end(&t), 8);
		if (size > 0) {
			assert_memory_equal(out, "abcde123", size - 1);
			assert_int_equal(out[size - 1], '\0');
		}
		assert_int_equal(out[size], '?');
	}
}

static void expect_number(uint64_t value, unsigned int digits, const char *text)
{
	struct text t = fresh(64);

	text_number_padded(&t, value, digits);
	text_end(&t);
	assert_string_equal(out, text);
}

static void test_numbers(void **state)
{
	(void)state;
	expect_number(0, 1, "0");
	expect_number(0, 3, "000");
	expect_number(7, 3, "007");
	expect_number(1234, 3, "1234");
	expect_number(UINT64_MAX, 1, "18446744073709551615");
}

/* RFC 4648, section 10. */
static void test_base64(void **state)
{
	static const char *const vectors[] = {"",	  "Zg==",     "Zm8=",	 "Zm9v",
					      "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};

	(void)state;
	for (size_t n = 0; n < sizeof(vectors) / sizeof(vectors[0]); n++) {
		struct text t = fresh(64);

		text_base64(&t, (const uint8_t *)"foobar", n);
		text_end(&t);
		assert_string_equal(out, vectors[n]);
	}
}

/* The same section's, without the padding. */
static void test_base32hex(void **state)
{
	static const char *const vectors[] = {"",	 "CO",	     "CPNG",	  "CPNMU",
					      "CPNMUOG", "CPNMUOJ1", "CPNMUOJ1E8"};

	(void)state;
	for (size_t n = 0; n < sizeof(vectors) / sizeof(vectors[0]); n++) {
		struct text t = fresh(64);

		text_base32hex(&t, (const uint8_t *)"foobar", n);
		text_end(&t);
		assert_string_equal(out, vectors[n]);
	}
}

static void expect_as_inet_ntop(int family, const uint8_t *address)
{
	char expected[INET6_ADDRSTRLEN];
	struct text t = fresh(64);

	if (family == AF_INET)
		text_ipv4(&t, address);
	else
		text_ipv6(&t, address);
	text_end(&t);
	assert_non_null(inet_ntop(family, address, expected, sizeof(expected)));
	assert_string_equal(out, expected);
}

/* All places of zero groups, with large and small groups between them. */
static void test_addresses(void **state)
{
	uint8_t address[16];

	(void)state;
	for (unsigned int pattern = 0; pattern < 6561; pattern++) {
		unsigned int rest = pattern;

		for (int i = 0; i < 8; i++, rest /= 3) {
			address[2 * i] = rest % 3 == 2 ? 0xff : 0;
			address[2 * i + 1] =
				(uint8_t)(rest % 3 == 1 ? i + 1 : -(int)(rest % 3 / 2));
		}
		expect_as_inet_ntop(AF_INET6, address);
	}
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		for (int k = 0; k < 16; k++)
			address[k] = (uint8_t)(random() & (random() & 1 ? 0xff : 0));
		expect_as_inet_ntop(AF_INET6, address);
		expect_as_inet_ntop(AF_INET, address);
	}
}

static void test_quoted(void **state)
{
	struct text t = fresh(64);

	(void)state;
	text_quoted(&t, (const uint8_t *)"a\"\\ \x7f\n", 6);
	text_end(&t);
	assert_string_equal(out, "\"a\\\"\\\\ \\127\\010\"");
}

/* A name has its own way into a buffer with room, and into one without. */
static void test_name(void **state)
{
	struct dns_name name;

	(void)state;
	assert_true(dns_name_from_text(&name, "example.com"));
	for (size_t size = 1; size < sizeof(out); size += 13) {
		struct text t = fresh(size);

		text_char(&t, '>');
		text_name(&t, &name);
		assert_int_equal(text_end(&t), 12);
		assert_memory_equal(out, ">example.com", size - 1 < 12 ? size - 1 : 12);
		assert_int_equal(strlen(out), size - 1 < 12 ? size - 1 : 12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),	  cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_base64),	  cmocka_unit_test(test_base32hex),
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_quoted),
		cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
