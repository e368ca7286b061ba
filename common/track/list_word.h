/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the formats of lists have in common. Inside common/track's list_*.c only.
 */
#ifndef COMMON_TRACK_LIST_WORD_H
#define COMMON_TRACK_LIST_WORD_H

#include "track/list_line.h"

#define SCOPE_BOTH (NAME_SET_EXACT | NAME_SET_BELOW)

/* A part of a line; not ended by a NUL. */
struct word {
	const char *at;
	size_t size;
};

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the next word of `line` off; false: there is none. */
bool word_next(struct word *line, struct word *word);
bool word_is(const struct word *word, const char *text); /* in any case */
bool word_begins(const struct word *word, const char *text);
bool word_is_address(const struct word *word); /* also "fe80::1%lo0" */
/* Leaves out `text` at the beginning, where it is there. */
bool word_strip(struct word *word, const char *text);
/* Takes what is before `end` off, and `end`; false: there is no `end`, and all stays. */
bool word_up_to(struct word *line, char end, struct word *word);

/* What a reader does with a line or a part of it. */
void list_refuse(struct list_reader *reader, const char *why);
void list_found(struct list_reader *reader, const struct dns_name *name, unsigned int scope);

/* NULL: `name` is set; else why it is no name. `escapes`: "\." and "\065" as in zone files. */
const char *list_name(struct dns_name *name, const struct word *word, bool escapes);
/* As list_found(), for a word that should be a name. */
void list_add(struct list_reader *reader, const struct word *word, unsigned int scope);

/* RPZ. False: it is no record of a zone. */
bool list_zone_line(struct list_reader *reader, const struct word *line);
/* $ORIGIN and the like. */
void list_zone_directive(struct list_reader *reader, const struct word *line);
/* True: the line belongs to a record that began before it. */
bool list_zone_goes_on(struct list_reader *reader, const struct word *line);

#endif
