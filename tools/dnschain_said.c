/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the C library's files say of a call, in words.
 */
#include "cli/escape.h"
#include "dnschain.h"
#include "dnschain_line.h"

#define NAME_MAX_SHOWN 64

static void put_name(struct line *l, const struct hosts_line *line)
{
	char text[4 * NAME_MAX_SHOWN];
	size_t taken;

	escape_text(text, sizeof(text), line->name, line->name_size, ESCAPE_ASCII, &taken);
	line_text(l, text, taken < line->name_size ? "..." : "");
}

static void put_address(struct line *l, const struct hosts_line *line)
{
	char text[ENDPOINT_TEXT_MAX];

	address_text(text, line->address);
	line_text(l, text);
}

/* Of an address its names, of a name its addresses. */
static void put_hosts(struct line *l, const struct hosts_found *found, bool names)
{
	for (unsigned int i = 0; i < found->count; i++) {
		line_text(l, i ? ", " : " ");
		if (names)
			put_name(l, &found->lines[i]);
		else
			put_address(l, &found->lines[i]);
	}
	line_text(l, found->count > 1 ? " (lines" : " (line");
	for (unsigned int i = 0; i < found->count; i++)
		line_count(l, i ? ", " : " ", found->lines[i].number, "");
	line_text(l, ")");
}

void chain_said_line(struct line *l, const struct chain *chain, const struct chain_said *said)
{
	if (said->numeric)
		line_text(l, "numeric address");
	if (said->has_hosts)
		line_text(l, "/etc/hosts:");
	if (said->has_hosts && said->hosts.count)
		put_hosts(l, &said->hosts, chain->call->has_address);
	else if (said->has_hosts)
		line_text(l, said->has_no_file ? " no such file" : " no");
	if (said->nss[0])
		line_text(l, said->has_hosts ? "; nss: " : "nss: ", said->nss);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void put_found(struct json *j, const struct hosts_found *found, bool names)
{
	char text[ENDPOINT_TEXT_MAX];

	json_string(j, names ? "hosts_names" : "hosts_addresses");
	json_array_begin(j);
	for (unsigned int i = 0; i < found->count; i++) {
		const struct hosts_line *line = &found->lines[i];

		if (names)
			json_octets(j, line->name, line->name_size);
		else
			json_text(j, text, address_text(text, line->address));
	}
	json_array_end(j);
	json_key(j, "hosts_lines");
	json_array_begin(j);
	for (unsigned int i = 0; i < found->count; i++)
		json_unsigned(j, found->lines[i].number);
	json_array_end(j);
}

static void put_services(struct json *j, const char *services)
{
	size_t size = 0;

	json_key(j, "nss");
	json_array_begin(j);
	for (const char *word = nsswitch_word(services, &size); word;
	     word = nsswitch_word(word + size, &size))
		json_text(j, word, size);
	json_array_end(j);
}

void chain_said_json(struct json *j, const struct chain *chain, const struct chain_said *said)
{
	if (said->numeric) {
		json_key(j, "numeric");
		json_bool(j, true);
	}
	if (said->has_hosts) {
		json_key(j, "hosts_file");
		json_bool(j, said->hosts.count > 0);
	}
	if (said->hosts.count)
		put_found(j, &said->hosts, chain->call->has_address);
	if (said->nss[0])
		put_services(j, said->nss);
}
