/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses: RFC 5952's form, with the last 32 bits dotted where inet_ntop() does so
 * (::ffff:192.0.2.1, ::192.0.2.1).
 */
#include "dns/octets.h"
#include "dns/text.h"

void text_ipv4(struct text *t, const uint8_t address[4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			text_char(t, '.');
		text_number(t, address[i]);
	}
}

static void text_group(struct text *t, uint16_t group)
{
	unsigned int shift = 12;

	while (shift > 0 && !(group >> shift))
		shift -= 4;
	for (;; shift -= 4) {
		text_char(t, "0123456789abcdef"[group >> shift & 15]);
		if (shift == 0)
			break;
	}
}

/* The first longest run of at least two zero groups (RFC 5952, section 4.2). */
static void find_zeros(const uint16_t groups[8], unsigned int *start, unsigned int *count)
{
	*start = 8;
	*count = 1;
	for (unsigned int i = 0; i < 8; i++) {
		unsigned int n = 0;

		while (i + n < 8 && groups[i + n] == 0)
			n++;
		if (n > *count) {
			*start = i;
			*count = n;
		}
		i += n;
	}
}

void text_ipv6(struct text *t, const uint8_t address[16])
{
	uint16_t groups[8];
	unsigned int zeros, count, end = 8;

	for (int i = 0; i < 8; i++)
		groups[i] = get_u16(address + (size_t)2 * i);
	find_zeros(groups, &zeros, &count);
	if (zeros == 0 && (count == 6 || (count == 5 && groups[5] == 0xffff)))
		end = 6;
	for (unsigned int i = 0; i < end; i++) {
		if (i == zeros) {
			text_string(t, "::");
			i += count - 1;
			continue;
		}
		text_group(t, groups[i]);
		if (i + 1 < 8 && i + 1 != zeros)
			text_char(t, ':');
	}
	if (end == 6)
		text_ipv4(t, address + 12);
}
