/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of names, as block lists come: what each line says, in whatever format it is.
 *
 *   hosts    "0.0.0.0 ads.example www.ads.example"  the names themselves, as in hosts(5)
 *   plain    "ads.example", "*.ads.example", ".ads.example"  the name and all below it
 *   Adblock  "||ads.example^"   the name and all below it; "||*.ads.example^" only those below;
 *            "@@||good.example^" an exception. Of options $important, $all, $document and $doc:
 *            with others, as with paths or elements of pages, a rule is not about whole names
 *   RPZ      "ads.example CNAME ." the name itself, "*.ads.example CNAME ." those below it, with
 *            rpz-passthru or the name itself as target: exceptions; other records: blocked too.
 *            $ORIGIN and the zone's own name are taken into account
 *   dnsmasq  "address=/ads.example/0.0.0.0", "local=/ads.example/", "server=/ads.example/": the
 *            name and all below it; "server=/good.example/#": an exception
 *
 * Formats may be mixed, but for zones' state each line stands for itself. Comments begin with '#',
 * '!', ';' or "//". What a line says that is none of these is refused, and counted: names with
 * other octets than letters, digits, '-' and '_' (in RPZ also escaped ones), addresses, rules
 * about more or less than names. Names that hosts files have for the machine itself, as localhost,
 * are ignored.
 */
#ifndef COMMON_TRACK_LIST_LINE_H
#define COMMON_TRACK_LIST_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"
#include "track/name_set.h"

#define LIST_LINE_MAX 8192 /* octets; longer ones are refused */

/* A name, with the scope that name_set_add() takes; valid during the call. */
typedef void (*list_entry_fn)(void *context, const struct dns_name *name, unsigned int scope);

struct list_counts {
	uint64_t lines;
	uint64_t names;	     /* listed */
	uint64_t exceptions; /* with NAME_SET_ALLOW */
	uint64_t ignored;    /* localhost and the like */
	uint64_t refused;    /* names or lines */
	uint64_t refused_at; /* the first one's line, from 1 */
	const char *why;     /* it was refused: a static string; NULL: none was */
	bool html;	     /* what comes first is markup: this is no list, but a page */
};

/* The state of an RPZ zone. */
struct list_zone {
	struct dns_name apex, origin, owner; /* owner: of the last record */
	bool has_apex, has_owner, wildcard;  /* wildcard: below the owner */
	unsigned int open;		     /* parentheses */
	unsigned int open_lines;
};

struct list_reader {
	list_entry_fn entry;
	void *context;
	struct list_counts counts;
	struct list_zone zone;
	bool begun;
};

void list_reader_init(struct list_reader *reader, list_entry_fn entry, void *context);

/* One line without its newline (a CR before that is left out). */
void list_line(struct list_reader *reader, const char *line, size_t size);

/*
 * Cuts text that comes in pieces of any size into lines: lists as they are read or received. The
 * last line need not end.
 */
struct list_text {
	struct list_reader reader;
	size_t used;
	char line[LIST_LINE_MAX + 1];
};

void list_text_init(struct list_text *text, list_entry_fn entry, void *context);
void list_text_take(struct list_text *text, const char *data, size_t size);
void list_text_end(struct list_text *text);

#endif
