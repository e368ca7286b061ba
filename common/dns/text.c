/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/text.h"

#include <string.h>

static void text_octets(struct text *t, const char *s, size_t n)
{
	if (t->len < t->size) {
		size_t room = t->size - t->len;

		memcpy(t->out + t->len, s, n < room ? n : room);
	}
	t->len += n;
}

void text_string(struct text *t, const char *s)
{
	text_octets(t, s, strlen(s));
}

void text_number_padded(struct text *t, uint64_t value, unsigned int digits)
{
	char buffer[20]; /* 2^64 has 20 digits */
	size_t at = sizeof(buffer);

	do {
		buffer[--at] = (char)('0' + value % 10);
		value /= 10;
		digits -= digits > 0;
	} while ((value > 0 || digits > 0) && at > 0);
	text_octets(t, buffer + at, sizeof(buffer) - at);
}

void text_number(struct text *t, uint64_t value)
{
	text_number_padded(t, value, 1);
}

static void text_hex(struct text *t, const uint8_t *data, size_t n, const char *digits)
{
	for (size_t i = 0; i < n; i++) {
		text_char(t, digits[data[i] >> 4]);
		text_char(t, digits[data[i] & 15]);
	}
}

void text_hex_upper(struct text *t, const uint8_t *data, size_t n)
{
	text_hex(t, data, n, "0123456789ABCDEF");
}

void text_hex_lower(struct text *t, const uint8_t *data, size_t n)
{
	text_hex(t, data, n, "0123456789abcdef");
}

void text_base64(struct text *t, const uint8_t *data, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t group = (uint32_t)data[i] << 16;

		if (left > 1)
			group |= (uint32_t)data[i + 1] << 8;
		if (left > 2)
			group |= data[i + 2];
		text_char(t, digits[group >> 18]);
		text_char(t, digits[group >> 12 & 63]);
		text_char(t, left > 1 ? digits[group >> 6 & 63] : '=');
		text_char(t, left > 2 ? digits[group & 63] : '=');
	}
}

void text_base32hex(struct text *t, const uint8_t *data, size_t n)
{
	uint32_t group = 0;
	unsigned int bits = 0;

	for (size_t i = 0; i < n; i++) {
		group = group << 8 | data[i];
		for (bits += 8; bits >= 5; bits -= 5)
			text_char(t, "0123456789ABCDEFGHIJKLMNOPQRSTUV"[group >> (bits - 5) & 31]);
	}
	if (bits > 0)
		text_char(t, "0123456789ABCDEFGHIJKLMNOPQRSTUV"[group << (5 - bits) & 31]);
}

void text_name(struct text *t, const struct dns_name *name)
{
	char buffer[DNS_NAME_TEXT_MAX];

	if (t->len < t->size && t->size - t->len >= sizeof(buffer))
		t->len += dns_name_to_text(t->out + t->len, name);
	else
		text_octets(t, buffer, dns_name_to_text(buffer, name));
}

void text_quoted_octet(struct text *t, uint8_t octet)
{
	if (octet < 0x20 || octet > 0x7e) {
		text_char(t, '\\');
		text_number_padded(t, octet, 3);
		return;
	}
	if (octet == '"' || octet == '\\')
		text_char(t, '\\');
	text_char(t, (char)octet);
}

void text_quoted(struct text *t, const uint8_t *data, size_t n)
{
	text_char(t, '"');
	for (size_t i = 0; i < n; i++)
		text_quoted_octet(t, data[i]);
	text_char(t, '"');
}
