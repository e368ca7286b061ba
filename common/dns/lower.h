/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ASCII letters in lower case, eight octets at once (RFC 4343, section 3).
 */
#ifndef COMMON_DNS_LOWER_H
#define COMMON_DNS_LOWER_H

#include <stdint.h>

/*
 * Upper-case ASCII letters of eight octets to lower case. Length octets (at most 63) are below
 * 'A', so that a whole name can be passed through it.
 */
static inline uint64_t lower8(uint64_t x)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t low = x & 0x7f * ones;
	uint64_t from_a = low + (0x80 - 'A') * ones;
	uint64_t past_z = low + (0x80 - 'Z' - 1) * ones;

	return x | (from_a & ~past_z & ~x & 0x80 * ones) >> 2;
}

#endif
