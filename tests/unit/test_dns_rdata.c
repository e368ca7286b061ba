/* SPDX-License-Identifier: Apache-2.0 */
#include "dns_helpers.h"

#include "dns/codes.h"

struct example {
	unsigned int type;
	const char *hex;
	const char *text;
};

/* From the RFCs' examples. */
static const struct example examples[] = {
	/* RFC 1035, RFC 3596 */
	{DNS_TYPE_A, "0a010034", "10.1.0.52"},
	{DNS_TYPE_AAAA, "20010db8000000000000000000000001", "2001:db8::1"},
	{DNS_TYPE_CNAME, "076578616d706c65 03636f6d 00", "example.com"},
	{DNS_TYPE_NS, "00", "."},
	{DNS_TYPE_PTR, "02 6e73 00", "ns"},
	{DNS_TYPE_MB, "0161 00", "a"},
	{DNS_TYPE_MG, "0161 00", "a"},
	{DNS_TYPE_MR, "0161 00", "a"},
	{DNS_TYPE_MD, "0161 00", "a"},
	{DNS_TYPE_MF, "0161 00", "a"},
	{DNS_TYPE_MINFO, "0161 00 0162 00", "a b"},
	{DNS_TYPE_WKS, "c0a80001 06 e005", "192.168.0.1 6 0 1 2 13 15"},
	{DNS_TYPE_WKS, "c0a80001 11", "192.168.0.1 17"},
	{DNS_TYPE_TXT, "00", "\"\""},
	{DNS_TYPE_TXT, "0161 00 02 2062", "\"a\" \"\" \" b\""},
	{DNS_TYPE_TXT, "08 225c0a7f ff3b6500", "\"\\\"\\\\\\010\\127\\255;e\\000\""},
	/* RFC 6698 */
	{DNS_TYPE_TLSA, "000001d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971",
	 "0 0 1 D2ABDE240D7CD3EE6B4B28C54DF034B97983A1D16E8A410E4561CB106618E971"},
	/* RFC 8162 */
	{DNS_TYPE_SMIMEA, "0301020102", "3 1 2 0102"},
	/* RFC 7929 */
	{DNS_TYPE_OPENPGPKEY, "99010d0455479b9b010800", "mQENBFVHm5sBCAA="},
	/* RFC 4255 */
	{DNS_TYPE_SSHFP, "0201123456789abcdef67890123456789abcdef67890",
	 "2 1 123456789ABCDEF67890123456789ABCDEF67890"},
	/* RFC 7043 */
	{DNS_TYPE_EUI48, "00005e00532a", "00-00-5e-00-53-2a"},
	{DNS_TYPE_EUI64, "00005eef1000002a", "00-00-5e-ef-10-00-00-2a"},
	/* RFC 7553 */
	{DNS_TYPE_URI, "000a00016674703a2f2f667470312e6578616d706c652e636f6d2f7075626c6963",
	 "10 1 \"ftp://ftp1.example.com/public\""},
	/* RFC 8659 */
	{DNS_TYPE_CAA, "000569737375656361312e6578616d706c652e6e6574",
	 "0 issue \"ca1.example.net\""},
	{DNS_TYPE_CAA, "8003746273556e6b6e6f776e", "128 tbs \"Unknown\""},
	{DNS_TYPE_CAA, "000569737375653b", "0 issue \";\""},
	/* RFC 3403 */
	{DNS_TYPE_NAPTR,
	 "0064003201730d7a333935302b49324c2b49324300065f7a33393530045f7463700667617465"
	 "63680365647500",
	 "100 50 \"s\" \"z3950+I2L+I2C\" \"\" _z3950._tcp.gatech.edu"},
	{DNS_TYPE_NAPTR,
	 "0064000a000021215e75726e3a6369643a2e2b40285b5e5c2e5d2b5c2e29282e2a2924215c32"
	 "216900",
	 "100 10 \"\" \"\" \"!^urn:cid:.+@([^\\\\.]+\\\\.)(.*)$!\\\\2!i\" ."},
	/* RFC 2782 */
	{DNS_TYPE_SRV, "0000000100090c6f6c642d736c6f772d626f78076578616d706c6503636f6d00",
	 "0 1 9 old-slow-box.example.com"},
	/* RFC 1035 */
	{DNS_TYPE_SOA,
	 "0656454e4552410349534903454455000e416374696f6e2e646f6d61696e7303495349034544"
	 "55000000001400001c20000002580036ee800000003c",
	 "VENERA.ISI.EDU Action\\.domains.ISI.EDU 20 7200 600 3600000 60"},
	{DNS_TYPE_MX, "000a0656454e455241034953490345445500", "10 VENERA.ISI.EDU"},
	{DNS_TYPE_HINFO, "0a5641582d31312f37383004554e4958", "\"VAX-11/780\" \"UNIX\""},
	/* RFC 1183 */
	{DNS_TYPE_RP,
	 "056c6f756965077472616e746f7203756d640365647500044c414d310670656f706c6503756d"
	 "640365647500",
	 "louie.trantor.umd.edu LAM1.people.umd.edu"},
	/* RFC 7208 */
	{DNS_TYPE_SPF, "0b763d73706631202b616c6c", "\"v=spf1 +all\""},
	/* RFC 2230 */
	{DNS_TYPE_KX, "000a026b78076578616d706c6503636f6d00", "10 kx.example.com"},
	/* RFC 6672 */
	{DNS_TYPE_DNAME, "0766726f626f7a7a076578616d706c65036e657400", "frobozz.example.net"},
	/* RFC 4398 */
	{DNS_TYPE_CERT, "0001303905010203", "1 12345 5 AQID"},
	/* RFC 6742 */
	{DNS_TYPE_NID, "000a00144fffff20ee64", "10 0014:4fff:ff20:ee64"},
	{DNS_TYPE_L32, "000a0a010200", "10 10.1.2.0"},
	{DNS_TYPE_L64, "000a20010db811401000", "10 2001:0db8:1140:1000"},
	{DNS_TYPE_LP, "000a0b6c36342d7375626e657431076578616d706c6503636f6d00",
	 "10 l64-subnet1.example.com"},
	/* RFC 1995 */
	{DNS_TYPE_GPOS, "082d33322e36383832083131362e383635320431302e30",
	 "\"-32.6882\" \"116.8652\" \"10.0\""},
	/* RFC 1183 */
	{DNS_TYPE_RT, "00020552656c6179055072696d6503434f4d00", "2 Relay.Prime.COM"},
	{DNS_TYPE_AFSDB, "0001057072696d6503636f6d00", "1 prime.com"},
	{DNS_TYPE_X25, "0c333131303631373030393536", "\"311061700956\""},
	/* RFC 3123 */
	{DNS_TYPE_PX, "000a016100016200", "10 a b"},
	/* RFC 2535 (a KEY without a key), RFC 2931 (SIG(0)) */
	{DNS_TYPE_KEY, "c000 03 00", "49152 3 0"},
	{DNS_TYPE_SIG, "0000 08 00 00000000 3e7c9dd7 3e5510d7 0a52 00 ffff",
	 "TYPE0 8 0 0 20030322173103 20030220173103 2642 . //8="},
	/* RFC 4701, section 3.6.1 */
	{DNS_TYPE_DHCID, "000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95000de48c40",
	 "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA3kjEA="},
};

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		expect_rdata(examples[i].type, examples[i].hex, examples[i].text);
}

/* RFC 8945: HMAC, other data, and the error whose number is BADVERS elsewhere. */
static void test_tsig(void **state)
{
	(void)state;
	expect_rdata(DNS_TYPE_TSIG,
		     "0b 686d61632d736861323536 00 0000573c2f36 012c 0004 deadbeef 1e6c 0000 0000",
		     "hmac-sha256 1463562038 300 4 3q2+7w== 7788 NOERROR 0");
	expect_rdata(DNS_TYPE_TSIG, "00 ffffffffffff 012c 0000 0001 0012 0006 0000573c2f36",
		     ". 281474976710655 300 0 1 BADTIME 6 AABXPC82");
	expect_rdata(DNS_TYPE_TSIG, "00 000000000000 0000 0000 0000 0010 0000",
		     ". 0 0 0 0 BADSIG 0");
	expect_misfit(DNS_TYPE_TSIG, "00 000000000000 0000 0001", "rdata: cut");
	expect_misfit(DNS_TYPE_TSIG, "00 000000000000 0000 0000 0000 0000", "rdata: cut");
	expect_misfit(DNS_TYPE_TSIG, "00 000000000000 0000 0000 0000 0000 0002 ff", "rdata: cut");
}

/* RFC 2930, section 2. */
static void test_tkey(void **state)
{
	(void)state;
	expect_rdata(DNS_TYPE_TKEY,
		     "08 6773732d74736967 00 63f40a86 63f55c06 0003 0000 0002 a181 0000",
		     "gss-tsig 20230221000422 20230222000422 3 NOERROR 2 oYE= 0");
}

/* RFC 3597, section 5. */
static void test_unknown(void **state)
{
	struct octets rdata = {0};
	const char *why = "untouched";

	(void)state;
	expect_rdata(731, "abcdef012345", "\\# 6 ABCDEF012345");
	expect_rdata(62347, "", "\\# 0");
	expect_rdata(DNS_TYPE_NULL, "00ff", "\\# 2 00FF");
	/* A is defined for class IN; in CLASS32 it may be anything. */
	add_hex(&rdata, "0a000001");
	assert_string_equal(rdata_text(DNS_TYPE_A, 32, &rdata, &why), "\\# 4 0A000001");
	assert_null(why);
	/* TXT is the same in all classes (RFC 1035, section 3.3): version.bind. */
	rdata.size = 0;
	add_hex(&rdata, "0139");
	assert_string_equal(rdata_text(DNS_TYPE_TXT, 3, &rdata, &why), "\"9\"");
}

static void test_misfits(void **state)
{
	(void)state;
	expect_misfit(DNS_TYPE_A, "", "rdata: cut");
	expect_misfit(DNS_TYPE_A, "c00002", "rdata: cut");
	expect_misfit(DNS_TYPE_A, "c000020100", "rdata: trailing octets");
	expect_misfit(DNS_TYPE_WKS, "c0a80001", "rdata: cut");
	expect_misfit(DNS_TYPE_AAAA, "c0000201", "rdata: cut");
	expect_misfit(DNS_TYPE_CNAME, "0161", "name: cut");
	expect_misfit(DNS_TYPE_CNAME, "0161 00 00", "rdata: trailing octets");
	expect_misfit(DNS_TYPE_CNAME, "c0ff", "name: pointer not below the last");
	expect_misfit(DNS_TYPE_CNAME, "40", "label type");
	expect_misfit(DNS_TYPE_MX, "00", "rdata: cut");
	expect_misfit(DNS_TYPE_MX, "000a", "name: cut");
	expect_misfit(DNS_TYPE_SOA, "00 00 00000001 00000002", "rdata: cut");
	expect_misfit(DNS_TYPE_TXT, "", "rdata: cut");
	expect_misfit(DNS_TYPE_TXT, "0261", "rdata: cut");
	expect_misfit(DNS_TYPE_TXT, "0161 ff", "rdata: cut");
	expect_misfit(DNS_TYPE_HINFO, "0161", "rdata: cut");
	expect_misfit(DNS_TYPE_CAA, "00 00 61", "rdata: empty tag");
	expect_rdata(DNS_TYPE_CAA, "00 06 617a415a3039", "0 azAZ09 \"\"");
	expect_misfit(DNS_TYPE_CAA, "00 02 612d 61", "rdata: tag");
	expect_misfit(DNS_TYPE_CAA, "00 02 6160", "rdata: tag");
	expect_misfit(DNS_TYPE_CAA, "00 02 617b", "rdata: tag");
	expect_misfit(DNS_TYPE_CAA, "00 02 612f", "rdata: tag");
	expect_misfit(DNS_TYPE_CAA, "00 02 613a", "rdata: tag");
	expect_misfit(DNS_TYPE_CAA, "00 02 61db", "rdata: tag");
	expect_misfit(DNS_TYPE_CAA, "00 05 61", "rdata: cut");
	expect_misfit(DNS_TYPE_URI, "000a0001", "rdata: cut");
	expect_misfit(DNS_TYPE_SSHFP, "0201", "rdata: cut");
	expect_misfit(DNS_TYPE_OPENPGPKEY, "", "rdata: cut");
	expect_misfit(DNS_TYPE_EUI48, "00005e0053", "rdata: cut");
	expect_misfit(DNS_TYPE_EUI64, "00005eef1000002a00", "rdata: trailing octets");
	expect_rdata(DNS_TYPE_CAA, "00 05 6973737565", "0 issue \"\"");
}

/* Names in RDATA are compressed against the whole message; none reads past its record. */
static void test_compressed_names(void **state)
{
	struct octets o = {0};
	struct dns_message m;
	struct dns_cursor c;
	struct dns_record record;
	const char *why;
	char text[128];

	(void)state;
	add_header(&o, 0x8000, 1, 3, 0, 0);
	add_hex(&o, "076578616d706c65 03636f6d 00 000f 0001");
	add_hex(&o, "c00c 000f 0001 00000000 0009 000a 046d61696c c00c");
	add_hex(&o, "c00c 0021 0001 00000000 000b 0000 0001 0050 026162 c00c");
	add_hex(&o, "c00c 0005 0001 00000000 0002 0378 797a 00");
	o.data[7] = 3;
	assert_true(dns_message_read(&m, o.data, o.size));
	dns_records_begin(&c, &m);
	assert_true(dns_records_next(&c, &record));
	dns_rdata_to_text(text, sizeof(text), &m, &record, &why);
	assert_string_equal(text, "10 mail.example.com");
	assert_null(why);
	/* RFC 2782 forbids it for SRV; it is understood all the same. */
	assert_true(dns_records_next(&c, &record));
	dns_rdata_to_text(text, sizeof(text), &m, &record, &why);
	assert_string_equal(text, "0 1 80 ab.example.com");
	/* The name's octets are in the message, but not in the record. */
	assert_true(dns_records_next(&c, &record));
	dns_rdata_to_text(text, sizeof(text), &m, &record, &why);
	assert_string_equal(text, "\\# 2 0378");
	assert_string_equal(why, "name: cut");
}

/* The longest data there can be, as text of unknown type and as strings of escapes. */
static void test_longest(void **state)
{
	struct octets rdata = {0};
	const char *why;

	(void)state;
	memset(rdata.data, 0xff, 65535);
	rdata.size = 65535;
	assert_int_equal(strlen(rdata_text(65280, 1, &rdata, &why)), 9 + 2 * 65535);
	for (size_t i = 0; i < 65536; i += 256)
		rdata.data[i] = 255;
	rdata.data[65280] = 254;
	assert_int_equal(strlen(rdata_text(DNS_TYPE_TXT, 1, &rdata, &why)),
			 255 * (2 + 4 * 255 + 1) + 2 + 4 * 254);
	assert_null(why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples), cmocka_unit_test(test_tsig),
		cmocka_unit_test(test_tkey),	 cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_misfits),	 cmocka_unit_test(test_compressed_names),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
