/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of text that is being made, without printf: a busy resolver's chains have many.
 * What is longer than a line's room is cut.
 */
#ifndef TOOLS_DNSCHAIN_LINE_H
#define TOOLS_DNSCHAIN_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "cli/output.h"
#include "track/chain.h"

#define LINE_ROOM 2048

/* `length` octets of text without a NUL. */
struct line {
	size_t length;
	char text[LINE_ROOM + 1]; /* the newline, too */
};

/* An empty one. */
static inline void line_begin(struct line *l)
{
	l->length = 0;
}

void line_octets(struct line *l, const char *text, size_t size);
/* Any number of strings, one after the other. */
#define line_text(l, ...) line_strings(l, __VA_ARGS__, (const char *)NULL)
void line_strings(struct line *l, const char *first, ...) __attribute__((sentinel));
/* A number between two texts. */
void line_count(struct line *l, const char *before, uint64_t value, const char *after);
/* ns as ms, "41.3", between two texts. */
void line_time(struct line *l, const char *before, uint64_t ns, const char *after);
/* Blanks up to that column, at least one. */
void line_pad(struct line *l, size_t columns);
/* Two blanks for each step. */
void line_indent(struct line *l, uint32_t depth);
/* "192.0.2.1:53", "[2001:db8::1]:53" */
void line_endpoint(struct line *l, const struct endpoint *e);
/* "A www.example.com." */
void line_question(struct line *l, const struct dns_question *question);

/* Puts the line out, without blanks at its end, and empties it. */
void line_end(struct line *l, struct output *out);

#endif
