/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log-linear histogram: 16 steps for each power of two, so that a value is known to 1/16 of
 * itself at any scale, in constant memory. Values are nanoseconds here, but need not be.
 */
#ifndef COMMON_TRACK_HISTOGRAM_H
#define COMMON_TRACK_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEP_BITS 4
#define HISTOGRAM_STEPS	    (1 << HISTOGRAM_STEP_BITS)
/* Values from 2^42 on, 73 minutes in ns, are all in the last bucket. */
#define HISTOGRAM_VALUE_BITS 42
#define HISTOGRAM_BUCKETS    ((HISTOGRAM_VALUE_BITS - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS)

/* A bucket stands for its middle: half a step of 1/16, in permille and rounded up. */
#define HISTOGRAM_ERROR_PERMILLE 32

struct histogram {
	uint64_t counts[HISTOGRAM_BUCKETS];
};

/* Which bucket a value is counted in: below HISTOGRAM_BUCKETS. */
uint32_t histogram_bucket(uint64_t value);

/* The least value of a bucket. */
uint64_t histogram_lowest(uint32_t bucket);

/*
 * The value of that rank, from 1 for the least to the number of values: the middle of its bucket,
 * and so off by at most HISTOGRAM_ERROR_PERMILLE. 0 when there are not so many values.
 */
uint64_t histogram_rank(const struct histogram *h, uint64_t rank);

#endif
