/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels, leaks, generated and listed names among DNS messages: each message with its time goes
 * in, few alerts come out.
 *
 * What counts is the information that a client sends up in names below one registered domain
 * within a window of time, whatever the names look like (track/information.h). Known services
 * (track/known.h) raise the bound, and are never left out.
 *
 * Pure and deterministic: no I/O and no clock; all memory is taken by detector_new(), and used as
 * domains and clients come.
 */
#ifndef COMMON_TRACK_DETECTOR_H
#define COMMON_TRACK_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "track/alert.h"
#include "track/known.h"
#include "track/name_set.h"
#include "track/transaction.h"

#define DETECTOR_RESOLVERS_MAX 16

typedef void (*alert_fn)(void *context, const struct alert *alert);

struct detector_config {
	uint64_t window;      /* ns; slow leaks are added up over it */
	uint32_t max_domains; /* that are watched, for each client; the one unused longest goes */
	uint32_t leak;	      /* octets in a window, from which on it is ALERT_EXFILTRATION */
	uint32_t rate;	      /* queries a second, from which on it is ALERT_RAPID_QUERIES */
	uint32_t severity[ALERT_SEVERITIES]; /* scores from which on an alert has it, rising */
	enum alert_severity least;	     /* what is told; below it an alert only waits */
	const struct known *known;	     /* NULL: none */
	/* Configured servers of processes outside of containers; none: that is not looked at. */
	struct endpoint resolvers[DETECTOR_RESOLVERS_MAX];
	unsigned int resolver_count;
	alert_fn alert;
	void *context;
};

#define DETECTOR_DEFAULTS                                                                          \
	{                                                                                          \
		.window = 24 * 3600 * 1000000000ULL, .max_domains = 32768, .leak = 1536,           \
		.rate = 100, .severity = {                                                         \
			40,                                                                        \
			55,                                                                        \
			70                                                                         \
		}                                                                                  \
	}

struct detector_stats {
	uint64_t messages;				/* looked at */
	uint64_t alerts[ALERT_KINDS][ALERT_SEVERITIES]; /* opened, by the severity reached */
	uint64_t evicted_domains;
	uint64_t evicted_clients;
	uint64_t evicted_alerts;  /* closed for others */
	uint64_t forgotten_names; /* that may be taken for new again */
	uint32_t domains, clients;
};

struct detector;

/* NULL when memory is short. */
struct detector *detector_new(const struct detector_config *config);
void detector_free(struct detector *d);

/* From now on: block lists, with the name of each list by tag; NULL: none. Not owned. */
void detector_lists(struct detector *d, const struct name_set *lists);

/*
 * How many labels the domain has that names in lower case belong to: the registered one (`listed`:
 * below a suffix that the public suffix list knows); 0, the root's, where the last label is one
 * that nobody has.
 */
unsigned int detector_domain(const struct dns_name *lower, bool *listed);

/*
 * Takes one message, as lookup_from_message() makes it: LOOKUP_QUERY or LOOKUP_RESPONSE.
 * `contained`: its process is in a container, with a configuration of its own. Calls `alert` zero
 * or more times.
 */
void detector_message(struct detector *d, const struct lookup *message, bool contained);

/* Closes alerts of which nothing has come for long; to be called about once a second. */
void detector_expire(struct detector *d, uint64_t now);

/* At the end: closes all alerts. */
void detector_finish(struct detector *d);

void detector_stats(const struct detector *d, struct detector_stats *stats);

#endif
