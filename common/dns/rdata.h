/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RDATA in presentation form, as in a zone file, on one line.
 */
#ifndef COMMON_DNS_RDATA_H
#define COMMON_DNS_RDATA_H

#include <stddef.h>

#include "dns/message.h"

/*
 * Writes the record's data as text: its type's own form, or RFC 3597's "\# LENGTH HEX" for
 * types that are not known and for data that does not fit its type (then *why, if not NULL,
 * is set to a static string, else to NULL). A record of class ANY or NONE without data, as in
 * UPDATE (RFC 2136, section 2.4), has an empty text. Only printable ASCII is written.
 * Always NUL-terminated, never longer than `size`-1; returns the length that the whole text
 * needs, so that a caller can see that it was cut (as snprintf). 65535 octets of RDATA need
 * at most DNS_RDATA_TEXT_MAX.
 */
size_t dns_rdata_to_text(char *text, size_t size, const struct dns_message *m,
			 const struct dns_record *record, const char **why);

/* The worst: a type bitmap with all bits set, "TYPE12345 " for each of 65536 types. */
#define DNS_RDATA_TEXT_MAX (10 * 65536 + DNS_NAME_TEXT_MAX + 64)

#endif
