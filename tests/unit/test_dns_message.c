/* SPDX-License-Identifier: Apache-2.0 */
#include "dns_helpers.h"

#include "dns/codes.h"

#define A_RECORD "c00c 0001 0001 0000003c 0004 c0000201"
#define EXAMPLE	 "07 6578616d706c65 03 636f6d 00"

static void expect_text(const struct dns_name *name, const char *text)
{
	char buffer[DNS_NAME_TEXT_MAX];

	dns_name_to_text(buffer, name);
	assert_string_equal(buffer, text);
}

/* Reads all of it: how many records there are, and why no more. */
static void expect_records(const struct octets *o, unsigned int expected, const char *reason)
{
	struct dns_message m;
	struct dns_cursor c;
	struct dns_record record;
	unsigned int n = 0, light = 0;
	uint8_t *wire = exact(o);

	assert_true(dns_message_read(&m, wire, o->size));
	dns_message_check(&m);
	if (reason) {
		assert_non_null(m.malformed);
		assert_string_equal(m.malformed, reason);
	} else {
		assert_null(m.malformed);
	}
	dns_records_begin(&c, &m);
	while (dns_records_next(&c, &record))
		n++;
	dns_records_begin(&c, &m);
	while (dns_records_step(&c, &record))
		light++;
	assert_int_equal(n, expected);
	assert_int_equal(light, expected);
	free(wire);
}

static void test_header(void **state)
{
	struct octets o = {0};
	struct dns_message m;

	(void)state;
	add_hex(&o, "abcd adb3 0000 0000 0000 0000");
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_int_equal(m.id, 0xabcd);
	assert_int_equal(m.flags, 0xadb3);
	assert_int_equal(m.opcode, DNS_OPCODE_UPDATE);
	assert_int_equal(m.rcode, DNS_RCODE_NXDOMAIN);
	assert_true(dns_message_is_response(&m));
	assert_true(m.flags & DNS_FLAG_AA);
	assert_false(m.flags & DNS_FLAG_TC);
	assert_true(m.flags & DNS_FLAG_RD);
	assert_true(m.flags & DNS_FLAG_RA);
	assert_true(m.flags & DNS_FLAG_AD);
	assert_true(m.flags & DNS_FLAG_CD);
	assert_false(m.has_question);
	assert_null(m.malformed);
	for (size_t size = 0; size < DNS_HEADER_SIZE; size++)
		assert_false(dns_message_read(&m, o.data, size));
}

static void test_plain_query(void **state)
{
	struct octets o = {0};
	struct dns_message m;

	(void)state;
	add_header(&o, DNS_FLAG_RD, 1, 0, 0, 0);
	add_hex(&o, EXAMPLE "001c 0001");
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_false(dns_message_is_response(&m));
	assert_true(m.has_question);
	expect_text(&m.question.name, "example.com");
	assert_int_equal(m.question.type, DNS_TYPE_AAAA);
	assert_int_equal(m.question.class, 1);
	expect_records(&o, 0, NULL);
}

static void test_all_sections(void **state)
{
	static const enum dns_section sections[] = {DNS_SECTION_ANSWER, DNS_SECTION_ANSWER,
						    DNS_SECTION_AUTHORITY, DNS_SECTION_ADDITIONAL};
	struct octets o = {0};
	struct dns_message m;
	struct dns_cursor c;
	struct dns_record record;
	unsigned int n = 0;

	(void)state;
	add_header(&o, 0x8400, 1, 2, 1, 1);
	add_hex(&o, EXAMPLE "0001 0001");
	add_hex(&o, A_RECORD A_RECORD);
	add_hex(&o, "c00c 0002 0001 00000e10 0006 036e7331 c00c");
	add_hex(&o, "c037 0001 0001 80000000 0004 c0000235");
	assert_true(dns_message_read(&m, o.data, o.size));
	dns_records_begin(&c, &m);
	for (; dns_records_next(&c, &record); n++) {
		assert_int_equal(record.section, sections[n]);
		if (n < 3)
			expect_text(&record.name, "example.com");
	}
	assert_int_equal(n, 4);
	assert_int_equal(record.ttl, 0x80000000u);
	assert_int_equal(record.rdlength, 4);
	assert_int_equal(o.data[record.rdata + 3], 0x35);
	assert_false(dns_records_next(&c, &record));
	expect_records(&o, 4, NULL);
}

static void test_questions(void **state)
{
	struct octets o = {0};
	struct dns_message m;
	struct dns_cursor c;
	struct dns_question question;

	(void)state;
	add_header(&o, 0, 3, 1, 0, 0);
	add_hex(&o, EXAMPLE "0001 0001 c00c 001c 8001 00 0002 0003" A_RECORD);
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_int_equal(m.question.type, DNS_TYPE_A);
	dns_questions_begin(&c, &m);
	assert_true(dns_questions_next(&c, &question));
	assert_true(dns_questions_next(&c, &question));
	expect_text(&question.name, "example.com");
	assert_int_equal(question.type, DNS_TYPE_AAAA);
	/* Multicast DNS' QU (RFC 6762, section 5.4). */
	assert_true(dns_class_has_flag(question.class));
	assert_int_equal(dns_class_without_flag(question.class), 1);
	assert_true(dns_questions_next(&c, &question));
	assert_false(dns_class_has_flag(question.class));
	expect_text(&question.name, ".");
	assert_false(dns_questions_next(&c, &question));
	expect_records(&o, 1, NULL);
}

/* The message cut after each octet: what was whole stays, and there is always a reason. */
static void test_cut_everywhere(void **state)
{
	/* Octets of the name, of all before the fixed part's end, and what is then missing. */
	static const struct {
		size_t name;
		size_t whole;
		const char *cut;
	} entries[] = {
		{13, 13 + 4, "question: cut"},
		{2, 2 + 10 + 4, "record: cut"},
		{2, 2 + 10 + 4, "record: cut"},
		{2, 2 + 10 + 4, "record: cut"},
	};
	struct octets o = {0};
	size_t begin = DNS_HEADER_SIZE;

	(void)state;
	add_header(&o, 0x8180, 1, 3, 0, 0);
	add_hex(&o, EXAMPLE "0001 0001" A_RECORD A_RECORD A_RECORD);
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int records = i > 0 ? i - 1 : 0;

		o.size = begin;
		expect_records(&o, records, "counts exceed message");
		while (++o.size < begin + entries[i].name)
			expect_records(&o, records, "name: cut");
		for (; o.size < begin + entries[i].whole; o.size++)
			expect_records(&o, records, entries[i].cut);
		begin = o.size;
	}
	expect_records(&o, 3, NULL);
}

static void test_damaged_questions(void **state)
{
	struct octets o = {0};
	struct dns_message m;
	struct dns_cursor c;
	struct dns_question question;

	(void)state;
	/* The first question is kept, the second is damaged: no record can be reached. */
	add_header(&o, 0x8000, 2, 1, 0, 0);
	add_hex(&o, EXAMPLE "0001 0001 c0ff 0001 0001" A_RECORD);
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_true(m.has_question);
	assert_int_equal(m.records, 0);
	assert_string_equal(m.malformed, "name: pointer not below the last");
	dns_questions_begin(&c, &m);
	assert_true(dns_questions_next(&c, &question));
	assert_false(dns_questions_next(&c, &question));
	assert_false(dns_questions_next(&c, &question));
	expect_records(&o, 0, "name: pointer not below the last");
	/* The first is damaged. */
	o.data[12] = 0x40;
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_false(m.has_question);
	assert_string_equal(m.malformed, "label type");
}

static void test_rdata_past_the_end(void **state)
{
	struct octets o = {0};

	(void)state;
	add_header(&o, 0x8000, 0, 2, 0, 0);
	add_hex(&o, "00 0001 0001 00000000 0004 c0000201");
	add_hex(&o, "00 0001 0001 00000000 ffff c0000201");
	expect_records(&o, 1, "record: cut");
}

static void test_trailing_octets(void **state)
{
	struct octets o = {0};
	struct dns_message m;

	(void)state;
	add_header(&o, 0x8000, 1, 1, 0, 0);
	add_hex(&o, EXAMPLE "0001 0001" A_RECORD "00");
	expect_records(&o, 1, "trailing octets");
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_null(m.malformed); /* reading alone does not look so far */
}

/* RFC 8490, section 5.4: no counts, but TLVs. Here: keepalive, section 7.1. */
static void test_dso(void **state)
{
	struct octets o = {0};
	struct dns_message m;

	(void)state;
	add_header(&o, DNS_OPCODE_DSO << 11, 0, 0, 0, 0);
	add_hex(&o, "0001 0008 00003a98 00003a98");
	expect_records(&o, 0, NULL);
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_int_equal(m.opcode, DNS_OPCODE_DSO);
}

/* RFC 2136: sections zone, prerequisite, update, additional. */
static void test_update(void **state)
{
	struct octets o = {0};
	struct dns_message m;
	struct dns_cursor c;
	struct dns_record record;
	const char *why;
	char text[64];

	(void)state;
	add_header(&o, DNS_OPCODE_UPDATE << 11, 1, 1, 3, 0);
	add_hex(&o, EXAMPLE "0006 0001");
	add_hex(&o, "c00c 00ff 00fe 00000000 0000");	      /* 2.4.5: the name is not in use */
	add_hex(&o, "c00c 0001 00ff 00000000 0000");	      /* 2.5.2: delete an RRset */
	add_hex(&o, "c00c 0001 00fe 00000000 0004 c0000201"); /* 2.5.4: delete one record */
	add_hex(&o, A_RECORD);				      /* 2.5.1: add */
	expect_records(&o, 4, NULL);
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_int_equal(m.question.type, DNS_TYPE_SOA);
	dns_records_begin(&c, &m);
	for (int i = 0; dns_records_next(&c, &record); i++) {
		dns_rdata_to_text(text, sizeof(text), &m, &record, &why);
		assert_null(why);
		assert_string_equal(text, i < 2 ? "" : "192.0.2.1");
	}
}

/* RFC 1035, section 6.4: no question, one answer without a name. */
static void test_iquery(void **state)
{
	struct octets o = {0};
	struct dns_message m;

	(void)state;
	add_header(&o, DNS_OPCODE_IQUERY << 11, 0, 1, 0, 0);
	add_hex(&o, "00 0001 0001 00000000 0004 0a010034");
	expect_records(&o, 1, NULL);
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_int_equal(m.opcode, DNS_OPCODE_IQUERY);
	assert_false(m.has_question);
}

/* 65,535 questions that are not there cost nothing, 20,000 that are end at the end. */
static void test_large_counts(void **state)
{
	struct octets o = {0};
	struct dns_message m;
	struct dns_cursor c;
	struct dns_question question;
	unsigned int n = 0;

	(void)state;
	add_header(&o, 0, 65535, 65535, 65535, 65535);
	while (o.size < 60000)
		add_hex(&o, "00 0001 0001");
	assert_true(dns_message_read(&m, o.data, o.size));
	assert_string_equal(m.malformed, "counts exceed message");
	dns_questions_begin(&c, &m);
	while (dns_questions_next(&c, &question))
		n++;
	assert_int_equal(n, (60000 - 12 + 4) / 5);
}

/* Multicast DNS' cache-flush bit (RFC 6762, section 10.2) does not hide the data. */
static void test_cache_flush(void **state)
{
	struct octets rdata = {0};
	const char *why;

	(void)state;
	add_hex(&rdata, "c0000201");
	assert_string_equal(rdata_text(DNS_TYPE_A, 0x8001, &rdata, &why), "192.0.2.1");
	assert_null(why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_plain_query),
		cmocka_unit_test(test_all_sections),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_damaged_questions),
		cmocka_unit_test(test_rdata_past_the_end),
		cmocka_unit_test(test_trailing_octets),
		cmocka_unit_test(test_dso),
		cmocka_unit_test(test_update),
		cmocka_unit_test(test_iquery),
		cmocka_unit_test(test_large_counts),
		cmocka_unit_test(test_cache_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
