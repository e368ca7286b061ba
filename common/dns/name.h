/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domain names: from the wire to presentation form.
 *
 * Rules: RFC 1035 sections 3.1 and 4.1.4 (labels, compression), RFC 2181 section 11
 * (any octet may be in a label), RFC 4343 section 2.1 (escapes).
 * A name is checked once, by dns_name_read(); every later function may assume it.
 */
#ifndef COMMON_DNS_NAME_H
#define COMMON_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_NAME_MAX   255 /* octets on the wire, with the root label (RFC 1035, 2.3.4) */
#define DNS_LABEL_MAX  63
#define DNS_LABELS_MAX 127 /* labels of at least two octets that fit before the root */

/*
 * The longest presentation form with its NUL: 250 octets of text at four characters each
 * ("\ddd"), plus dots; 1025 is BIND's and ldns's bound too.
 */
#define DNS_NAME_TEXT_MAX 1025

/* An uncompressed name in wire form. `len` counts the root label: "." has length 1. */
struct dns_name {
	uint8_t len;
	uint8_t labels; /* without the root: "." has none, "a.b." two */
	uint8_t wire[DNS_NAME_MAX];
};

/*
 * Reads the name at `offset` of a message of `size` octets and follows its compression
 * pointers, each of which must point strictly below the one before it.
 * Returns the number of octets the name takes at `offset` (a pointer ends it; at most
 * DNS_NAME_MAX + 1: a pointer has one octet more than the root that it leads to), or 0 when
 * the name is damaged: then *why says how (a static string) and `name` holds the labels
 * that could be read, ended by a root label. `why` may be NULL.
 */
size_t dns_name_read(struct dns_name *name, const uint8_t *message, size_t size, size_t offset,
		     const char **why);

/*
 * As dns_name_read(), but only walks over the name: nothing is copied.
 * Returns 0 when it is damaged.
 */
size_t dns_name_skip(const uint8_t *message, size_t size, size_t offset);

/*
 * Presentation form without the final dot, "." for the root. Dots and backslashes inside a
 * label are preceded by a backslash, all that is not printable ASCII is \DDD, and so are
 * the blanks, quotes and other octets that zone files give a meaning.
 * `text` must have room for DNS_NAME_TEXT_MAX octets. Returns the length without the NUL.
 */
size_t dns_name_to_text(char *text, const struct dns_name *name);

/*
 * The other way: accepts presentation form with or without the final dot.
 * Returns false when it is no name (empty label, too long, bad escape).
 */
bool dns_name_from_text(struct dns_name *name, const char *text);

/* ASCII case-insensitive comparison (RFC 4343, section 3). */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);

/* True when `name` is `zone` or lies below it. */
bool dns_name_is_below(const struct dns_name *name, const struct dns_name *zone);

/* Makes `suffix` the last `labels` labels of the name, which has as many; they may be the same. */
void dns_name_suffix(struct dns_name *suffix, const struct dns_name *name, unsigned int labels);

/* Makes `lower` the name in lower case: a key that is the same for equal names. */
void dns_name_lower(struct dns_name *lower, const struct dns_name *name);

/* A case-insensitive hash (not for adversaries: tables that use it are bounded). */
uint32_t dns_name_hash(const struct dns_name *name);

#endif
