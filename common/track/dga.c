/* SPDX-License-Identifier: Apache-2.0 */
#include "track/dga.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "track/dga_shape.h"
#include "track/dga_table.h"

#define SHORTEST 4 /* octets of a label that says anything */

/* Sums of logarithms of probabilities, in 16ths of a nat. */
struct sums {
	int32_t ordinary;
	int32_t fours;
	int32_t rarest; /* half nats */
	int32_t family[DGA_FAMILIES];
};

static bool is_punycode(const uint8_t *label, uint8_t size)
{
	return size >= 4 && (label[0] | 0x20) == 'x' && (label[1] | 0x20) == 'n' &&
	       label[2] == '-' && label[3] == '-';
}

/* The symbols of a label, from symbols[2] on: two ends before it, one behind. Returns the end's. */
static size_t read_symbols(uint8_t symbols[DNS_LABEL_MAX + 3], const uint8_t *label, uint8_t size)
{
	symbols[0] = symbols[1] = symbols[size + 2] = DGA_END;
	for (uint8_t i = 0; i < size; i++)
		symbols[i + 2] = dga_symbol(label[i]);
	return size + 2U;
}

static void add_three(struct sums *s, const uint8_t *last)
{
	size_t i = ((size_t)last[-2] * DGA_SYMBOLS + last[-1]) * DGA_SYMBOLS + last[0];
	int32_t half_nats = dga_ordinary[i / 2] >> (i % 2 * 4) & 15;

	s->ordinary -= 8 * half_nats;
	if (half_nats > s->rarest)
		s->rarest = half_nats;
}

static uint32_t bucket(const uint8_t *last)
{
	uint32_t four = (uint32_t)last[-3] << 15 | (uint32_t)last[-2] << 10 |
			(uint32_t)last[-1] << 5 | last[0];

	return (uint32_t)((uint64_t)(four * 2654435761u) * DGA_BUCKETS >> 32);
}

/* All families at once, in vectors: the compiler does not find out by itself that it can. */
typedef int8_t row_octets __attribute__((vector_size(DGA_ROW_READ)));
typedef int16_t row_sums __attribute__((vector_size(2 * DGA_ROW_READ)));

static void add_twos(struct sums *s, const uint8_t *first, const uint8_t *last)
{
	row_sums sums = {0}; /* 64 times -127 fits */

	for (; first <= last; first++) {
		size_t two = (size_t)first[-1] * DGA_SYMBOLS + first[0];
		row_octets row;

		memcpy(&row, dga_family + two * DGA_FAMILIES, sizeof(row));
		sums += __builtin_convertvector(row, row_sums);
	}
	for (size_t k = 0; k < DGA_FAMILIES; k++)
		s->family[k] = sums[k];
}

static void add_up(struct sums *s, const uint8_t *label, uint8_t size)
{
	uint8_t symbols[DNS_LABEL_MAX + 3];
	const uint8_t *end = symbols + read_symbols(symbols, label, size);

	for (const uint8_t *last = symbols + 2; last <= end; last++)
		add_three(s, last);
	add_twos(s, symbols + 2, end);
	for (const uint8_t *last = symbols + 4; last <= end; last++)
		s->fours += dga_fours[bucket(last)];
}

/* FNV-1a of the labels in lower case, without the root. Lengths are below 'A'. */
static uint32_t hash_suffix(const uint8_t *wire)
{
	uint32_t hash = 2166136261u;

	for (; *wire; wire += *wire + 1) {
		for (uint8_t i = 0; i <= *wire; i++) {
			bool upper = wire[i] >= 'A' && wire[i] <= 'Z';

			hash = (hash ^ (wire[i] | (upper ? 0x20u : 0))) * 16777619u;
		}
	}
	return hash;
}

static const int8_t *suffix_row(const uint8_t *wire)
{
	uint32_t hash = hash_suffix(wire);
	size_t low = 0, high = DGA_SUFFIXES;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (dga_suffix_hash[middle] == hash)
			return dga_suffix + middle * DGA_LANES;
		if (dga_suffix_hash[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return dga_suffix + (size_t)DGA_SUFFIXES * DGA_LANES;
}

static const int8_t *length_row(uint8_t size)
{
	return dga_length + (size < DGA_LENGTHS ? size : DGA_LENGTHS - 1) * (size_t)DGA_LANES;
}

static int32_t clip(int32_t x, int32_t low, int32_t high)
{
	if (x < low)
		return low;
	return x > high ? high : x;
}

static int32_t greatest(const struct sums *s, const int8_t *length, const int8_t *suffix)
{
	int32_t best = INT32_MIN;

	for (size_t k = 0; k < DGA_FAMILIES; k++) {
		int32_t sum = s->family[k] + length[k] + (suffix ? suffix[k] : 0);

		if (sum > best)
			best = sum;
	}
	return best;
}

/* The best family against ordinary names, with and without the suffix. */
static void language(int32_t *features, const struct sums *s, uint8_t size, const int8_t *suffix)
{
	const int8_t *length = length_row(size);
	int32_t ordinary = s->ordinary + length[DGA_ORDINARY], n = size + 1;
	int32_t bare = greatest(s, length, NULL) - ordinary;
	int32_t whole = greatest(s, length, suffix) - ordinary - suffix[DGA_ORDINARY];

	*features++ = whole;
	*features++ = clip(whole, -80, 80);
	*features++ = clip(whole, -32, 32);
	*features++ = clip(whole, 32, 128);
	*features++ = 16 * whole / n;
	*features++ = bare;
	*features++ = 16 * bare / n;
	*features++ = s->fours;
	*features++ = clip(s->fours, -80, 80);
	*features++ = 16 * s->fours / n;
	*features++ = 16 * s->ordinary / n;
	*features++ = s->rarest;
	*features = suffix[DGA_GENERATED] - suffix[DGA_ORDINARY];
}

static int64_t weigh(const int32_t features[DGA_PLAIN_FEATURES], uint8_t size)
{
	static const uint8_t steps[DGA_STEPS] = {4,  5,	 6,  7,	 8,  9,	 10, 11, 12, 13,
						 14, 15, 16, 17, 18, 19, 20, 22, 24, 28};
	int64_t z = dga_weight[DGA_FEATURES];

	for (size_t i = 0; i < DGA_PLAIN_FEATURES; i++)
		z += (int64_t)dga_weight[i] * features[i];
	for (size_t i = 0; i < DGA_STEPS && size >= steps[i]; i++)
		z += dga_weight[DGA_PLAIN_FEATURES + i];
	return z;
}

/* The logistic function, between the curve's points. */
static uint32_t permille(int64_t z)
{
	const int64_t last = 16 * (DGA_CURVE - 1) - 1;
	int64_t x = (z >> (DGA_WEIGHT_BITS - 8)) + 8 * 256; /* 256ths of a nat, from -8 on */
	uint32_t at, part;

	x = x < 0 ? 0 : x;
	x = x > last ? last : x;
	at = (uint32_t)x >> 4;
	part = (uint32_t)x & 15;
	return dga_curve[at] + ((uint32_t)(dga_curve[at + 1] - dga_curve[at]) * part >> 4);
}

uint32_t dga_score(const struct dns_name *registered)
{
	uint8_t size =
		registered->wire[0] & DNS_LABEL_MAX; /* no more is in a name, for compilers */
	const uint8_t *label = registered->wire + 1;
	int32_t features[DGA_PLAIN_FEATURES];
	struct sums s = {0};

	if (size < SHORTEST || is_punycode(label, size))
		return 0;
	add_up(&s, label, size);
	language(features, &s, size, suffix_row(label + size));
	dga_shape(features + DGA_PLAIN_FEATURES - DGA_SHAPE, label, size);
	return permille(weigh(features, size));
}
