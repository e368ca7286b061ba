/* SPDX-License-Identifier: Apache-2.0 */
#include "track/histogram.h"

uint32_t histogram_bucket(uint64_t value)
{
	uint32_t power;

	if (value < HISTOGRAM_STEPS)
		return (uint32_t)value;
	power = 63 - (uint32_t)__builtin_clzll(value);
	if (power >= HISTOGRAM_VALUE_BITS)
		return HISTOGRAM_BUCKETS - 1;
	return (power - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS +
	       (uint32_t)((value >> (power - HISTOGRAM_STEP_BITS)) & (HISTOGRAM_STEPS - 1));
}

/* The lowest two rows of steps are of size 1. */
static uint32_t step_shift(uint32_t bucket)
{
	uint32_t row = bucket / HISTOGRAM_STEPS;

	return row ? row - 1 : 0;
}

uint64_t histogram_lowest(uint32_t bucket)
{
	if (bucket < HISTOGRAM_STEPS)
		return bucket;
	return (uint64_t)(HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) << step_shift(bucket);
}

uint64_t histogram_rank(const struct histogram *h, uint64_t rank)
{
	uint64_t seen = 0;

	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->counts[i];
		if (rank && seen >= rank)
			return histogram_lowest(i) + (1ULL << step_shift(i)) / 2;
	}
	return 0;
}
