/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was added up to a score of 0 to 100 and its parts. Part of track/detector.h.
 */
#ifndef COMMON_TRACK_SCORE_H
#define COMMON_TRACK_SCORE_H

#include "track/alert.h"
#include "track/client.h"
#include "track/watch.h"

/* Sums of new names, and all that is counted for each, are in 1/1024, divided by a factor. */
#define SCORE_NAME 1024

/* Each fills the parts it gives points for, and returns their sum, at most ALERT_SCORE_MAX. */
uint32_t score_tunnel(const struct watch *w, uint64_t now, uint32_t parts[ALERT_PARTS]);
/* Of so many octets that have left in a window, `bound` of which are ALERT_MEDIUM's default. */
uint32_t score_leak(uint64_t octets, uint64_t bound, uint32_t parts[ALERT_PARTS]);
/* Of packets that are no DNS. */
uint32_t score_foreign(const struct client *c, uint64_t now, uint32_t parts[ALERT_PARTS]);
uint32_t score_generated(const struct client *c, uint64_t now, uint32_t parts[ALERT_PARTS]);

#endif
