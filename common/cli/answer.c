/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/answer.h"

#include <stdio.h>
#include <string.h>

#include "cli/format.h"
#include "cli/lookup.h"
#include "dns/codes.h"
#include "dns/edns.h"
#include "dns/rdata.h"

#define TYPE_RRSIG 46

static const char mark[] = "…"; /* one column, three octets */

struct answer {
	char *text;
	size_t room; /* columns that may be used; "…" and the NUL fit behind them */
	size_t length;
	bool cut;
	bool chain; /* the last thing written was an alias: " -> " comes next */
	unsigned int items;
	unsigned int left_out;
};

static void put(struct answer *a, const char *s)
{
	size_t n = strlen(s);

	if (a->cut)
		return;
	if (n > a->room - a->length) {
		n = a->room - a->length;
		a->cut = true;
	}
	memcpy(a->text + a->length, s, n);
	a->length += n;
}

static void put_number(struct answer *a, uint64_t value)
{
	char text[FORMAT_NUMBER_MAX];

	format_unsigned(text, value);
	put(a, text);
}

/* ", +99999": kept free behind every item but the first. */
#define MORE_COLUMNS 8

/* An item is shown whole or counted; only the first one is cut. */
static void put_item(struct answer *a, const char *text, size_t length)
{
	const char *before = a->chain ? " -> " : a->items ? ", " : "";

	if (a->left_out ||
	    (a->items && !a->chain && length + 2 + MORE_COLUMNS > a->room - a->length)) {
		a->left_out++;
		return;
	}
	put(a, before);
	put(a, text);
	a->items++;
	a->chain = false;
}

static void put_alias(struct answer *a, const char *target)
{
	if (a->items) {
		put_item(a, target, strlen(target));
		return;
	}
	if (a->chain)
		put(a, " -> ");
	put(a, target);
	a->chain = true;
}

static bool is_asked(const struct lookup *lookup, uint16_t type)
{
	return lookup->has_question &&
	       (lookup->question.type == type || lookup->question.type == DNS_TYPE_ANY);
}

/* Signatures are noise unless they were asked for. */
static void put_record(struct answer *a, const struct lookup *lookup,
		       const struct dns_record *record)
{
	static char text[4096]; /* longer data is cut there, and marked */
	char buffer[DNS_CODE_TEXT_MAX];
	bool asked = is_asked(lookup, record->type);
	size_t n = 0, need;

	if (record->type == TYPE_RRSIG && !asked)
		return;
	if (!lookup->has_question)
		n = dns_name_to_text(text, &record->name);
	if (n)
		text[n++] = ' ';
	if ((!asked && record->type != DNS_TYPE_CNAME) || !lookup->has_question)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s ",
				      dns_type_name(record->type, buffer));
	need = dns_rdata_to_text(text + n, sizeof(text) - n, lookup->message, record, NULL);
	if (record->type == DNS_TYPE_CNAME && !asked && lookup->has_question) {
		size_t length = strlen(text);

		if (length > 1 && text[length - 1] == '.')
			text[length - 1] = '\0';
		put_alias(a, text);
		return;
	}
	put_item(a, text, n + need);
	a->cut |= need >= sizeof(text) - n;
}

/* RFC 2308, section 2.2: a referral has NS records and no SOA in its authority section. */
static void put_nothing(struct answer *a, const struct lookup *lookup, bool ns, bool soa)
{
	uint16_t rcode;

	if (!lookup_rcode(lookup, &rcode) || rcode != DNS_RCODE_NOERROR ||
	    lookup->opcode != DNS_OPCODE_QUERY || lookup->flags & DNS_FLAG_TC ||
	    !lookup->has_question || lookup->message->malformed)
		return;
	put_item(a, ns && !soa && !a->chain ? "referral" : "NODATA", 8);
}

static void put_records(struct answer *a, const struct lookup *lookup)
{
	bool ns = false, soa = false;
	struct dns_cursor cursor;
	struct dns_record record;

	dns_records_begin(&cursor, lookup->message);
	while (dns_records_next(&cursor, &record) && record.section <= DNS_SECTION_AUTHORITY) {
		if (record.section == DNS_SECTION_ANSWER)
			put_record(a, lookup, &record);
		ns |= record.section == DNS_SECTION_AUTHORITY && record.type == DNS_TYPE_NS;
		soa |= record.section == DNS_SECTION_AUTHORITY && record.type == DNS_TYPE_SOA;
	}
	if (!a->items)
		put_nothing(a, lookup, ns, soa);
	if (a->left_out) {
		put(a, ", +");
		put_number(a, a->left_out);
	}
}

/* RFC 8914: why a resolver gave no answer. */
static void put_extended_errors(struct answer *a, const struct lookup *lookup)
{
	struct dns_edns_option option;
	struct dns_edns edns;
	uint16_t position = 0;
	const char *why;
	char text[512];

	if (!dns_edns_read(&edns, lookup->message))
		return;
	while (dns_edns_next(&edns, &position, &option, &why)) {
		if (option.code != DNS_EDNS_ERROR)
			continue;
		dns_edns_option_to_text(text, sizeof(text), &option);
		put(a, a->items || a->chain ? ", EDE " : "EDE ");
		put(a, text);
		a->items++;
	}
}

static void put_remarks(struct answer *a, const struct lookup *lookup)
{
	const char *unmatched = lookup_unmatched_name(lookup->unmatched);
	char buffer[DNS_CODE_TEXT_MAX];

	if (lookup->attempts > 1) {
		put(a, "(");
		put_number(a, lookup->attempts);
		put(a, " attempts) ");
	}
	if (unmatched) {
		put(a, "unmatched: ");
		put(a, unmatched);
		put(a, " ");
	}
	if (lookup->message && lookup->message->malformed) {
		put(a, "malformed: ");
		put(a, lookup->message->malformed);
		put(a, "; ");
	}
	if (lookup->message && lookup->flags & DNS_FLAG_TC)
		put(a, "truncated ");
	if (lookup->opcode != DNS_OPCODE_QUERY) {
		put(a, dns_opcode_name(lookup->opcode, buffer));
		put(a, " ");
	}
}

static void put_count(struct answer *a, uint64_t count, const char *what)
{
	put_number(a, count);
	put(a, what);
	put(a, count == 1 ? "" : "s");
	a->items++;
}

/* Of a zone transfer the amount: its records are many, and most came in earlier messages. */
static bool put_transfer(struct answer *a, const struct lookup *lookup)
{
	if (!lookup_is_transfer(lookup) || !lookup->records)
		return false;
	put_count(a, lookup->records, " record");
	put(a, ", ");
	put_count(a, lookup->responses, " message");
	return true;
}

/* Why it went no further; the kernel's own word. */
static void put_cause(struct answer *a, const struct lookup *lookup)
{
	char buffer[LOOKUP_REASON_MAX];

	if (lookup->event == LOOKUP_SEND_FAILED)
		put(a, lookup_error_name(lookup, buffer));
	if (lookup->event == LOOKUP_DROPPED && lookup->reason)
		put(a, lookup->reason);
}

size_t answer_text(char *text, size_t size, size_t width, const struct lookup *lookup,
		   size_t *columns)
{
	struct answer a = {.text = text, .room = size - sizeof(mark) - MORE_COLUMNS};

	if (width > 0 && width - 1 < a.room)
		a.room = width - 1;
	put_remarks(&a, lookup);
	put_cause(&a, lookup);
	if (!put_transfer(&a, lookup) && lookup->message)
		put_records(&a, lookup);
	if (lookup->message)
		put_extended_errors(&a, lookup);
	while (a.length > 0 && (text[a.length - 1] == ' ' || text[a.length - 1] == ';') && !a.cut)
		a.length--;
	*columns = a.length + a.cut;
	if (a.cut) {
		memcpy(text + a.length, mark, sizeof(mark) - 1);
		a.length += sizeof(mark) - 1;
	}
	text[a.length] = '\0';
	return a.length;
}
