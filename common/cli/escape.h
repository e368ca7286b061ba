/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Octets that somebody else chose, made harmless: no control character gets through.
 */
#ifndef COMMON_CLI_ESCAPE_H
#define COMMON_CLI_ESCAPE_H

#include <stddef.h>

enum escape_charset {
	ESCAPE_ASCII, /* for terminals: printable ASCII stays */
	ESCAPE_UTF8,  /* for JSON: valid UTF-8 stays too (RFC 3629), except for C1 controls */
};

/* Of one octet: "\DDD". */
#define ESCAPE_OCTET_MAX 4

/*
 * Writes `n` octets as text: what must not stay becomes \DDD, octet for octet. Always
 * NUL-terminated, at most `size`-1 long and never cut inside an escape or a character.
 * Returns the length; *taken, if not NULL, is the number of octets of `in` that fitted.
 */
size_t escape_text(char *out, size_t size, const char *in, size_t n, enum escape_charset charset,
		   size_t *taken);

#endif
