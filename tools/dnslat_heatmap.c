/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --heatmap: time across, latency up, the number of answers as a shade.
 */
#include "dnslat_heatmap.h"

#include <stdlib.h>
#include <string.h>

#include "cli/clock.h"

/* A row is a power of two in ns: a row of the histogram's steps. */
#define ROWS (HISTOGRAM_BUCKETS / HISTOGRAM_STEPS)

#define LABEL_WIDTH 10
#define SHADES	    5

struct heatmap {
	uint32_t used;	     /* columns that were ever added */
	uint64_t sums[ROWS]; /* of all columns */
	uint64_t columns[HEATMAP_COLUMNS_MAX][ROWS];
};

static const char *const blocks[SHADES] = {" ", "░", "▒", "▓", "█"};
static const char *const ascii[SHADES] = {" ", ".", "+", "x", "#"};

struct heatmap *heatmap_new(void)
{
	return calloc(1, sizeof(struct heatmap));
}

void heatmap_free(struct heatmap *h)
{
	free(h);
}

void heatmap_add(struct heatmap *h, const struct histogram *histogram)
{
	uint64_t *column = h->columns[h->used++ % HEATMAP_COLUMNS_MAX];

	for (uint32_t row = 0; row < ROWS; row++) {
		uint64_t sum = 0;

		for (uint32_t i = 0; i < HISTOGRAM_STEPS; i++)
			sum += histogram->counts[row * HISTOGRAM_STEPS + i];
		column[row] = sum - h->sums[row];
		h->sums[row] = sum;
	}
}

void heatmap_pass(struct heatmap *h, uint64_t count)
{
	uint32_t columns = count < HEATMAP_COLUMNS_MAX ? (uint32_t)count : HEATMAP_COLUMNS_MAX;

	for (uint32_t i = 0; i < columns; i++)
		memset(h->columns[h->used++ % HEATMAP_COLUMNS_MAX], 0, sizeof(h->columns[0]));
}

/* What is drawn: these columns, and the rows in which there is anything. */
struct view {
	uint32_t first, end; /* columns */
	uint32_t low, high;  /* rows, both drawn; low > high: none */
	uint64_t most;	     /* in one cell */
};

static uint64_t cell_of(const struct heatmap *h, uint32_t column, uint32_t row)
{
	return h->columns[column % HEATMAP_COLUMNS_MAX][row];
}

static struct view view_of(const struct heatmap *h, unsigned int width)
{
	uint32_t room = width > LABEL_WIDTH + 4 ? width - LABEL_WIDTH - 4 : 1;
	struct view v = {.end = h->used, .low = ROWS};

	if (room > HEATMAP_COLUMNS_MAX)
		room = HEATMAP_COLUMNS_MAX;
	v.first = h->used > room ? h->used - room : 0;
	for (uint32_t column = v.first; column < v.end; column++) {
		for (uint32_t row = 0; row < ROWS; row++) {
			uint64_t count = cell_of(h, column, row);

			if (!count)
				continue;
			if (row < v.low)
				v.low = row;
			if (row > v.high)
				v.high = row;
			if (count > v.most)
				v.most = count;
		}
	}
	return v;
}

static uint32_t bits(uint64_t value)
{
	return value ? 64 - (uint32_t)__builtin_clzll(value) : 0;
}

/* By orders of magnitude, so that one stalled lookup among thousands is seen. */
static uint32_t shade_of(uint64_t count, uint64_t most)
{
	if (!count)
		return 0;
	return 1 + (bits(count) - 1) * (SHADES - 2) / (bits(most) > 1 ? bits(most) - 1 : 1);
}

static void draw_row(const struct heatmap *h, const struct view *v, uint32_t row,
		     const char *const shades[SHADES], struct output *out)
{
	uint64_t lowest = row ? histogram_lowest(row * HISTOGRAM_STEPS) : 0;

	output_print(out, "%*.3g ms |", LABEL_WIDTH, (double)lowest / (double)NS_PER_MS);
	for (uint32_t column = v->first; column < v->end; column++)
		output_string(out, shades[shade_of(cell_of(h, column, row), v->most)]);
	output_string(out, "\n");
}

void heatmap_draw(const struct heatmap *h, unsigned int width, bool ascii_only, struct output *out)
{
	struct view v = view_of(h, width);

	for (uint32_t row = v.high + 1; row-- > v.low;)
		draw_row(h, &v, row, ascii_only ? ascii : blocks, out);
	if (v.first)
		output_print(out, "the last %u of ", v.end - v.first);
	output_print(out, "%u intervals; from each label up; darkest: %llu answers\n\n", v.end,
		     (unsigned long long)v.most);
}
