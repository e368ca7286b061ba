/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What common/dns makes of messages, for comparing it with another decoder: reads one message
 * a line, in hex, from stdin, and writes one JSON object a line. All text is printable ASCII
 * here, so that only quotes and backslashes need an escape.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/edns.h"
#include "dns/message.h"
#include "dns/rdata.h"

static void put_text(const char *key, const char *text)
{
	printf(",\"%s\":\"", key);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

static void put_name(const struct dns_name *name)
{
	char text[DNS_NAME_TEXT_MAX];

	dns_name_to_text(text, name);
	put_text("name", text);
}

static void put_options(const struct dns_edns *edns)
{
	static char text[4 * 65536 + 256];
	struct dns_edns_option option;
	uint16_t position = 0;
	const char *why, *separator = "";

	printf(",\"options\":[");
	while (dns_edns_next(edns, &position, &option, &why)) {
		printf("%s{\"code\":%u,\"size\":%u", separator, option.code, option.size);
		dns_edns_option_to_text(text, sizeof(text), &option);
		put_text("text", text);
		printf("}");
		separator = ",";
	}
	printf("]");
	if (why)
		put_text("why", why);
}

static void put_record(struct dns_message *m, const struct dns_record *record)
{
	static char text[DNS_RDATA_TEXT_MAX];
	struct dns_edns edns;
	const char *why;

	printf("{\"section\":%d,\"type\":%u,\"class\":%u,\"ttl\":%u,\"size\":%u",
	       (int)record->section, record->type, record->class, record->ttl, record->rdlength);
	put_name(&record->name);
	if (dns_edns_from_record(&edns, m, record)) {
		printf(",\"version\":%u,\"udp_size\":%u,\"extended_rcode\":%u,\"flags\":%u,\"do\":%"
		       "s",
		       edns.version, edns.udp_size, edns.extended_rcode, edns.flags,
		       edns.dnssec_ok ? "true" : "false");
		put_options(&edns);
	} else {
		dns_rdata_to_text(text, sizeof(text), m, record, &why);
		put_text("data", text);
		if (why)
			put_text("why", why);
	}
	printf("}");
}

static void put_message(struct dns_message *m)
{
	struct dns_cursor c;
	struct dns_question question;
	struct dns_record record;
	const char *separator = "";

	printf("{\"id\":%u,\"flags\":%u,\"opcode\":%u,\"rcode\":%u,\"counts\":[%u,%u,%u,%u]", m->id,
	       m->flags, m->opcode, m->rcode, m->count[0], m->count[1], m->count[2], m->count[3]);
	printf(",\"questions\":[");
	dns_questions_begin(&c, m);
	for (; dns_questions_next(&c, &question); separator = ",") {
		printf("%s{\"type\":%u,\"class\":%u", separator, question.type, question.class);
		put_name(&question.name);
		printf("}");
	}
	printf("],\"records\":[");
	separator = "";
	dns_records_begin(&c, m);
	for (; dns_records_next(&c, &record); separator = ",") {
		printf("%s", separator);
		put_record(m, &record);
	}
	printf("]");
	dns_message_check(m);
	if (m->malformed)
		put_text("malformed", m->malformed);
	printf("}\n");
}

static bool hex_digit(char c, uint8_t *value)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	if (at)
		*value = (uint8_t)(at - digits);
	return at;
}

/* Returns the number of octets; stops at what is no pair of digits. */
static size_t parse_hex(const char *line, uint8_t *wire)
{
	uint8_t high, low;
	size_t n = 0;

	while (hex_digit(line[2 * n], &high) && hex_digit(line[2 * n + 1], &low))
		wire[n++] = (uint8_t)(high << 4 | low);
	return n;
}

int main(void)
{
	static char line[2 * 65536 + 2];

	while (fgets(line, sizeof(line), stdin)) {

		uint8_t *wire = malloc(strlen(line) / 2 + 1);
		struct dns_message m;
		size_t n;

		if (!wire)
			return 1;
		n = parse_hex(line, wire);
		if (dns_message_read(&m, wire, n))
			put_message(&m);
		else
			printf("{\"malformed\":\"no header\"}\n");
		free(wire);
	}
	return ferror(stdin) || fflush(stdout) ? 1 : 0;
}
