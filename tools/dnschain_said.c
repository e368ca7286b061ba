/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the C library's files say of a call, in words.
 */
#include <stdarg.h>
#include <stdio.h>

#include "cli/escape.h"
#include "dnschain.h"

#define NAME_MAX_SHOWN 64

struct words {
	char *text;
	size_t length;
};

static void add(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct words *w, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(w->text + w->length, SAID_MAX - w->length, format, arguments);
	va_end(arguments);
	w->length += n > 0 ? (size_t)n : 0;
	if (w->length >= SAID_MAX)
		w->length = SAID_MAX - 1;
}

static void add_name(struct words *w, const struct hosts_line *line)
{
	char text[4 * NAME_MAX_SHOWN];
	size_t taken;

	escape_text(text, sizeof(text), line->name, line->name_size, ESCAPE_ASCII, &taken);
	add(w, "%s%s", text, taken < line->name_size ? "..." : "");
}

static void add_address(struct words *w, const struct hosts_line *line)
{
	char text[ENDPOINT_TEXT_MAX];

	address_text(text, line->address);
	add(w, "%s", text);
}

/* Of an address its names, of a name its addresses. */
static void add_found(struct words *w, const struct hosts_found *found, bool names)
{
	for (unsigned int i = 0; i < found->count; i++) {
		add(w, i ? ", " : " ");
		if (names)
			add_name(w, &found->lines[i]);
		else
			add_address(w, &found->lines[i]);
	}
	add(w, found->count > 1 ? " (lines" : " (line");
	for (unsigned int i = 0; i < found->count; i++)
		add(w, "%s%u", i ? ", " : " ", found->lines[i].number);
	add(w, ")");
}

void chain_said_text(char text[SAID_MAX], const struct chain *chain, const struct chain_said *said)
{
	struct words w = {.text = text};

	text[0] = '\0';
	if (said->numeric)
		add(&w, "numeric address");
	if (said->has_hosts)
		add(&w, "/etc/hosts:");
	if (said->has_hosts && said->hosts.count)
		add_found(&w, &said->hosts, chain->call->has_address);
	else if (said->has_hosts)
		add(&w, said->has_no_file ? " no such file" : " no");
	if (said->nss[0])
		add(&w, "%snss: %s", said->has_hosts ? "; " : "", said->nss);
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
