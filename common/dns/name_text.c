/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names in presentation form (RFC 1035, section 5.1; RFC 4343, section 2.1).
 */
#include "dns/name.h"

#include <string.h>

enum { DECIMAL, PLAIN, BACKSLASH };

/* How an octet of a label is written; what is not named here is \DDD. */
static const uint8_t form[256] =
	{
		['!'] = PLAIN,	       ['#'] = PLAIN,	      ['%' ... '\''] = PLAIN,
		['*' ... '-'] = PLAIN, ['.'] = BACKSLASH,     ['/' ... ':'] = PLAIN,
		['<' ... '?'] = PLAIN, ['A' ... '['] = PLAIN, ['\\'] = BACKSLASH,
		[']' ... '~'] = PLAIN,
};

static char *put_escaped(char *out, uint8_t octet)
{
	*out++ = '\\';
	if (form[octet] == BACKSLASH) {
		*out++ = (char)octet;
		return out;
	}
	*out++ = (char)('0' + octet / 100);
	*out++ = (char)('0' + octet / 10 % 10);
	*out++ = (char)('0' + octet % 10);
	return out;
}

size_t dns_name_to_text(char *text, const struct dns_name *name)
{
	const uint8_t *in = name->wire;
	const uint8_t *root = name->wire + name->len - 1;
	char *out = text;

	if (in == root)
		*out++ = '.';
	while (in < root) {
		const uint8_t *end = in + 1 + *in;

		if (out != text)
			*out++ = '.';
		for (in++; in < end; in++) {
			if (form[*in] == PLAIN)
				*out++ = (char)*in;
			else
				out = put_escaped(out, *in);
		}
	}
	*out = '\0';
	return (size_t)(out - text);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The octet after a backslash; NULL: a bad escape. */
static const char *take_escape(const char *text, uint8_t *octet)
{
	if (!*text)
		return NULL;
	if (!is_digit(*text)) {
		*octet = (uint8_t)*text;
		return text + 1;
	}
	if (!is_digit(text[1]) || !is_digit(text[2]))
		return NULL;

	int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');

	if (value > 255)
		return NULL;
	*octet = (uint8_t)value;
	return text + 3;
}

/* One label into `label` (its length octet first); NULL: it is none. */
static const char *take_label(const char *text, uint8_t *label, size_t room)
{
	size_t octets = 0;

	while (*text && *text != '.') {
		uint8_t octet = (uint8_t)*text++;

		if (octet == '\\') {
			text = take_escape(text, &octet);
			if (!text)
				return NULL;
		}
		if (octets == DNS_LABEL_MAX || octets + 1 >= room)
			return NULL;
		label[++octets] = octet;
	}
	if (octets == 0)
		return NULL;
	label[0] = (uint8_t)octets;
	return text;
}

bool dns_name_from_text(struct dns_name *name, const char *text)
{
	size_t used = 0;
	uint8_t labels = 0;

	if (strcmp(text, ".") == 0)
		text = "";
	else if (!*text)
		return false;
	while (*text) {
		/* One octet stays free for the root. */
		text = take_label(text, name->wire + used, DNS_NAME_MAX - 1 - used);
		if (!text)
			return false;
		used += 1 + (size_t)name->wire[used];
		labels++;
		if (*text == '.')
			text++;
	}
	name->wire[used] = 0;
	name->len = (uint8_t)(used + 1);
	name->labels = labels;
	return true;
}
