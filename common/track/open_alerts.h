/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alerts that are open: one for a kind, a domain and a client. Part of track/detector.h.
 */
#ifndef COMMON_TRACK_OPEN_ALERTS_H
#define COMMON_TRACK_OPEN_ALERTS_H

#include "track/detector.h"
#include "track/keyed.h"

#define ALERTS_MAX 4096

struct open_alert {
	bool open;
	bool announced;	       /* it was told */
	bool news;	       /* it is new, or more severe than when it was told */
	uint64_t told;	       /* ns; when that was last */
	uint64_t told_queries; /* as there were then */
	uint64_t watch;	       /* the key of what it is about; 0: the client alone */
	struct alert alert;
};

struct open_alerts {
	struct keyed keyed;
	struct open_alert *open; /* by number */
	const struct detector_config *config;
	uint64_t closed_for_others;
	uint64_t counts[ALERT_KINDS][ALERT_SEVERITIES];
};

void open_alerts_layout(struct open_alerts *a, struct arena *arena, uint32_t max);

/* NULL: none is open. */
struct open_alert *open_alerts_find(struct open_alerts *a, uint64_t key);

/*
 * There is something with this score. Opens an alert, whose other fields are the caller's to fill,
 * or finds it, and keeps the higher score with its parts. NULL when the score is too low and none
 * is open.
 */
struct open_alert *open_alerts_raise(struct open_alerts *a, uint64_t key, uint32_t score,
				     const uint32_t parts[ALERT_PARTS], uint64_t now);

/* Of a score; -1: it is too low for any. */
int open_alerts_severity(const struct open_alerts *a, uint32_t score);

/* Tells it if there is news. */
void open_alerts_tell(struct open_alerts *a, struct open_alert *o);
/* Tells it as it is now, whether there is news or not. */
void open_alerts_retell(struct open_alerts *a, struct open_alert *o);
void open_alerts_close(struct open_alerts *a, struct open_alert *o);

#endif
