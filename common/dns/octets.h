/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers in network byte order at any alignment. The caller has checked the length.
 */
#ifndef COMMON_DNS_OCTETS_H
#define COMMON_DNS_OCTETS_H

#include <stdint.h>

static inline uint16_t get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t get_u48(const uint8_t *p)
{
	return (uint64_t)get_u16(p) << 32 | get_u32(p + 2);
}

#endif
