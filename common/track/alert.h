/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the detector tells: one alert for a kind, a domain and a client, from its opening over
 * updates to its end.
 */
#ifndef COMMON_TRACK_ALERT_H
#define COMMON_TRACK_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/packet.h"
#include "dns/name.h"

enum alert_kind {
	ALERT_TUNNEL,	    /* data goes both ways in names and answers, now */
	ALERT_EXFILTRATION, /* more in names, over a long time, than names need */
	ALERT_DGA,	    /* a client looks for names that are made by an algorithm */
	ALERT_BLOCKLISTED,  /* a name on a list */
	ALERT_REBINDING,    /* a name with a public address turned to a private one */
	ALERT_RAPID_QUERIES,
	ALERT_UNUSUAL_RESOLVER, /* a process asks other servers than it is told to */
	ALERT_KINDS
};

enum alert_severity { ALERT_LOW, ALERT_MEDIUM, ALERT_HIGH, ALERT_SEVERITIES };

enum alert_state { ALERT_OPEN, ALERT_UPDATE, ALERT_CLOSED };

/* What speaks for it, each in points; their sum is the score. */
enum alert_part {
	PART_NAMES,	 /* how many are new, and how few come again */
	PART_VOLUME,	 /* information up */
	PART_ANSWERS,	 /* octets down */
	PART_TYPES,	 /* records that applications do not ask for */
	PART_TTL,	 /* answers that no cache may keep */
	PART_SHAPE,	 /* long, dense names */
	PART_BEAT,	 /* goes on steadily */
	PART_SUSPICIOUS, /* names that look generated */
	PART_NXDOMAIN,	 /* names that do not exist */
	PART_LIST,	 /* on a list */
	PART_ADDRESS,	 /* public turned to private */
	PART_RATE,	 /* queries a second */
	PART_SERVER,	 /* not a configured one */
	PART_FOREIGN,	 /* packets on the DNS port that are no DNS */
	ALERT_PARTS
};

enum alert_evidence {
	EVIDENCE_LONG_LABEL,	    /* over 30 octets */
	EVIDENCE_DEEP_SUBDOMAIN,    /* more than 5 dots */
	EVIDENCE_HIGH_ENTROPY,	    /* new names of 16 octets and more at 4 bits an octet */
	EVIDENCE_RAPID_QUERIES,	    /* over the rate */
	EVIDENCE_UNIQUE_SUBDOMAINS, /* 20 and more, nearly all asked for once */
	EVIDENCE_TXT_QUERY,
	EVIDENCE_NULL_QUERY,
	EVIDENCE_SUSPICIOUS_TLD,
	EVIDENCE_NOT_DNS, /* packets without a question that can be read */
	ALERT_EVIDENCES
};

#define ALERT_SCORE_MAX 100
#define ALERT_SAMPLES	3

/* Who asks: a process where it is known, by name, user and cgroup, so that a loop of short-lived
 * ones is one client; else an address (IPv6: its /64). */
struct alert_client {
	bool has_owner;
	struct owner owner; /* the one seen last */
	struct endpoint address;
};

struct alert {
	enum alert_kind kind;
	enum alert_severity severity; /* the highest so far */
	enum alert_state state;
	uint64_t opened, time;	/* ns; of the message that changed it; closed: of the last one */
	bool has_domain;	/* else it is of no single domain */
	struct dns_name domain; /* in lower case */
	struct alert_client client;
	struct endpoint server; /* asked last */
	uint8_t protocol;
	uint32_t ifindex;
	uint32_t score; /* the highest so far, and its parts */
	uint32_t parts[ALERT_PARTS];
	uint32_t evidence; /* bits by enum alert_evidence */
	uint32_t sample_count;
	struct dns_name samples[ALERT_SAMPLES]; /* names as they came */
	/*
	 * Since the domain, or where it is of none, the client was first seen; of listed and
	 * rebound names themselves. What is not known is not told.
	 */
	uint64_t queries;
	bool has_names, has_up, has_down;
	uint64_t distinct_names;
	uint64_t bytes_up;   /* estimated: track/information.h; of several domains: in the window */
	uint64_t bytes_down; /* record data of the answers */
	uint32_t domain_count; /* ALERT_EXFILTRATION of several domains: about so many */
	uint8_t list;	       /* ALERT_BLOCKLISTED: its tag */
	bool exact;	       /* ALERT_BLOCKLISTED: the name itself is listed, not one above it */
};

/* The first names are kept; in the last place the latest. */
void alert_keep_sample(struct dns_name samples[ALERT_SAMPLES], uint32_t *count,
		       const struct dns_name *name);

/* "TUNNEL", "LOW", "open", "names", "LONG_LABEL": as in JSON. */
const char *alert_kind_name(enum alert_kind kind);
const char *alert_severity_name(enum alert_severity severity);
const char *alert_state_name(enum alert_state state);
const char *alert_part_name(enum alert_part part);
const char *alert_evidence_name(enum alert_evidence evidence);

#endif
