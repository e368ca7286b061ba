/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a label is made of, without any table: part of dga_score().
 */
#ifndef COMMON_TRACK_DGA_SHAPE_H
#define COMMON_TRACK_DGA_SHAPE_H

#include <stdint.h>

#define DGA_SHAPE 11

/* The end of a label; letters are 1 to 26, and all else is one symbol. */
#define DGA_END	  0
#define DGA_OTHER 27

static inline uint8_t dga_symbol(uint8_t octet)
{
	uint8_t letter = (uint8_t)((octet | 0x20) - 'a');

	return letter < 26 ? (uint8_t)(letter + 1) : DGA_OTHER;
}

/* DGA_SHAPE features of `size` octets, at most 63: small numbers, most of them in 64ths. */
void dga_shape(int32_t *features, const uint8_t *label, uint8_t size);

#endif
