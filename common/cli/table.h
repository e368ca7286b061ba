/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookups as lines of a table.
 *
 * On a terminal NAME, ANSWER and CGROUP are shortened to its width, marked by "…" or "+3";
 * elsewhere, and with `wide`, nothing is. Other columns grow with what they have to hold. No octet
 * is written that drives a terminal, but for the table's own colours.
 */
#ifndef COMMON_CLI_TABLE_H
#define COMMON_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/lookup.h"
#include "cli/output.h"
#include "track/transaction.h"

struct table_config {
	bool wall_clock; /* HH:MM:SS.mmm, not seconds since the start */
	bool user;
	bool wide;
	bool clients;  /* show the client's address, not the server's */
	bool role;     /* a column: both sides are shown */
	bool cgroup;   /* columns: the container and the cgroup */
	bool ifname;   /* a column: packets of several interfaces are shown */
	bool attempts; /* how many there were, in place of the protocol and the answer */
	bool colour;
	unsigned int terminal; /* its width; 0: none */
	uint64_t start;	       /* of TIME(s), in the clock of lookup.time */
};

enum table_column {
	COLUMN_TIME,
	COLUMN_USER,
	COLUMN_PID,
	COLUMN_COMM,
	COLUMN_CONTAINER,
	COLUMN_CGROUP,
	COLUMN_ROLE,
	COLUMN_INTERFACE,
	COLUMN_PROTOCOL,
	COLUMN_PEER,
	COLUMN_TYPE,
	COLUMN_NAME,
	COLUMN_RCODE,
	COLUMN_LATENCY,
	COLUMN_ANSWER,
	TABLE_COLUMNS,
};

struct table {
	struct table_config config;
	struct output *out;
	size_t widths[TABLE_COLUMNS];	      /* 0: not shown */
	const struct lookup_details *details; /* of the line that is being made */
};

void table_init(struct table *t, const struct table_config *config, struct output *out);
/* Gives a terminal's new width to the columns; 0 is taken for no terminal. */
void table_resize(struct table *t, unsigned int terminal);

void table_heading(struct table *t);
/* `time`: the wall-clock time of the lookup, in ns since the epoch. */
void table_lookup(struct table *t, const struct lookup *lookup, uint64_t time,
		  const struct lookup_details *details);

/*
 * The width that text for `fd` should have: of the terminal; COLUMNS of the environment, if
 * set, comes first, for output that goes elsewhere too. 0: neither.
 */
unsigned int terminal_width(int fd);
/* True for a terminal, unless NO_COLOR is set (no-color.org) or TERM is "dumb". */
bool terminal_has_colour(int fd);

#endif
