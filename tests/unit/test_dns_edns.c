/* SPDX-License-Identifier: Apache-2.0 */
#include "dns_helpers.h"

#include "dns/edns.h"

/* The text of an option's value; all shorter buffers are tried too. */
static void expect_option(uint16_t code, const char *hex, const char *text)
{
	struct octets o = {0};
	struct dns_edns_option option = {.code = code};
	char buffer[256], part[256];
	uint8_t *data;
	size_t n = strlen(text);

	add_hex(&o, hex);
	data = exact(&o);
	option.size = (uint16_t)o.size;
	option.data = data;
	assert_int_equal(dns_edns_option_to_text(buffer, sizeof(buffer), &option), n);
	assert_string_equal(buffer, text);
	for (size_t size = 1; size <= n; size++) {
		assert_int_equal(dns_edns_option_to_text(part, size, &option), n);
		assert_int_equal(strlen(part), size - 1);
		assert_memory_equal(part, text, size - 1);
	}
	free(data);
}

/* RFC 7871, section 6. */
static void test_client_subnet(void **state)
{
	(void)state;
	expect_option(8, "0001 18 00 c00002", "192.0.2.0/24/0");
	expect_option(8, "0001 18 14 c00002", "192.0.2.0/24/20");
	expect_option(8, "0001 00 00", "0.0.0.0/0/0");
	expect_option(8, "0001 20 20 c0000201", "192.0.2.1/32/32");
	expect_option(8, "0001 14 00 c00010", "192.0.16.0/20/0");
	expect_option(8, "0002 38 30 20010db8 fd1342", "2001:db8:fd13:4200::/56/48");
	expect_option(8, "0002 00 00", "::/0/0");
	/* What the RFC does not allow is shown as it is. */
	expect_option(8, "", "");
	expect_option(8, "000118", "000118");
	expect_option(8, "0001 18 00 c0000201", "00011800c0000201");	 /* too many octets */
	expect_option(8, "0001 18 00 c000", "00011800c000");		 /* too few */
	expect_option(8, "0001 14 00 c00011", "00011400c00011");	 /* bits past the prefix */
	expect_option(8, "0001 21 00 c000020100", "00012100c000020100"); /* past the address */
	expect_option(8, "0001 18 21 c00002", "00011821c00002");
	expect_option(8, "0000 00 00", "00000000"); /* family 0 */
	expect_option(8, "0003 08 00 0a", "000308000a");
}

static void test_cookie(void **state)
{
	(void)state;
	/* RFC 9018, appendix A.1 and A.2: a client's alone, and with the server's. */
	expect_option(10, "2464c4abcf10c957", "2464c4abcf10c957");
	expect_option(10, "2464c4abcf10c957 010000005cf79f111f8130c3eee29480",
		      "2464c4abcf10c957010000005cf79f111f8130c3eee29480");
}

static void test_nsid(void **state)
{
	(void)state;
	expect_option(3, "", "");
	expect_option(3, "6770646e732d667261", "6770646e732d667261 \"gpdns-fra\"");
	expect_option(3, "6122", "6122 \"a\\\"\"");
	expect_option(3, "610a", "610a");
	expect_option(3, "ff", "ff");
}

/* RFC 8914. */
static void test_error(void **state)
{
	(void)state;
	expect_option(15, "0012", "18 Prohibited");
	expect_option(15, "0012 6e6f20786672", "18 Prohibited: no xfr");
	expect_option(15, "0016 61 22 00", "22 No Reachable Authority: a\"");
	expect_option(15, "0006 5c 1b c3a4", "6 DNSSEC Bogus: \\\\\\027\\195\\164");
	expect_option(15, "0000 207e7f", "0 Other:  ~\\127");
	expect_option(15, "c000", "49152 EDE49152");
	expect_option(15, "0000 00", "0 Other");
	expect_option(15, "00", "00");
	expect_option(15, "", "");
}

static void test_tcp_keepalive(void **state)
{
	(void)state;
	expect_option(11, "", "");
	expect_option(11, "0064", "10.0s");
	expect_option(11, "04d2", "123.4s");
	expect_option(11, "0000", "0.0s");
	expect_option(11, "00", "00");
	expect_option(11, "000064", "000064");
}

static void test_other_options(void **state)
{
	(void)state;
	expect_option(12, "", "0");
	expect_option(12, "0000 0000", "4");
	expect_option(5, "0807", "0807");
	expect_option(65001, "deadbeef", "deadbeef");
}

/* An OPT record's class, TTL and options. */
static void add_opt(struct octets *o, unsigned int udp_size, const char *ttl, const char *options)
{
	struct octets rdata = {0};

	add_hex(&rdata, options);
	add_octets(o, "", 1);
	add_u16(o, 41);
	add_u16(o, udp_size);
	add_hex(o, ttl);
	add_u16(o, (unsigned int)rdata.size);
	add_octets(o, rdata.data, rdata.size);
}

static void test_record(void **state)
{
	struct octets o = {0};
	struct dns_message m;
	struct dns_edns edns;
	struct dns_edns_option option;
	uint16_t position = 0;
	const char *why;

	(void)state;
	add_header(&o, 0x8007, 0, 1, 0, 2);
	add_record(&o, 1, 1, "\1\2\3\4", 4);
	add_record(&o, 1, 1, "\1\2\3\4", 4);
	add_opt(&o, 1232, "01 00 8001", "000a 0008 0102030405060708 000c 0000 0003 0001 61");
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_true(dns_edns_read(&edns, &m));
	assert_int_equal(edns.udp_size, 1232);
	assert_int_equal(edns.extended_rcode, 1);
	assert_int_equal(edns.version, 0);
	assert_int_equal(edns.flags, 0x8001);
	assert_true(edns.dnssec_ok);
	assert_int_equal(dns_rcode(&m, &edns), 23); /* BADCOOKIE: 1 << 4 | 7 */
	assert_int_equal(dns_rcode(&m, NULL), 7);

	assert_true(dns_edns_next(&edns, &position, &option, &why));
	assert_int_equal(option.code, DNS_EDNS_COOKIE);
	assert_int_equal(option.size, 8);
	assert_true(dns_edns_next(&edns, &position, &option, &why));
	assert_int_equal(option.code, DNS_EDNS_PADDING);
	assert_int_equal(option.size, 0);
	assert_true(dns_edns_next(&edns, &position, &option, &why));
	assert_int_equal(option.code, DNS_EDNS_NSID);
	assert_memory_equal(option.data, "a", 1);
	assert_false(dns_edns_next(&edns, &position, &option, &why));
	assert_null(why);
	assert_false(dns_edns_next(&edns, &position, &option, &why));
}

static void test_no_record(void **state)
{
	struct octets o = {0};
	struct dns_message m;
	struct dns_edns edns;

	(void)state;
	add_header(&o, 0x8000, 0, 0, 0, 0);
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_false(dns_edns_read(&edns, &m));
	/* Only the additional section has one (RFC 6891, section 6.1.1). */
	o.size = 0;
	add_header(&o, 0x8000, 0, 1, 0, 1);
	add_opt(&o, 512, "00000000", "");
	add_record(&o, 1, 1, "\1\2\3\4", 4);
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_false(dns_edns_read(&edns, &m));
	assert_null(m.malformed);
	/* Behind damage. */
	o.size = 0;
	add_header(&o, 0x8000, 0, 1, 0, 1);
	add_hex(&o, "c0ff 0001 0001 00000000 0000");
	add_opt(&o, 512, "00000000", "");
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_false(dns_edns_read(&edns, &m));
	assert_string_equal(m.malformed, "name: pointer not below the last");
}

/* Options that end too soon: those before remain. */
static void test_damaged_options(void **state)
{
	static const char *const damaged[] = {"00", "000300", "0003 0001", "0003 ffff 61"};

	(void)state;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct octets options = {0};
		struct dns_edns edns = {0};
		struct dns_edns_option option;
		uint16_t position = 0;
		const char *why = NULL;
		uint8_t *data;

		add_hex(&options, "0003 0000");
		add_hex(&options, damaged[i]);
		data = exact(&options);
		edns.options = data;
		edns.options_size = (uint16_t)options.size;
		assert_true(dns_edns_next(&edns, &position, &option, &why));
		assert_false(dns_edns_next(&edns, &position, &option, &why));
		assert_string_equal(why, "edns: option cut");
		free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client_subnet),
		cmocka_unit_test(test_cookie),
		cmocka_unit_test(test_nsid),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_tcp_keepalive),
		cmocka_unit_test(test_other_options),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_no_record),
		cmocka_unit_test(test_damaged_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
