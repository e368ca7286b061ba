/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns for domain names, as -N takes them.
 */
#ifndef COMMON_CLI_PATTERN_H
#define COMMON_CLI_PATTERN_H

#include <stdbool.h>

#include "dns/name.h"

struct pattern {
	bool excludes; /* "!" stood before it */
	bool glob;
	struct dns_name zone;	      /* without glob: it and all below it match */
	char text[DNS_NAME_TEXT_MAX]; /* glob: against the whole presentation form, lower case */
};

/*
 * "example.com": that name and all below it. With an unescaped `*` (any characters, dots too)
 * or `?` (one character) a glob over the whole name. "!" before either turns it into an
 * exclusion. False when it is no name.
 */
bool pattern_parse(struct pattern *pattern, const char *text);

struct pattern_list {
	struct pattern *patterns;
	unsigned int count;
	unsigned int including; /* of `count`, without "!" */
};

/* False: no name, or memory is short. Freed by pattern_list_free(). */
bool pattern_list_add(struct pattern_list *list, const char *text);
void pattern_list_free(struct pattern_list *list);

/*
 * True when no excluding pattern matches, and an including one does or there is none.
 * `name` may be NULL: that is what no pattern matches.
 */
bool pattern_list_accepts(const struct pattern_list *list, const struct dns_name *name);

#endif
