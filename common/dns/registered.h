/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registered domains: what somebody registered below a public suffix (publicsuffix.org, private
 * suffixes included), by libpsl, with a small memory of its own: libpsl takes microseconds.
 */
#ifndef COMMON_DNS_REGISTERED_H
#define COMMON_DNS_REGISTERED_H

#include <stdbool.h>

#include "dns/name.h"

/* Reads the list, from a file if that is newer than the library's own. False: there is none. */
bool dns_registered_open(void);
void dns_registered_close(void);

/*
 * Makes `domain` the registered domain of `name`, in lower case: example.co.uk of
 * a.b.example.co.uk. A name that has none, as a public suffix itself or a single label, stays
 * whole. After dns_registered_open(); allocates nothing.
 */
void dns_registered_domain(struct dns_name *domain, const struct dns_name *name);

/*
 * The same of a name in lower case, as the number of labels at its end. *listed, if not NULL, says
 * whether a suffix of it is on the list at all: below what is not, as "corp", everything counts as
 * registered.
 */
unsigned int dns_registered_labels(const struct dns_name *lower, bool *listed);

#endif
