/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was answered, for people, in one column.
 */
#ifndef COMMON_CLI_ANSWER_H
#define COMMON_CLI_ANSWER_H

#include <stddef.h>

#include "track/transaction.h"

#define ANSWER_ALL ((size_t)-1)

/*
 * "alias -> name -> 192.0.2.1, 192.0.2.2, +3", another record's data, NODATA or "referral";
 * an extended error; before it, where they apply, "(2 attempts)", "unmatched: late",
 * "malformed: …", "truncated", and an opcode other than QUERY. What would make it longer than
 * `width` columns is left out: "+3" more, or "…" for the rest of the text. ANSWER_ALL leaves
 * out only what `size` octets do not hold. Printable ASCII but for the "…". Returns the length
 * in octets; *columns is the width.
 */
size_t answer_text(char *text, size_t size, size_t width, const struct lookup *lookup,
		   size_t *columns);

#endif
