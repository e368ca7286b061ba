/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of a capture file: in the byte order of the machine that wrote it, at any alignment.
 * The caller has checked the length.
 */
#ifndef COMMON_CAPTURE_BYTE_ORDER_H
#define COMMON_CAPTURE_BYTE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/octets.h"

static inline uint16_t order_u16(bool big, const uint8_t *p)
{
	return big ? get_u16(p) : (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t order_u32(bool big, const uint8_t *p)
{
	if (big)
		return get_u32(p);
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

#endif
