/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --heatmap: a column for each interval, a row for each power of two of latency.
 */
#ifndef TOOLS_DNSLAT_HEATMAP_H
#define TOOLS_DNSLAT_HEATMAP_H

#include <stdbool.h>

#include "cli/output.h"
#include "track/histogram.h"

#define HEATMAP_COLUMNS_MAX 512 /* the oldest go first */

struct heatmap;

/* NULL when memory is short. */
struct heatmap *heatmap_new(void);
void heatmap_free(struct heatmap *h);

/* An interval is over. `histogram` is of the whole time: what has come to it is the interval's. */
void heatmap_add(struct heatmap *h, const struct histogram *histogram);

/* So many went by without anything; no more than can be drawn are counted. */
void heatmap_pass(struct heatmap *h, uint64_t count);

/* The newest columns that `width` has room for, the last at the right. */
void heatmap_draw(const struct heatmap *h, unsigned int width, bool ascii_only, struct output *out);

#endif
