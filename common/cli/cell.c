/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cell.h"

#include <string.h>

#include "cli/escape.h"
#include "cli/format.h"
#include "cli/lookup.h"
#include "cli/user.h"
#include "dns/codes.h"

#define NAME_UNSHORTENED 32 /* where names may push */
#define CGROUP_WIDTH	 24

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
	cell->length = t->config.clients ? endpoint_address_to_text(cell->text, e)
					 : lookup_server_text(cell->text, e);
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

const struct column table_columns[TABLE_COLUMNS] = {
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
