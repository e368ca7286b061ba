/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of cli/table.h: what each cell of a line says.
 */
#ifndef COMMON_CLI_CELL_H
#define COMMON_CLI_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/table.h"
#include "dns/name.h"

/* One cell's text. Names are the longest, but for ANSWER, which has a buffer of its own. */
#define CELL_MAX (DNS_NAME_TEXT_MAX + 8)

struct cell {
	char text[CELL_MAX];
	size_t length;	/* octets */
	size_t columns; /* of the terminal; "…" has three octets */
};

/* ANSWER has no fill(): it may be longer than any cell. */
struct column {
	const char *heading;
	uint8_t width;
	bool right;
	void (*fill)(struct cell *cell, const struct table *t, const struct lookup *lookup,
		     uint64_t time);
};

extern const struct column table_columns[TABLE_COLUMNS];

#endif
