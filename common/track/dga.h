/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a registered domain's own label looks as if a domain generation algorithm had made it: a
 * language model of ordinary registered names and of 25 families of malware, whose numbers
 * tests/model/train.py makes. The name alone proves nothing: word lists make names as people do,
 * and people register names that look like chance.
 */
#ifndef COMMON_TRACK_DGA_H
#define COMMON_TRACK_DGA_H

#include <stdint.h>

#include "dns/name.h"

/*
 * One ordinary registered name in 100 scores as much or more, and four generated ones in five.
 * In permille, as dga_score(); the table's maker measured it on names that it had held back.
 */
#define DGA_SUSPICIOUS 888

/*
 * Permille: 0 like a registered name, 1000 like a generated one. `registered` is the registered
 * domain (dns/registered.h), in any case: its first label is looked at, and the rest as the suffix
 * that it was registered below, since families have suffixes that they prefer.
 *
 * 0 too where there is nothing to go by: the root, a label of less than four octets (nearly all of
 * those are registered), and a label in punycode ("xn--", RFC 5890), which no letters of ours
 * describe. Safe for any name.
 */
uint32_t dga_score(const struct dns_name *registered);

#endif
