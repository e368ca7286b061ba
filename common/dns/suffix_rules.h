/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many labels of a name its public suffix can depend on: what stands in the middle of a rule
 * of publicsuffix.org has rules below it; below anything else there are none.
 */
#ifndef COMMON_DNS_SUFFIX_RULES_H
#define COMMON_DNS_SUFFIX_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/name.h"

/* Reads the list as text. False when there is none: then every label matters. */
bool suffix_rules_open(const char *path);
void suffix_rules_close(void);

/*
 * Of a name in lower case, the labels at its end that decide, and in *hash one of these; equal
 * hashes stand for equal labels. False where no list is known.
 */
bool suffix_rules_depth(const struct dns_name *name, unsigned int *labels, uint64_t *hash);

#endif
