/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a single name looks like: the usual rules, which alone accuse one ordinary query in six.
 * Here they are only told beside an alert. Pure.
 */
#ifndef COMMON_TRACK_EVIDENCE_H
#define COMMON_TRACK_EVIDENCE_H

#include <stdint.h>

#include "dns/name.h"

/*
 * Bits by enum alert_evidence. Of a name in lower case `labels` stand before its registered domain,
 * at a cost in 1/16 bit (track/information.h).
 */
uint32_t evidence_of_name(const struct dns_name *lower, unsigned int labels, uint32_t cost);
uint32_t evidence_of_type(uint16_t type);

#endif
