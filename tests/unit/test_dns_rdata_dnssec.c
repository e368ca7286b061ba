/* SPDX-License-Identifier: Apache-2.0 */
#include "dns_helpers.h"

#include <stdio.h>

#include "dns/codes.h"

struct example {
	unsigned int type;
	const char *hex;
	const char *text;
};

/* From the RFCs' examples. */
static const struct example examples[] = {
	/* RFC 4034 */
	{DNS_TYPE_DNSKEY,
	 "010003050103d22a6ca77f35b893206fd35e4c506d8378843709b97e041647e1bff43d8d64c6"
	 "49af1e371973c9e891fce3df519a8c840a63ee42a6d2ebddbb97035d215aa4e417b1fa45fa11"
	 "a9741ea2098c1dfa5fb5feb332fd4bc8152089aef36ba644cce2413b3b72be18cbef8da253f4"
	 "e93d2103866d9234a2e28df529a67d5468dbefe3",
	 "256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3Cbl+BBZH4b/0PY1kxkmvHjcZc8nokfzj31GajIQK"
	 "Y+5CptLr3buXA10hWqTkF7H6RfoRqXQeogmMHfpftf6zMv1LyBUgia7za6ZEzOJBOztyvhjL742i"
	 "U/TpPSEDhm2SNKLijfUppn1UaNvv4w=="},
	{DNS_TYPE_RRSIG,
	 "00010503000151803e7c9dd73e5510d70a52076578616d706c6503636f6d00a090755ba58d1a"
	 "ffa576f4375831b4310920e481218d18a9f164eb3d81afd3b875d3c75428631e0cf2a28d5087"
	 "5f70c329d7dbfafea807dc1fba1dc34c95d401f23f334ce63bfcf3f1b5b44739e5f0eded18d6"
	 "b33f040a911376d173d757a9f0c1fa1798941bb0b36b2df9062790fa7f0166f2737eea907378"
	 "341fb12dc0a77a",
	 "A 5 3 86400 20030322173103 20030220173103 2642 example.com oJB1W6WNGv+ldvQ3W"
	 "DG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6oB9wfuh3DTJXUAfI/M0zmO"
	 "/zz8bW0Rznl8O3tGNazPwQKkRN20XPXV6nwwfoXmJQbsLNrLfkGJ5D6fwFm8nN+6pBzeDQfsS3Ap"
	 "3o="},
	{DNS_TYPE_NSEC,
	 "04686f7374076578616d706c6503636f6d000006400100000003041b00000000000000000000"
	 "0000000000000000000000000000000020",
	 "host.example.com A MX RRSIG NSEC TYPE1234"},
	{DNS_TYPE_DS, "ec4505012bb183af5f22588179a53b0a98631fad1a292118",
	 "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
	/* RFC 5155 */
	{DNS_TYPE_NSEC3,
	 "0101000c04aabbccdd14174eb2409fe28bcb4887a1836f957f0a8425e27b0007220100000002"
	 "90",
	 "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC"
	 "3PARAM"},
	{DNS_TYPE_NSEC3PARAM, "0100000c04aabbccdd", "1 0 12 AABBCCDD"},
	{DNS_TYPE_NSEC3PARAM, "0100000000", "1 0 0 -"},
	/* RFC 8078 */
	{DNS_TYPE_CDS, "0000000000", "0 0 0 00"},
	{DNS_TYPE_CDNSKEY, "0000030000", "0 3 0 AA=="},
	/* RFC 8976 */
	{DNS_TYPE_ZONEMD,
	 "7848b78c0101febe3d4ce2ec2ffa4ba99d46cd69d6d29711e55217057bee7eb1a7b641a47ba7"
	 "fed2dd5b97ae499fafa4f22c6bd647de",
	 "2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE7EB1A7B641A47"
	 "BA7FED2DD5B97AE499FAFA4F22C6BD647DE"},
	/* RFC 7477 */
	{DNS_TYPE_CSYNC, "000000420003000460000008", "66 3 A NS AAAA"},
};

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		expect_rdata(examples[i].type, examples[i].hex, examples[i].text);
}

static void expect_time(const char *hex, const char *time)
{
	char rdata[64], text[64];

	snprintf(rdata, sizeof(rdata), "0001 05 03 00015180 %s 00000000 0000 00 00", hex);
	snprintf(text, sizeof(text), "A 5 3 86400 %s 19700101000000 0 . AA==", time);
	expect_rdata(DNS_TYPE_RRSIG, rdata, text);
}

/* RFC 4034, section 3.2; the times are date(1)'s. */
static void test_times(void **state)
{
	(void)state;
	expect_time("00000000", "19700101000000");
	expect_time("0001517f", "19700101235959");
	expect_time("00015180", "19700102000000");
	expect_time("04b257ff", "19720630235959");
	expect_time("386d4380", "20000101000000");
	expect_time("05a4ebff", "19721231235959");
	expect_time("38bc5d7f", "20000229235959");
	expect_time("5e59a97f", "20200228235959");
	expect_time("5e59a980", "20200229000000");
	expect_time("5e5afb00", "20200301000000");
	expect_time("7fffffff", "20380119031407");
	expect_time("80000000", "20380119031408");
	expect_time("f4865700", "21000101000000");
	expect_time("f4d41f7f", "21000228235959");
	expect_time("f4d41f80", "21000301000000");
	expect_time("ffffffff", "21060207062815");
}

static void test_bitmaps(void **state)
{
	(void)state;
	expect_rdata(DNS_TYPE_NSEC, "00 0001 ff", ". TYPE0 A NS MD MF CNAME SOA MB");
	expect_rdata(DNS_TYPE_NSEC, "00 0101 40", ". CAA");
	expect_rdata(DNS_TYPE_NSEC, "00 ff01 01", ". TYPE65287");
	expect_rdata(DNS_TYPE_NSEC, "00", "."); /* not allowed, but seen */
	expect_misfit(DNS_TYPE_NSEC, "00 00", "rdata: cut");
	expect_misfit(DNS_TYPE_NSEC, "00 0000", "rdata: type bitmap");
	expect_misfit(DNS_TYPE_NSEC, "00 0021 00", "rdata: type bitmap");
	expect_misfit(DNS_TYPE_NSEC, "00 0002 40", "rdata: cut");
	expect_misfit(DNS_TYPE_NSEC, "00 0001 40 0001 40", "rdata: type bitmap");
	expect_misfit(DNS_TYPE_NSEC, "00 0101 40 0001 40", "rdata: type bitmap");
}

/* All 65,536 types: the longest text that any record has. */
static void test_full_bitmap(void **state)
{
	struct octets rdata = {0};
	const char *why;
	const char *text;

	(void)state;
	add_hex(&rdata, "00");
	for (unsigned int window = 0; window < 256; window++) {
		rdata.data[rdata.size++] = (uint8_t)window;
		rdata.data[rdata.size++] = 32;
		memset(rdata.data + rdata.size, 0xff, 32);
		rdata.size += 32;
	}
	text = rdata_text(DNS_TYPE_NSEC, 1, &rdata, &why);
	assert_null(why);
	assert_string_equal(text + strlen(text) - 9, "TYPE65535");
}

static void test_nsec3(void **state)
{
	(void)state;
	/* No salt; RFC 5155, section 3.3. An opt-out span's bitmap may be empty. */
	expect_rdata(DNS_TYPE_NSEC3, "01 01 0000 00 05 ffffffffff", "1 1 0 - VVVVVVVV");
	expect_rdata(DNS_TYPE_NSEC3, "01 00 0001 00 01 80 0001 40", "1 0 1 - G0 A");
	expect_rdata(DNS_TYPE_NSEC3, "01 00 0001 00 02 8001", "1 0 1 - G00G");
	expect_misfit(DNS_TYPE_NSEC3, "01 00 0001 00 00", "rdata: empty hash");
	expect_misfit(DNS_TYPE_NSEC3, "01 00 0001 05 aa", "rdata: cut");
	expect_misfit(DNS_TYPE_NSEC3, "01 00 0001 00 05 aa", "rdata: cut");
	expect_misfit(DNS_TYPE_NSEC3, "01 00 0001", "rdata: cut");
	expect_misfit(DNS_TYPE_NSEC3, "01 00 0001 00", "rdata: cut");
	expect_misfit(DNS_TYPE_NSEC3, "01 00 0001 00 01", "rdata: cut");
	expect_misfit(DNS_TYPE_NSEC3PARAM, "01 00 0001", "rdata: cut");
	expect_misfit(DNS_TYPE_NSEC3PARAM, "01 00 0001 01", "rdata: cut");
	expect_misfit(DNS_TYPE_NSEC3PARAM, "01 00 0001 00 00", "rdata: trailing octets");
}

static void test_missing_keys(void **state)
{
	(void)state;
	expect_misfit(DNS_TYPE_DNSKEY, "0100 03 05", "rdata: cut");
	expect_misfit(DNS_TYPE_DS, "ec45 05 01", "rdata: cut");
	expect_misfit(DNS_TYPE_RRSIG, "0001 05 03 00015180 00000000 00000000 0000 00",
		      "rdata: cut");
	expect_misfit(DNS_TYPE_ZONEMD, "00000001 01 01", "rdata: cut");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples), cmocka_unit_test(test_times),
		cmocka_unit_test(test_bitmaps),	 cmocka_unit_test(test_full_bitmap),
		cmocka_unit_test(test_nsec3),	 cmocka_unit_test(test_missing_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
