/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <string.h>

#include "cli/answer.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/lookup.h"
#include "cli/user.h"
#include "dns/codes.h"

#define NAME_NARROWEST	 20
#define NAME_WIDEST	 40
#define NAME_UNSHORTENED 32 /* where names may push */
#define ANSWER_NARROWEST 24
#define CGROUP_WIDTH	 24
#define ANSWER_PREFERRED 44

#define DNS_PORT 53

/* One cell's text. Names are the longest, but for ANSWER, which has a buffer of its own. */
#define CELL_MAX (DNS_NAME_TEXT_MAX + 8)

struct cell {
	char text[CELL_MAX];
	size_t length;	/* octets */
	size_t columns; /* of the terminal; "…" has three octets */
};

struct column {
	const char *heading;
	uint8_t width;
	bool right;
	void (*fill)(struct cell *cell, const struct table *t, const struct lookup *lookup,
		     uint64_t time);
};

static void set_text(struct cell *cell, const char *text)
{
	cell->length = strlen(text);
	memcpy(cell->text, text, cell->length + 1);
	cell->columns = cell->length;
}

static void fill_time(struct cell *cell, const struct table *t, const struct lookup *lookup,
		      uint64_t time)
{
	/* An event of before the start: its packet was underway when the tool was. */
	uint64_t since = lookup->time > t->config.start ? lookup->time - t->config.start : 0;

	cell->length = t->config.wall_clock ? format_time_of_day(cell->text, time)
					    : format_decimal(cell->text, since / 1000000, 3);
	cell->columns = cell->length;
}

static void fill_user(struct cell *cell, const struct table *t, const struct lookup *lookup,
		      uint64_t time)
{
	(void)t;
	(void)time;
	set_text(cell, lookup->has_owner ? user_name(lookup->owner.uid) : "-");
}

static void fill_pid(struct cell *cell, const struct table *t, const struct lookup *lookup,
		     uint64_t time)
{
	(void)t;
	(void)time;
	if (!lookup->has_owner) {
		set_text(cell, "-");
		return;
	}
	cell->length = cell->columns = format_unsigned(cell->text, lookup->owner.pid);
}

/* Text that others chose; NULL: not known. */
static void set_foreign(struct cell *cell, const char *text, size_t most)
{
	if (!text) {
		set_text(cell, "-");
		return;
	}
	cell->length =
		escape_text(cell->text, CELL_MAX, text, strnlen(text, most), ESCAPE_ASCII, NULL);
	cell->columns = cell->length;
}

static void fill_comm(struct cell *cell, const struct table *t, const struct lookup *lookup,
		      uint64_t time)
{
	(void)t;
	(void)time;
	set_foreign(cell, lookup->has_owner ? lookup->owner.comm : NULL, COMM_SIZE);
}

static void fill_role(struct cell *cell, const struct table *t, const struct lookup *lookup,
		      uint64_t time)
{
	const char *role = lookup_role_name(lookup->role);

	(void)t;
	(void)time;
	set_text(cell, role ? role : "-");
}

static void fill_container(struct cell *cell, const struct table *t, const struct lookup *lookup,
			   uint64_t time)
{
	(void)lookup;
	(void)time;
	set_foreign(cell, t->details->in_container ? t->details->container : NULL,
		    CONTAINER_ID_SHORT);
}

/* The middle is left out: both the host and its domain tell something; a cgroup's ends too. */
static void shorten(struct cell *cell, size_t width)
{
	static const char mark[] = "…";
	size_t head = (width - 1) / 2, tail = width - 1 - head;

	memmove(cell->text + head + sizeof(mark) - 1, cell->text + cell->length - tail, tail + 1);
	memcpy(cell->text + head, mark, sizeof(mark) - 1);
	cell->length = head + sizeof(mark) - 1 + tail;
	cell->columns = width;
}

/* The folder that a container's own is in: the id has a column of its own. */
static size_t length_before_container(const char *path, const char *id)
{
	const char *end = strstr(path, id);

	while (end > path && *end != '/')
		end--;
	return end > path ? (size_t)(end - path) : 1;
}

static void fill_cgroup(struct cell *cell, const struct table *t, const struct lookup *lookup,
			uint64_t time)
{
	const struct lookup_details *d = t->details;
	bool fits = !t->config.terminal || t->config.wide;

	(void)lookup;
	(void)time;
	set_foreign(cell, d->cgroup,
		    !fits && d->in_container ? length_before_container(d->cgroup, d->container)
					     : CELL_MAX);
	if (!fits && cell->length > CGROUP_WIDTH)
		shorten(cell, CGROUP_WIDTH);
}

static void fill_interface(struct cell *cell, const struct table *t, const struct lookup *lookup,
			   uint64_t time)
{
	(void)lookup;
	(void)time;
	set_foreign(cell, t->details->ifname, CELL_MAX);
}

static void fill_protocol(struct cell *cell, const struct table *t, const struct lookup *lookup,
			  uint64_t time)
{
	(void)t;
	(void)time;
	set_text(cell, lookup_protocol_name(lookup));
}

/* A server's port is told when it is not 53, a client's never: "127.0.0.1#5300", as dig has it. */
static void fill_peer(struct cell *cell, const struct table *t, const struct lookup *lookup,
		      uint64_t time)
{
	const struct endpoint *e = t->config.clients ? &lookup->client : &lookup->server;

	(void)time;
	cell->length = endpoint_address_to_text(cell->text, e);
	if (!t->config.clients && e->port != DNS_PORT) {
		cell->text[cell->length++] = '#';
		cell->length += format_unsigned(cell->text + cell->length, e->port);
	}
	cell->columns = cell->length;
}

static void fill_type(struct cell *cell, const struct table *t, const struct lookup *lookup,
		      uint64_t time)
{
	char buffer[DNS_CODE_TEXT_MAX];

	(void)t;
	(void)time;
	set_text(cell, lookup->has_question ? dns_type_name(lookup->question.type, buffer) : "-");
}

static void fill_name(struct cell *cell, const struct table *t, const struct lookup *lookup,
		      uint64_t time)
{
	(void)time;
	if (!lookup->has_question) {
		set_text(cell, "-");
		return;
	}
	cell->length = dns_name_to_text(cell->text, &lookup->question.name);
	cell->columns = cell->length;
	/* Only where the mark makes it no longer in octets than it was. */
	if (t->config.terminal && !t->config.wide && cell->length > t->widths[COLUMN_NAME])
		shorten(cell, t->widths[COLUMN_NAME]);
}

static void fill_rcode(struct cell *cell, const struct table *t, const struct lookup *lookup,
		       uint64_t time)
{
	char reason[LOOKUP_REASON_MAX], code[DNS_CODE_TEXT_MAX];
	uint16_t rcode;

	(void)t;
	(void)time;
	if (lookup->event == LOOKUP_TIMEOUT)
		set_text(cell, "TIMEOUT");
	else if (lookup->event == LOOKUP_REFUSED)
		set_text(cell, lookup_icmp_reason(lookup, reason));
	else if (lookup->event == LOOKUP_SEND_FAILED)
		set_text(cell, "SENDFAIL");
	else if (lookup->event == LOOKUP_DROPPED)
		set_text(cell, "DROPPED");
	else if (lookup_rcode(lookup, &rcode))
		set_text(cell, dns_rcode_name(rcode, code));
	else
		set_text(cell, lookup->event == LOOKUP_QUERY ? "query" : "-");
}

static void fill_latency(struct cell *cell, const struct table *t, const struct lookup *lookup,
			 uint64_t time)
{
	(void)t;
	(void)time;
	if (!lookup->has_latency) {
		set_text(cell, "-");
		return;
	}
	cell->length = cell->columns = format_decimal(cell->text, lookup->latency / 1000, 3);
}

static const struct column columns[TABLE_COLUMNS] = {
	[COLUMN_TIME] = {"TIME(s)", 9, false, fill_time},
	[COLUMN_USER] = {"USER", 8, false, fill_user},
	[COLUMN_PID] = {"PID", 7, false, fill_pid},
	[COLUMN_COMM] = {"COMM", 15, false, fill_comm},
	[COLUMN_CONTAINER] = {"CONTAINER", CONTAINER_ID_SHORT, false, fill_container},
	[COLUMN_CGROUP] = {"CGROUP", CGROUP_WIDTH, false, fill_cgroup},
	[COLUMN_ROLE] = {"ROLE", 6, false, fill_role},
	[COLUMN_INTERFACE] = {"IFACE", 8, false, fill_interface},
	[COLUMN_PROTOCOL] = {"PROTO", 5, false, fill_protocol},
	[COLUMN_PEER] = {"SERVER", 15, false, fill_peer},
	[COLUMN_TYPE] = {"TYPE", 5, false, fill_type},
	[COLUMN_NAME] = {"NAME", NAME_UNSHORTENED, false, fill_name},
	[COLUMN_RCODE] = {"RCODE", 12, false, fill_rcode},
	[COLUMN_LATENCY] = {"LAT(ms)", 8, true, fill_latency},
	[COLUMN_ANSWER] = {"ANSWER", 1, false, NULL},
};

static const char *heading_of(const struct table *t, enum table_column column)
{
	if (column == COLUMN_TIME && t->config.wall_clock)
		return "TIME";
	if (column == COLUMN_PEER && t->config.clients)
		return "CLIENT";
	return columns[column].heading;
}

void table_init(struct table *t, const struct table_config *config, struct output *out)
{
	*t = (struct table){.config = *config, .out = out};
	for (int i = 0; i < TABLE_COLUMNS; i++)
		t->widths[i] = columns[i].width;
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
	size_t others, name;

	t->config.terminal = terminal;
	if (!terminal || t->config.wide)
		return;
	others = width_before_answer(t) - t->widths[COLUMN_NAME];
	name = terminal > others + ANSWER_PREFERRED ? terminal - others - ANSWER_PREFERRED : 0;
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

	if (columns[column].right)
		put_blanks(t->out, pad);
	output_put(t->out, text, length);
	if (!columns[column].right)
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
	output_string(t->out, columns[COLUMN_ANSWER].heading);
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
		columns[i].fill(&cell, t, lookup, time);
		grow(t, i, cell.columns);
		if (red && i == COLUMN_RCODE)
			output_string(t->out, "\033[31m");
		put_cell(t, i, cell.text, cell.length, cell.columns);
		if (red && i == COLUMN_RCODE)
			output_string(t->out, "\033[0m");
		before += (cell.columns > t->widths[i] ? cell.columns : t->widths[i]) + 1;
	}
	put_answer(t, lookup, before);
	output_put(t->out, "\n", 1);
}
