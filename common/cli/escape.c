/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_continuation(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

/*
 * Length of the valid UTF-8 character at `in`, or 0 (RFC 3629 section 4: no overlong forms, no
 * surrogates, nothing above U+10FFFF). Also 0 for U+0080 to U+009F: those drive terminals.
 */
static size_t utf8_character(const uint8_t *in, size_t n)
{
	if (in[0] >= 0xc2 && in[0] <= 0xdf && n >= 2 && is_continuation(in[1]))
		return in[0] == 0xc2 && in[1] < 0xa0 ? 0 : 2;
	if ((in[0] & 0xf0) == 0xe0 && n >= 3 && is_continuation(in[1]) && is_continuation(in[2])) {
		bool overlong = in[0] == 0xe0 && in[1] < 0xa0;
		bool surrogate = in[0] == 0xed && in[1] >= 0xa0;

		return overlong || surrogate ? 0 : 3;
	}
	if (in[0] >= 0xf0 && in[0] <= 0xf4 && n >= 4 && is_continuation(in[1]) &&
	    is_continuation(in[2]) && is_continuation(in[3])) {
		bool overlong = in[0] == 0xf0 && in[1] < 0x90;
		bool beyond = in[0] == 0xf4 && in[1] >= 0x90;

		return overlong || beyond ? 0 : 4;
	}
	return 0;
}

static size_t escape_octet(char *out, uint8_t c)
{
	out[0] = '\\';
	out[1] = (char)('0' + c / 100);
	out[2] = (char)('0' + c / 10 % 10);
	out[3] = (char)('0' + c % 10);
	return ESCAPE_OCTET_MAX;
}

size_t escape_text(char *out, size_t size, const char *in, size_t n, enum escape_charset charset,
		   size_t *taken)
{
	const uint8_t *octets = (const uint8_t *)in;
	size_t length = 0, i = 0;

	while (i < n) {
		size_t character = octets[i] >= 0x20 && octets[i] < 0x7f ? 1 : 0;
		size_t need;

		if (octets[i] >= 0x80 && charset == ESCAPE_UTF8)
			character = utf8_character(octets + i, n - i);
		need = character ? character : ESCAPE_OCTET_MAX;
		if (length + need >= size)
			break;
		if (character)
			memcpy(out + length, in + i, character);
		else
			escape_octet(out + length, octets[i]);
		length += need;
		i += character ? character : 1;
	}
	if (size > 0)
		out[length] = '\0';
	if (taken)
		*taken = i;
	return length;
}
