/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the detector share. Part of track/detector.h.
 */
#ifndef COMMON_TRACK_DETECTOR_STATE_H
#define COMMON_TRACK_DETECTOR_STATE_H

#include "track/open_alerts.h"
#include "track/client.h"
#include "track/detector.h"
#include "track/neighbours.h"
#include "track/seen.h"
#include "track/watch.h"

#define DNS_PORT 53

/* A name of so much information counts among many domains' names, too. */
#define HEAVY_NAME (80 * INFORMATION_BIT)

struct detector {
	struct detector_config config;
	struct watches watches;
	struct clients clients;
	struct open_alerts alerts;
	struct neighbours neighbours;
	struct seen seen;   /* names, each below its domain and from its client */
	struct seen public; /* names with public addresses */
	struct common_labels common;
	const struct name_set *lists;
	uint64_t messages;
	uint64_t next_expiry;
};

/* A message, looked at from all sides. */
struct view {
	const struct lookup *message;
	uint64_t now;
	struct dns_name lower;
	unsigned int labels; /* of the lower name, without those of its domain */
	bool listed;
	uint64_t name_hash, domain_hash, watch_key;
	struct dns_name domain;
	bool is_server;
	bool contained;
	struct client *client;
	struct watch *watch; /* NULL: none */
};

/* Of a name in lower case: what view.name_hash is. */
uint64_t view_name_hash(const struct dns_name *lower);
/* Under which a name is remembered as seen, from this client; of a name in lower case. */
uint64_t view_mark(const struct client *client, const struct dns_name *name,
		   unsigned int domain_labels);

/* ---- detector_alerts.c ---- */

/* NULL: it is too little. The caller completes and tells it. */
struct open_alert *detector_raise(struct detector *d, const struct view *v, enum alert_kind kind,
				  bool of_domain, uint32_t score,
				  const uint32_t parts[ALERT_PARTS]);
/* The same, told. */
void detector_alert(struct detector *d, const struct view *v, enum alert_kind kind, bool of_domain,
		    uint32_t score, const uint32_t parts[ALERT_PARTS]);
/* Of the one of that kind that is open for the domain; -1: none is. */
int detector_severity(struct detector *d, const struct view *v, enum alert_kind kind);

/* ---- detector_names.c, detector_rules.c, detector_answers.c ---- */

/* A query for a name below a domain. */
void detector_name(struct detector *d, struct view *v, uint64_t queries, bool is_new);
/* What one query tells by itself. */
void detector_rules(struct detector *d, const struct view *v, uint64_t queries);
/* A packet on the DNS port that is no DNS. */
void detector_foreign(struct detector *d, const struct lookup *message);
void detector_response(struct detector *d, struct view *v);

/* ---- detector_search.c ---- */

/* A search list has made this name of one that the client has asked for. */
bool search_made(struct detector *d, const struct view *v);
/*
 * It may have made it of one that is asked for next: what the name costs, and what of that is
 * counted in sums, is remembered.
 */
void search_charge(const struct view *v, uint32_t cost, uint32_t counted);
/* A name that was not asked for before: what it was charged for is taken back. */
void search_name(struct detector *d, const struct view *v);

#endif
