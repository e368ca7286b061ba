/* SPDX-License-Identifier: Apache-2.0 */
#include "dns_helpers.h"

#include "dns/codes.h"

#define FOO_COM "03666f6f 076578616d706c65 03636f6d 00 "
#define FOO_ORG "03666f6f 076578616d706c65 036f7267 00 "

/* RFC 9460, appendix D.1 and D.2: the test vectors. */
static void test_vectors(void **state)
{
	(void)state;
	expect_rdata(DNS_TYPE_HTTPS, "0000" FOO_COM, "0 foo.example.com");
	expect_rdata(DNS_TYPE_SVCB, "0001 00", "1 .");
	expect_rdata(DNS_TYPE_SVCB, "0010" FOO_COM "0003 0002 0035", "16 foo.example.com port=53");
	expect_rdata(DNS_TYPE_SVCB, "0001" FOO_COM "029b 0005 68656c6c6f",
		     "1 foo.example.com key667=\"hello\"");
	expect_rdata(DNS_TYPE_SVCB, "0001" FOO_COM "029b 0009 68656c6c6fd2716f6f",
		     "1 foo.example.com key667=\"hello\\210qoo\"");
	expect_rdata(DNS_TYPE_SVCB,
		     "0001" FOO_COM "0006 0020 20010db8000000000000000000000001"
		     "20010db8000000000000000000530001",
		     "1 foo.example.com ipv6hint=2001:db8::1,2001:db8::53:1");
	expect_rdata(
		DNS_TYPE_SVCB,
		"0001 076578616d706c65 03636f6d 00 0006 0010 20010db8012203440000 0000c0000221",
		"1 example.com ipv6hint=2001:db8:122:344::c000:221");
	expect_rdata(DNS_TYPE_SVCB,
		     "0010" FOO_ORG "0000 0004 0001 0004 0001 0009 02 6832 05 68332d3139"
		     "0004 0004 c0000201",
		     "16 foo.example.org mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" "
		     "ipv4hint=192.0.2.1");
	expect_rdata(DNS_TYPE_SVCB, "0010" FOO_ORG "0001 000c 08 665c6f6f2c626172 02 6832",
		     "16 foo.example.org alpn=\"f\\\\\\\\oo\\\\,bar,h2\"");
}

static void test_keys(void **state)
{
	(void)state;
	expect_rdata(DNS_TYPE_HTTPS, "0001 00 0001 0003 02 6832 0002 0000",
		     "1 . alpn=\"h2\" no-default-alpn");
	expect_rdata(DNS_TYPE_HTTPS, "0001 00 0004 0008 c0000201 c0000202",
		     "1 . ipv4hint=192.0.2.1,192.0.2.2");
	expect_rdata(DNS_TYPE_HTTPS, "0001 00 0005 0004 00010203", "1 . ech=AAECAw==");
	/* RFC 9461, section 5; RFC 9540, section 4. */
	expect_rdata(DNS_TYPE_SVCB, "0001 00 0007 0010 2f646e732d71756572797b3f646e737d 0008 0000",
		     "1 . dohpath=\"/dns-query{?dns}\" ohttp");
	expect_rdata(DNS_TYPE_SVCB, "0001 00 0009 0000 ffff 0002 225c",
		     "1 . key9 key65535=\"\\\"\\\\\"");
	expect_rdata(DNS_TYPE_SVCB, "0001 00 0000 0002 029b 029b 0000",
		     "1 . mandatory=key667 key667");
	expect_rdata(DNS_TYPE_SVCB, "0001 00 0001 0003 02 0a22", "1 . alpn=\"\\010\\\"\"");
}

/* Appendix D.3 on the wire, and what else sections 2.2, 7 and 8 forbid. */
static void test_misfits(void **state)
{
	(void)state;
	expect_misfit(DNS_TYPE_SVCB, "0001", "name: cut");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0003", "rdata: cut");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0003 0002 35", "rdata: cut");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 029b 0000 029b 0000", "svcb: keys not ascending");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0003 0002 0035 0001 0003 02 6832",
		      "svcb: keys not ascending");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0000 0000", "svcb: mandatory");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0000 0003 000100", "svcb: mandatory");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0000 0002 0000", "svcb: mandatory");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0000 0004 029b 029b", "svcb: mandatory");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0001 0000", "svcb: alpn");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0001 0001 00", "svcb: alpn");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0001 0003 03 6832", "svcb: alpn");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0002 0001 00", "svcb: value where none may be");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0003 0000", "svcb: port");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0003 0003 003500", "svcb: port");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0004 0000", "svcb: ipv4hint");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0004 0005 c000020100", "svcb: ipv4hint");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0005 0000", "rdata: cut");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0006 0004 c0000201", "svcb: ipv6hint");
	expect_misfit(DNS_TYPE_SVCB, "0001 00 0008 0001 00", "svcb: value where none may be");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_misfits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
