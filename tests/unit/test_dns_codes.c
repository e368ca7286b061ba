/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns/codes.h"

static char buffer[DNS_CODE_TEXT_MAX];

static void expect_type(const char *name, uint16_t expected)
{
	uint16_t value = 0xdead;

	assert_true(dns_type_from_name(name, &value));
	assert_int_equal(value, expected);
}

static void test_type_names(void **state)
{
	(void)state;
	assert_string_equal(dns_type_name(DNS_TYPE_A, buffer), "A");
	assert_string_equal(dns_type_name(DNS_TYPE_HTTPS, buffer), "HTTPS");
	assert_string_equal(dns_type_name(DNS_TYPE_ANY, buffer), "ANY");
	assert_string_equal(dns_type_name(DNS_TYPE_CAA, buffer), "CAA");
	assert_string_equal(dns_type_name(32769, buffer), "DLV");
	/* RFC 3597, section 5. */
	assert_string_equal(dns_type_name(0, buffer), "TYPE0");
	assert_string_equal(dns_type_name(54, buffer), "TYPE54");
	assert_string_equal(dns_type_name(131, buffer), "TYPE131");
	assert_string_equal(dns_type_name(132, buffer), "TYPE132");
	assert_string_equal(dns_type_name(731, buffer), "TYPE731");
	assert_string_equal(dns_type_name(65535, buffer), "TYPE65535");
}

/* Every number has a name, and every name has its number. */
static void test_types_round_trip(void **state)
{
	(void)state;
	for (unsigned int type = 0; type <= UINT16_MAX; type++)
		expect_type(dns_type_name((uint16_t)type, buffer), (uint16_t)type);
}

static void test_types_from_names(void **state)
{
	static const char *const none[] = {
		"",	     "X",     "TYPE",	"TYPE65536",	"65536", "-1",	  "1 ",	      " 1",
		"TYPE12abc", "12abc", "TYPE-1", "999999999999", "A ",	 "AAAAA", "TYPETYPE1"};
	uint16_t value = 77;

	(void)state;
	expect_type("aaaa", 28);
	expect_type("Https", 65);
	expect_type("type65", 65);
	expect_type("65", 65);
	expect_type("any", 255);
	for (unsigned int i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_false(dns_type_from_name(none[i], &value));
		assert_int_equal(value, 77);
	}
}

static void test_rcodes(void **state)
{
	uint16_t value = 77;

	(void)state;
	assert_string_equal(dns_rcode_name(0, buffer), "NOERROR");
	assert_string_equal(dns_rcode_name(3, buffer), "NXDOMAIN");
	assert_string_equal(dns_rcode_name(16, buffer), "BADVERS");
	assert_string_equal(dns_rcode_name(23, buffer), "BADCOOKIE");
	assert_string_equal(dns_rcode_name(12, buffer), "RCODE12");
	assert_string_equal(dns_rcode_name(4095, buffer), "RCODE4095");
	for (unsigned int rcode = 0; rcode <= 4095; rcode++) {
		assert_true(dns_rcode_from_name(dns_rcode_name((uint16_t)rcode, buffer), &value));
		assert_int_equal(value, rcode);
	}
	assert_true(dns_rcode_from_name("servfail", &value));
	assert_int_equal(value, 2);
	assert_false(dns_rcode_from_name("4096", &value));
	assert_false(dns_rcode_from_name("SERVFAILS", &value));
	assert_int_equal(value, 2);
}

static void test_others(void **state)
{
	(void)state;
	assert_string_equal(dns_class_name(1, buffer), "IN");
	assert_string_equal(dns_class_name(255, buffer), "ANY");
	assert_string_equal(dns_class_name(32, buffer), "CLASS32");
	assert_string_equal(dns_opcode_name(DNS_OPCODE_UPDATE, buffer), "UPDATE");
	assert_string_equal(dns_opcode_name(DNS_OPCODE_DSO, buffer), "DSO");
	assert_string_equal(dns_opcode_name(3, buffer), "OPCODE3");
	assert_string_equal(dns_edns_option_name(8, buffer), "ECS");
	assert_string_equal(dns_edns_option_name(26946, buffer), "DEVICEID");
	assert_string_equal(dns_edns_option_name(65535, buffer), "OPT65535");
	assert_string_equal(dns_ede_name(18, buffer), "Prohibited");
	assert_string_equal(dns_ede_name(22, buffer), "No Reachable Authority");
	assert_string_equal(dns_ede_name(49152, buffer), "EDE49152");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_type_names),	 cmocka_unit_test(test_types_round_trip),
		cmocka_unit_test(test_types_from_names), cmocka_unit_test(test_rcodes),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
