/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text into a buffer of fixed size, counting what does not fit, as snprintf does. Inside
 * common/dns only.
 */
#ifndef COMMON_DNS_TEXT_H
#define COMMON_DNS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"

struct text {
	char *out;
	size_t size;
	size_t len; /* that the whole text needs, without the NUL */
};

static inline void text_char(struct text *t, char c)
{
	if (t->len < t->size)
		t->out[t->len] = c;
	t->len++;
}

/* Ends the text with a NUL, over its last character where there is no room. */
static inline size_t text_end(struct text *t)
{
	if (t->size > 0)
		t->out[t->len < t->size ? t->len : t->size - 1] = '\0';
	return t->len;
}

void text_string(struct text *t, const char *s);
void text_number(struct text *t, uint64_t value);
/* At least `digits` digits, with leading zeros. */
void text_number_padded(struct text *t, uint64_t value, unsigned int digits);
void text_hex_upper(struct text *t, const uint8_t *data, size_t n);
void text_hex_lower(struct text *t, const uint8_t *data, size_t n);
void text_base64(struct text *t, const uint8_t *data, size_t n);    /* RFC 4648, section 4 */
void text_base32hex(struct text *t, const uint8_t *data, size_t n); /* section 7, unpadded */
void text_name(struct text *t, const struct dns_name *name);
void text_ipv4(struct text *t, const uint8_t address[4]);
void text_ipv6(struct text *t, const uint8_t address[16]); /* as inet_ntop() */
/* One octet of a <character-string> inside quotes (RFC 1035, section 5.1). */
void text_quoted_octet(struct text *t, uint8_t octet);
/* The whole string with its quotes. */
void text_quoted(struct text *t, const uint8_t *data, size_t n);

#endif
