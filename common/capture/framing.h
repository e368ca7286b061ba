/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How DNS messages lie in a TCP stream: each after its length in two octets (RFC 1035, section
 * 4.2.2). Pure: any octets may come.
 */
#ifndef COMMON_CAPTURE_FRAMING_H
#define COMMON_CAPTURE_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#define FRAMING_PREFIX 2
/* The longest message, with its prefix. */
#define FRAMING_MAX (FRAMING_PREFIX + 65535)

enum framing {
	FRAMING_UNDECIDED, /* too few octets to tell */
	FRAMING_MESSAGE,   /* a message begins here, as far as can be told */
	FRAMING_OTHER,	   /* none does */
};

static inline uint32_t framing_length(const uint8_t *octets)
{
	return (uint32_t)(octets[0] << 8 | octets[1]);
}

/*
 * Whether a message with its prefix begins here: opcode and counts are such as are in use, and
 * as many records as are counted have room. Octets by chance pass one time in 100,000.
 */
enum framing framing_look(const uint8_t *octets, uint32_t size);

#endif
