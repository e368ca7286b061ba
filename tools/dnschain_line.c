/* SPDX-License-Identifier: Apache-2.0 */
#include "dnschain_line.h"

#include <stdarg.h>
#include <string.h>

#include "cli/format.h"
#include "dns/codes.h"

void line_octets(struct line *l, const char *text, size_t size)
{
	size_t room = LINE_ROOM - l->length;

	if (size > room)
		size = room;
	memcpy(l->text + l->length, text, size);
	l->length += size;
}

void line_strings(struct line *l, const char *first, ...)
{
	va_list others;

	va_start(others, first);
	for (const char *text = first; text; text = va_arg(others, const char *))
		line_octets(l, text, strlen(text));
	va_end(others);
}

void line_count(struct line *l, const char *before, uint64_t value, const char *after)
{
	char text[FORMAT_NUMBER_MAX];

	format_unsigned(text, value);
	line_text(l, before, text, after);
}

void line_time(struct line *l, const char *before, uint64_t ns, const char *after)
{
	char text[FORMAT_NUMBER_MAX];

	format_decimal(text, (ns + 50000) / 100000, 1);
	line_text(l, before, text, after);
}

static void blanks(struct line *l, size_t count)
{
	size_t room = LINE_ROOM - l->length;

	if (count > room)
		count = room;
	memset(l->text + l->length, ' ', count);
	l->length += count;
}

void line_pad(struct line *l, size_t columns)
{
	blanks(l, columns > l->length ? columns - l->length : 1);
}

void line_indent(struct line *l, uint32_t depth)
{
	blanks(l, 2 * (size_t)depth);
}

void line_endpoint(struct line *l, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_MAX];
	bool ipv4 = endpoint_is_ipv4(e);

	endpoint_address_to_text(text, e);
	line_text(l, ipv4 ? "" : "[", text);
	line_count(l, ipv4 ? ":" : "]:", e->port, "");
}

void line_question(struct line *l, const struct dns_question *question)
{
	char name[DNS_NAME_TEXT_MAX], buffer[DNS_CODE_TEXT_MAX];

	dns_name_to_text(name, &question->name);
	line_text(l, dns_type_name(question->type, buffer), " ", name);
}

void line_end(struct line *l, struct output *out)
{
	while (l->length && l->text[l->length - 1] == ' ')
		l->length--;
	l->text[l->length++] = '\n';
	output_put(out, l->text, l->length);
	l->length = 0;
}
