/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <string.h>

#include "cli/answer.h"
#include "cli/cell.h"
#include "cli/format.h"
#include "cli/lookup.h"

#define NAME_NARROWEST	 20
#define NAME_WIDEST	 40
#define ANSWER_NARROWEST 24
#define ANSWER_PREFERRED 44
#define ATTEMPTS_WIDTH	 9

static const char *heading_of(const struct table *t, enum table_column column)
{
	if (column == COLUMN_TIME && t->config.wall_clock)
		return "TIME";
	if (column == COLUMN_PEER && t->config.clients)
		return "CLIENT";
	if (column == COLUMN_ANSWER && t->config.attempts)
		return "ATTEMPTS";
	return table_columns[column].heading;
}

void table_init(struct table *t, const struct table_config *config, struct output *out)
{
	*t = (struct table){.config = *config, .out = out};
	for (int i = 0; i < TABLE_COLUMNS; i++)
		t->widths[i] = table_columns[i].width;
	if (config->wall_clock)
		t->widths[COLUMN_TIME] = sizeof("HH:MM:SS.mmm") - 1;
	if (!config->user)
		t->widths[COLUMN_USER] = 0;
	if (!config->cgroup)
		t->widths[COLUMN_CONTAINER] = t->widths[COLUMN_CGROUP] = 0;
	if (!config->role)
		t->widths[COLUMN_ROLE] = 0;
	if (!config->ifname)
		t->widths[COLUMN_INTERFACE] = 0;
	if (config->attempts)
		t->widths[COLUMN_PROTOCOL] = 0;
	table_resize(t, config->terminal);
}

/* What the columns left of ANSWER take, with a blank behind each. */
static size_t width_before_answer(const struct table *t)
{
	size_t width = 0;

	for (int i = 0; i < COLUMN_ANSWER; i++)
		width += t->widths[i] ? t->widths[i] + 1 : 0;
	return width;
}

void table_resize(struct table *t, unsigned int terminal)
{
	size_t others, last, name;

	t->config.terminal = terminal;
	if (!terminal || t->config.wide)
		return;
	others = width_before_answer(t) - t->widths[COLUMN_NAME];
	last = t->config.attempts ? ATTEMPTS_WIDTH : ANSWER_PREFERRED;
	name = terminal > others + last ? terminal - others - last : 0;
	if (name < NAME_NARROWEST)
		name = NAME_NARROWEST;
	t->widths[COLUMN_NAME] = name > NAME_WIDEST ? NAME_WIDEST : name;
}

static void put_blanks(struct output *out, size_t n)
{
	static const char blanks[] = "                                                ";

	for (; n >= sizeof(blanks); n -= sizeof(blanks) - 1)
		output_put(out, blanks, sizeof(blanks) - 1);
	output_put(out, blanks, n);
}

static void put_cell(struct table *t, enum table_column column, const char *text, size_t length,
		     size_t cell_columns)
{
	size_t width = t->widths[column];
	size_t pad = cell_columns < width ? width - cell_columns : 0;

	if (table_columns[column].right)
		put_blanks(t->out, pad);
	output_put(t->out, text, length);
	if (!table_columns[column].right)
		put_blanks(t->out, pad);
	if (column + 1 < COLUMN_ANSWER)
		output_put(t->out, " ", 1);
}

void table_heading(struct table *t)
{
	for (int i = 0; i < COLUMN_ANSWER; i++) {
		const char *heading = heading_of(t, i);

		if (t->widths[i])
			put_cell(t, i, heading, strlen(heading), strlen(heading));
	}
	output_put(t->out, " ", 1);
	output_string(t->out, heading_of(t, COLUMN_ANSWER));
	output_put(t->out, "\n", 1);
}

/*
 * Addresses come in two lengths: the column stays as wide as the widest so far. Nothing else
 * does: one strange COMM shall not widen all lines after it.
 */
static void grow(struct table *t, enum table_column column, size_t cell_columns)
{
	if (column == COLUMN_PEER && cell_columns > t->widths[column])
		t->widths[column] = cell_columns;
}

static void put_answer(struct table *t, const struct lookup *lookup, size_t before)
{
	static char text[1 << 17]; /* above what a message of 64 KiB shows, but for odd ones */
	size_t width = ANSWER_ALL, answer_columns, length;

	if (t->config.terminal && !t->config.wide) {
		width = t->config.terminal > before ? t->config.terminal - before : 0;
		if (width < ANSWER_NARROWEST)
			width = ANSWER_NARROWEST;
	}
	length = answer_text(text, sizeof(text), width, lookup, &answer_columns);
	if (length)
		output_put(t->out, " ", 1);
	output_put(t->out, text, length);
}

static void put_attempts(struct table *t, const struct lookup *lookup)
{
	char text[FORMAT_NUMBER_MAX];
	size_t n = format_unsigned(text, lookup->attempts);

	output_put(t->out, " ", 1);
	output_put(t->out, text, n);
}

void table_lookup(struct table *t, const struct lookup *lookup, uint64_t time,
		  const struct lookup_details *details)
{
	bool red = t->config.colour && lookup_failed(lookup);
	size_t before = 0;
	struct cell cell;

	t->details = details;
	for (int i = 0; i < COLUMN_ANSWER; i++) {
		if (!t->widths[i])
			continue;
		table_columns[i].fill(&cell, t, lookup, time);
		grow(t, i, cell.columns);
		if (red && i == COLUMN_RCODE)
			output_string(t->out, "\033[31m");
		put_cell(t, i, cell.text, cell.length, cell.columns);
		if (red && i == COLUMN_RCODE)
			output_string(t->out, "\033[0m");
		before += (cell.columns > t->widths[i] ? cell.columns : t->widths[i]) + 1;
	}
	if (t->config.attempts)
		put_attempts(t, lookup);
	else
		put_answer(t, lookup, before);
	output_put(t->out, "\n", 1);
}
