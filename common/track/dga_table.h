/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers behind dga_score(): dga_table.c, written by tests/model/train.py. tests/model/dga.py
 * has the same constants. Logarithms are in 16ths of a nat.
 */
#ifndef COMMON_TRACK_DGA_TABLE_H
#define COMMON_TRACK_DGA_TABLE_H

#include <stdint.h>

#define DGA_SYMBOLS  28 /* the end of a label, a..z, anything else */
#define DGA_TWOS     (DGA_SYMBOLS * DGA_SYMBOLS)
#define DGA_THREES   (DGA_SYMBOLS * DGA_SYMBOLS * DGA_SYMBOLS)
#define DGA_BUCKETS  28672 /* of four symbols in a row */
#define DGA_FAMILIES 25
#define DGA_LENGTHS  41 /* the last one: that long or longer */
#define DGA_SUFFIXES 81 /* with names enough; the row behind them is all others' */

/* Behind the families' lanes: all ordinary names, all generated ones. */
#define DGA_ORDINARY  DGA_FAMILIES
#define DGA_GENERATED (DGA_FAMILIES + 1)
#define DGA_LANES     (DGA_FAMILIES + 2)

#define DGA_PLAIN_FEATURES 24
#define DGA_STEPS	   20 /* a feature each: the label has so many octets at least */
#define DGA_FEATURES	   (DGA_PLAIN_FEATURES + DGA_STEPS)

/* Weights are in 2^-16 nats; the curve goes from -8 to 8 nats, in 16ths. */
#define DGA_WEIGHT_BITS 16
#define DGA_CURVE	257

/* -ln p of the third symbol after the first two, in half nats: two to an octet, the first below. */
extern const uint8_t dga_ordinary[DGA_THREES / 2];
/* ln p of the second symbol after the first. Rows are read by DGA_ROW_READ octets, the last too. */
#define DGA_ROW_READ 32
extern const int8_t dga_family[DGA_TWOS * DGA_FAMILIES + DGA_ROW_READ - DGA_FAMILIES];
/* ln of how much more frequent in generated names. */
extern const int8_t dga_fours[DGA_BUCKETS];
/* ln p of the length, and of the suffix. */
extern const int8_t dga_length[DGA_LENGTHS * DGA_LANES];
extern const int8_t dga_suffix[(DGA_SUFFIXES + 1) * DGA_LANES];
/* FNV-1a of the suffixes, ascending. */
extern const uint32_t dga_suffix_hash[DGA_SUFFIXES];
/* The bias is the last. */
extern const int32_t dga_weight[DGA_FEATURES + 1];
/* Permille. */
extern const uint16_t dga_curve[DGA_CURVE];

#endif
