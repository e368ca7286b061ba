/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: everything that common/dns does with octets from the network.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/codes.h"
#include "dns/edns.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "fuzz.h"

#define SMALL 48

static void require_printable(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		REQUIRE(text[i] >= 0x20 && text[i] <= 0x7e);
	REQUIRE(text[n] == '\0');
}

/* `part` is what `whole` (of `need` characters) becomes in `size` octets. */
static void require_cut(const char *part, size_t size, const char *whole, size_t need)
{
	size_t n = need < size ? need : size - 1;

	REQUIRE(memcmp(part, whole, n) == 0 && part[n] == '\0');
}

static void require_same_name(const struct dns_name *a, const struct dns_name *b)
{
	REQUIRE(a->len == b->len && a->labels == b->labels && !memcmp(a->wire, b->wire, a->len));
}

static void check_name(const struct dns_name *name)
{
	char text[DNS_NAME_TEXT_MAX], again[DNS_NAME_TEXT_MAX];
	struct dns_name parsed, upper;
	size_t n;

	REQUIRE(name->len >= 1 && name->labels <= DNS_LABELS_MAX);
	REQUIRE(name->wire[name->len - 1] == 0);
	n = dns_name_to_text(text, name);
	REQUIRE(n > 0 && n < sizeof(text));
	require_printable(text, n);
	REQUIRE(dns_name_from_text(&parsed, text));
	require_same_name(name, &parsed);
	REQUIRE(dns_name_to_text(again, &parsed) == n && !memcmp(text, again, n));

	upper = *name;
	for (unsigned int i = 0; i < name->len; i++) {
		if (upper.wire[i] >= 'a' && upper.wire[i] <= 'z')
			upper.wire[i] -= 'a' - 'A';
	}
	REQUIRE(dns_name_equal(name, &upper) && dns_name_equal(&upper, name));
	REQUIRE(dns_name_is_below(name, &upper));
	REQUIRE(dns_name_hash(name) == dns_name_hash(&upper));
}

/* Octets as presentation form: whatever is accepted must be stable from then on. */
static void check_name_text(const uint8_t *data, size_t size)
{
	char text[512];
	size_t n = size < sizeof(text) ? size : sizeof(text) - 1;
	struct dns_name name;

	memcpy(text, data, n);
	text[n] = '\0';
	if (dns_name_from_text(&name, text))
		check_name(&name);
}

static void check_name_at(const uint8_t *wire, size_t size, size_t offset)
{
	struct dns_name name;
	const char *why;
	size_t taken = dns_name_read(&name, wire, size, offset, &why);

	REQUIRE((taken == 0) == (why != NULL));
	/* All labels but the root, and a pointer to one. */
	REQUIRE(taken <= DNS_NAME_MAX + 1 && taken <= size - offset);
	REQUIRE(dns_name_skip(wire, size, offset) == taken);
	check_name(&name);
}

static void check_rdata(const struct dns_message *m, const struct dns_record *record)
{
	static char text[DNS_RDATA_TEXT_MAX];
	char part[SMALL + 1];
	const char *why;
	size_t size, n = dns_rdata_to_text(text, sizeof(text), m, record, &why);

	REQUIRE(n < sizeof(text));
	require_printable(text, n);
	if (why)
		REQUIRE(strncmp(text, "\\# ", 3) == 0);
	size = record->ttl % (SMALL + 1); /* any will do; the fuzzer finds them all */
	part[size] = 'x';
	REQUIRE(dns_rdata_to_text(part, size, m, record, NULL) == n);
	if (size > 0)
		require_cut(part, size, text, n);
	REQUIRE(part[size] == 'x');
}

static void check_option(const struct dns_edns_option *option)
{
	static char text[4 * 65536 + 256];
	char buffer[DNS_CODE_TEXT_MAX], part[SMALL];
	size_t size = 1 + option->code % SMALL;
	size_t n = dns_edns_option_to_text(text, sizeof(text), option);

	REQUIRE(n < sizeof(text));
	require_printable(text, n);
	REQUIRE(dns_edns_option_to_text(part, size, option) == n);
	require_cut(part, size, text, n);
	size = option->size % SMALL;
	REQUIRE(dns_edns_option_to_text(part, size, option) == n);
	if (size > 0)
		require_cut(part, size, text, n);
	REQUIRE(strlen(dns_edns_option_name(option->code, buffer)) > 0);
}

static void check_edns(const struct dns_message *m, const struct dns_edns *edns)
{
	struct dns_edns_option option;
	uint16_t position = 0, last = 0;
	const char *why;

	while (dns_edns_next(edns, &position, &option, &why)) {
		REQUIRE(position > last && position <= edns->options_size);
		last = position;
		check_option(&option);
	}
	REQUIRE((position == edns->options_size) == (why == NULL));
	REQUIRE(dns_rcode(m, edns) <= 4095);
}

static void check_codes(const struct dns_record *record)
{
	char buffer[DNS_CODE_TEXT_MAX];
	uint16_t value;

	REQUIRE(dns_type_from_name(dns_type_name(record->type, buffer), &value));
	REQUIRE(value == record->type);
	REQUIRE(strlen(dns_class_name(record->class, buffer)) > 0);
	REQUIRE(strlen(dns_rcode_name(record->rdlength, buffer)) > 0);
	REQUIRE(strlen(dns_ede_name(record->rdlength, buffer)) > 0);
}

static void check_questions(struct dns_message *m)
{
	struct dns_cursor c;
	struct dns_question question;
	unsigned int n = 0;

	dns_questions_begin(&c, m);
	while (dns_questions_next(&c, &question)) {
		if (n++ == 0) {
			REQUIRE(m->has_question);
			require_same_name(&question.name, &m->question.name);
		}
		check_name(&question.name);
	}
	REQUIRE((n == m->count[DNS_SECTION_QUESTION]) == (m->records != 0));
	REQUIRE(n == m->count[DNS_SECTION_QUESTION] || m->malformed);
	REQUIRE((n > 0) == m->has_question);
	REQUIRE(!dns_questions_next(&c, &question));
}

static void check_records(struct dns_message *m)
{
	struct dns_cursor c, quick;
	struct dns_record record = {0}, light = {0};
	struct dns_edns edns;
	unsigned int n = 0;

	dns_records_begin(&c, m);
	dns_records_begin(&quick, m);
	while (dns_records_next(&c, &record)) {
		n++;
		REQUIRE(dns_records_step(&quick, &light));
		REQUIRE(quick.offset == c.offset && light.section == record.section);
		REQUIRE(c.offset <= m->size && record.rdata + record.rdlength == c.offset);
		check_name(&record.name);
		check_codes(&record);
		check_rdata(m, &record);
		if (dns_edns_from_record(&edns, m, &record))
			check_edns(m, &edns);
	}
	REQUIRE(!dns_records_step(&quick, &light));
	REQUIRE(!dns_records_next(&c, &record));
	REQUIRE(m->malformed || n == (unsigned int)m->count[1] + m->count[2] + m->count[3]);
	if (dns_edns_read(&edns, m))
		check_edns(m, &edns);
}

static void check_message(const uint8_t *wire, size_t size)
{
	struct dns_message m, checked;

	if (!dns_message_read(&m, wire, size)) {
		REQUIRE(size < DNS_HEADER_SIZE);
		return;
	}
	checked = m;
	dns_message_check(&checked);
	check_questions(&m);
	check_records(&m);
	REQUIRE(!m.malformed || m.malformed == checked.malformed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exact, so that the sanitizer sees the first octet past the end. */
	uint8_t *wire = malloc(size ? size : 1);

	if (!wire)
		return 0;
	memcpy(wire, data, size);
	check_message(wire, size);
	check_name_text(wire, size);
	if (size > 0)
		check_name_at(wire, size, wire[0] % size);
	free(wire);
	return 0;
}
