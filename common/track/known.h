/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known chatty services: domains below which machines put data into names for an honest reason.
 *
 * A list has a service a line: `SUFFIX FACTOR REASON`. The suffix means that name and all below
 * it; a label that begins with an underscore (`_dmarc.`) means the names of all domains that have
 * it. The factor is how many times more octets in names are usual there; it never blinds.
 * A line that begins with `#` is a comment. Of two lines with the same suffix the later one counts.
 */
#ifndef COMMON_TRACK_KNOWN_H
#define COMMON_TRACK_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"

#define KNOWN_SERVICES_MAX 4096
#define KNOWN_FACTOR_MAX   1000
/* A label may be put into names below any domain, so by a tunnel as well. */
#define KNOWN_LABEL_FACTOR_MAX 8
#define KNOWN_REASON_SIZE      128 /* with its NUL */

struct known_service {
	uint16_t factor; /* 1 (a line of the user's that takes one back) to KNOWN_FACTOR_MAX */
	struct dns_name suffix;		/* lower case; of a label: that label alone */
	char reason[KNOWN_REASON_SIZE]; /* printable ASCII */
};

struct known;

/* The list that belongs to this program, etc/known-services. */
extern const char known_services_text[];

/* Empty, with room for KNOWN_SERVICES_MAX; memory is used as lines come. NULL when it is short. */
struct known *known_new(void);
void known_free(struct known *known);

/*
 * Reads one line of a list, without its newline, into `service`; its factor is 0 for a comment or
 * a blank line. Returns NULL, or why the line is none: a static string, for after "FILE:LINE: ".
 */
const char *known_read_line(struct known_service *service, const char *line, size_t size);

/*
 * Adds what a line says; a comment or a blank line adds nothing. Returns NULL, or why the line
 * is not taken, as known_read_line() does.
 */
const char *known_add_line(struct known *known, const char *line, size_t size);

/*
 * Adds the lines of a whole list, of `size` octets. Returns NULL, or why the first bad line
 * is not taken, *line_number being its number from 1 on; those before it are in.
 */
const char *known_add_text(struct known *known, const char *text, size_t size,
			   unsigned int *line_number);

/*
 * The service that `name` belongs to: that with the longest suffix; only where there is none,
 * that of a label (the leftmost that is known). NULL: it belongs to none. Allocates nothing;
 * what it returns is valid until the next line is added.
 */
const struct known_service *known_find(const struct known *known, const struct dns_name *name);

/* In the order in which they came; `n` is below the count. */
unsigned int known_count(const struct known *known);
const struct known_service *known_at(const struct known *known, unsigned int n);

#endif
