/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json_lookup.h"

#include "cli/lookup.h"
#include "dns/codes.h"
#include "dns/edns.h"
#include "dns/rdata.h"

static void put_section_key(struct json *j, enum dns_section section)
{
	if (section == DNS_SECTION_ANSWER)
		json_key(j, "answers");
	else if (section == DNS_SECTION_AUTHORITY)
		json_key(j, "authority");
	else
		json_key(j, "additional");
}

static void put_class(struct json *j, uint16_t class, bool mdns)
{
	char buffer[DNS_CODE_TEXT_MAX];
	uint16_t plain = mdns ? class & (uint16_t)~MDNS_CLASS_FLAG : class;

	if (plain != 1) {
		json_key(j, "class");
		json_string(j, dns_class_name(plain, buffer));
	}
	if (mdns && class & MDNS_CLASS_FLAG) {
		json_key(j, "cache_flush");
		json_bool(j, true);
	}
}

static void put_data(struct json *j, const struct dns_message *m, const struct dns_record *record)
{
	const char *why = NULL;
	size_t n = dns_rdata_to_text(j->text, j->text_size, m, record, &why);

	json_key(j, "data");
	json_text(j, j->text, n < j->text_size ? n : j->text_size - 1);
	if (why) {
		json_key(j, "malformed");
		json_string(j, why);
	}
}

static void put_record(struct json *j, const struct dns_message *m, const struct dns_record *record,
		       bool mdns)
{
	char name[DNS_NAME_TEXT_MAX], buffer[DNS_CODE_TEXT_MAX];

	json_object_begin(j);
	json_key(j, "name");
	json_text(j, name, dns_name_to_text(name, &record->name));
	json_key(j, "type");
	json_string(j, dns_type_name(record->type, buffer));
	put_class(j, record->class, mdns);
	json_key(j, "ttl");
	json_unsigned(j, record->ttl);
	put_data(j, m, record);
	json_object_end(j);
}

/* The records in message order, an array for each section that has any. OPT is not one. */
static void put_sections(struct json *j, struct dns_message *m, bool mdns)
{
	enum dns_section open = DNS_SECTION_QUESTION;
	struct dns_cursor cursor;
	struct dns_record record;

	dns_records_begin(&cursor, m);
	while (dns_records_next(&cursor, &record)) {
		if (record.type == DNS_TYPE_OPT)
			continue;
		if (record.section != open) {
			if (open != DNS_SECTION_QUESTION)
				json_array_end(j);
			open = record.section;
			put_section_key(j, open);
			json_array_begin(j);
		}
		put_record(j, m, &record, mdns);
	}
	if (open != DNS_SECTION_QUESTION)
		json_array_end(j);
}

static void put_option_text(struct json *j, const struct dns_edns_option *option)
{
	size_t n = dns_edns_option_to_text(j->text, j->text_size, option);

	json_text(j, j->text, n < j->text_size ? n : j->text_size - 1);
}

/* Options that are a field of their own. */
enum named_option {
	OPTION_UNNAMED,
	OPTION_NSID,
	OPTION_ECS,
	OPTION_COOKIE,
	OPTION_KEEPALIVE,
	OPTION_PADDING
};

/* The first of each kind; a repeated one is unnamed and goes to `options`. */
static enum named_option option_kind(const struct dns_edns_option *option, uint32_t *seen)
{
	static const uint8_t kinds[] = {
		[DNS_EDNS_NSID] = OPTION_NSID,	     [DNS_EDNS_CLIENT_SUBNET] = OPTION_ECS,
		[DNS_EDNS_COOKIE] = OPTION_COOKIE,   [DNS_EDNS_TCP_KEEPALIVE] = OPTION_KEEPALIVE,
		[DNS_EDNS_PADDING] = OPTION_PADDING,
	};
	enum named_option kind = option->code < sizeof(kinds) ? kinds[option->code] : 0;
	bool repeated = *seen & 1U << kind;

	*seen |= 1U << kind;
	return repeated ? OPTION_UNNAMED : kind;
}

static void put_named_option(struct json *j, enum named_option kind,
			     const struct dns_edns_option *option)
{
	static const char *const keys[] = {
		[OPTION_NSID] = "nsid",	      [OPTION_ECS] = "ecs",
		[OPTION_COOKIE] = "cookie",   [OPTION_KEEPALIVE] = "tcp_keepalive",
		[OPTION_PADDING] = "padding",
	};

	json_string(j, keys[kind]);
	if (kind == OPTION_PADDING)
		json_unsigned(j, option->size);
	else
		put_option_text(j, option);
}

/* RFC 8914, section 2: a code, then text in UTF-8. */
static void put_error(struct json *j, const struct dns_edns_option *option)
{
	uint16_t code = (uint16_t)(option->data[0] << 8 | option->data[1]);
	const char *text = (const char *)option->data + 2;
	char buffer[DNS_CODE_TEXT_MAX];

	json_object_begin(j);
	json_key(j, "code");
	json_unsigned(j, code);
	json_key(j, "name");
	json_string(j, dns_ede_name(code, buffer));
	if (option->size > 2) {
		json_key(j, "text");
		/* Section 2: a final NUL may be there and means nothing. */
		json_octets(j, text, (size_t)option->size - 2 - (text[option->size - 3] == '\0'));
	}
	json_object_end(j);
}

static bool is_error(const struct dns_edns_option *option)
{
	return option->code == DNS_EDNS_ERROR && option->size >= 2;
}

static void put_unnamed_option(struct json *j, const struct dns_edns_option *option)
{
	json_object_begin(j);
	json_key(j, "code");
	json_unsigned(j, option->code);
	json_key(j, "data");
	put_option_text(j, option);
	json_object_end(j);
}

/* Three walks, since an array's elements must follow each other. */
static void put_options(struct json *j, const struct dns_edns *edns)
{
	struct dns_edns_option option;
	unsigned int errors = 0, unnamed = 0;
	const char *why = NULL;
	uint32_t seen = 0;
	uint16_t position = 0;

	while (dns_edns_next(edns, &position, &option, &why)) {
		enum named_option kind = option_kind(&option, &seen);

		if (kind != OPTION_UNNAMED)
			put_named_option(j, kind, &option);
		else if (is_error(&option))
			errors++;
		else
			unnamed++;
	}
	if (why) {
		json_key(j, "malformed");
		json_string(j, why);
	}
	if (errors) {
		json_key(j, "ede");
		json_array_begin(j);
		for (position = 0; dns_edns_next(edns, &position, &option, &why);)
			if (is_error(&option))
				put_error(j, &option);
		json_array_end(j);
	}
	if (unnamed) {
		seen = 0;
		json_key(j, "options");
		json_array_begin(j);
		for (position = 0; dns_edns_next(edns, &position, &option, &why);)
			if (option_kind(&option, &seen) == OPTION_UNNAMED && !is_error(&option))
				put_unnamed_option(j, &option);
		json_array_end(j);
	}
}

static void put_edns(struct json *j, const struct dns_edns *edns)
{
	json_key(j, "edns");
	json_object_begin(j);
	json_key(j, "version");
	json_unsigned(j, edns->version);
	json_key(j, "udp_size");
	json_unsigned(j, edns->udp_size);
	json_key(j, "do");
	json_bool(j, edns->dnssec_ok);
	if (edns->options_size)
		put_options(j, edns);
	json_object_end(j);
}

void json_message(struct json *j, struct dns_message *m, bool mdns)
{
	struct dns_edns edns;

	put_sections(j, m, mdns);
	if (dns_edns_read(&edns, m))
		put_edns(j, &edns);
	if (m->malformed) {
		json_key(j, "malformed");
		json_string(j, m->malformed);
	}
}
