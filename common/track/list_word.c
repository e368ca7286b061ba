/* SPDX-License-Identifier: Apache-2.0 */
#include "track/list_word.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* Names of the machine itself, as hosts files of all systems have them. */
static const char *const own_names[] = {
	"localhost",
	"localhost.localdomain",
	"localhost4",
	"localhost4.localdomain4",
	"localhost6",
	"localhost6.localdomain6",
	"localdomain",
	"local",
	"broadcasthost",
	"ip6-localhost",
	"ip6-loopback",
	"ip6-localnet",
	"ip6-mcastprefix",
	"ip6-allnodes",
	"ip6-allrouters",
	"ip6-allhosts",
	"0.0.0.0",
	"127.0.0.1",
	"255.255.255.255",
	"::1",
	"::",
};

bool word_next(struct word *line, struct word *word)
{
	while (line->size && is_blank(*line->at)) {
		line->at++;
		line->size--;
	}
	*word = (struct word){line->at, 0};
	while (word->size < line->size && !is_blank(word->at[word->size]))
		word->size++;
	line->at += word->size;
	line->size -= word->size;
	return word->size > 0;
}

bool word_up_to(struct word *line, char end, struct word *word)
{
	const char *at = memchr(line->at, end, line->size);

	if (!at)
		return false;
	*word = (struct word){line->at, (size_t)(at - line->at)};
	line->at += word->size + 1;
	line->size -= word->size + 1;
	return true;
}

bool word_begins(const struct word *word, const char *text)
{
	size_t n = strlen(text);

	return word->size >= n && strncasecmp(word->at, text, n) == 0;
}

bool word_is(const struct word *word, const char *text)
{
	return word->size == strlen(text) && word_begins(word, text);
}

bool word_strip(struct word *word, const char *text)
{
	size_t n = strlen(text);

	if (!word_begins(word, text))
		return false;
	word->at += n;
	word->size -= n;
	return true;
}

bool word_is_address(const struct word *word)
{
	char text[INET6_ADDRSTRLEN];
	const char *percent = memchr(word->at, '%', word->size);
	size_t n = percent ? (size_t)(percent - word->at) : word->size;
	uint8_t address[16];

	if (n >= sizeof(text))
		return false;
	memcpy(text, word->at, n);
	text[n] = '\0';
	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

void list_refuse(struct list_reader *reader, const char *why)
{
	if (!reader->counts.refused++) {
		reader->counts.refused_at = reader->counts.lines;
		reader->counts.why = why;
	}
}

void list_found(struct list_reader *reader, const struct dns_name *name, unsigned int scope)
{
	if (scope & NAME_SET_ALLOW)
		reader->counts.exceptions++;
	else
		reader->counts.names++;
	reader->entry(reader->context, name, scope);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_usual(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
	       c == '_' || c == '.';
}

static bool is_own_name(const struct word *word)
{
	for (size_t i = 0; i < sizeof(own_names) / sizeof(own_names[0]); i++)
		if (word_is(word, own_names[i]))
			return true;
	return false;
}

/* No top level domain is a number (RFC 3696, section 2): that is an address. */
static bool ends_in_number(const struct dns_name *name)
{
	const uint8_t *label = name->wire;

	for (unsigned int i = 1; i < name->labels; i++)
		label += 1 + *label;
	for (unsigned int i = 1; i <= *label; i++)
		if (!is_digit((char)label[i]))
			return false;
	return true;
}

static bool has_usual_octets(const struct word *word, bool escapes)
{
	for (size_t i = 0; i < word->size; i++) {
		char c = word->at[i];

		if (escapes && c == '\\' && i + 1 < word->size)
			c = word->at[++i] > ' ' && word->at[i] < 0x7f ? '-' : c;
		if (!is_usual(c))
			return false;
	}
	return true;
}

const char *list_name(struct dns_name *name, const struct word *word, bool escapes)
{
	char text[DNS_NAME_TEXT_MAX];

	if (!word->size)
		return "there is no name";
	if (word->size >= sizeof(text))
		return "the name is too long";
	if (!has_usual_octets(word, escapes))
		return "octets that names in lists do not have";
	memcpy(text, word->at, word->size);
	text[word->size] = '\0';
	if (!dns_name_from_text(name, text))
		return "no domain name";
	if (!name->labels)
		return "the root";
	return ends_in_number(name) ? "an address, not a name" : NULL;
}

void list_add(struct list_reader *reader, const struct word *word, unsigned int scope)
{
	struct dns_name name;
	const char *why;

	if (is_own_name(word)) {
		reader->counts.ignored++;
		return;
	}
	why = list_name(&name, word, false);
	if (why)
		list_refuse(reader, why);
	else
		list_found(reader, &name, scope);
}
