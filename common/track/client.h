/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks: what is known of each client, over all domains. Part of track/detector.h.
 */
#ifndef COMMON_TRACK_CLIENT_H
#define COMMON_TRACK_CLIENT_H

#include "track/alert.h"
#include "track/keyed.h"
#include "track/sliding.h"
#include "track/transaction.h"

#define CLIENT_DOMAIN_BITS 256 /* of a sketch of domains; a power of two */

/* What new names have cost lately, for a while; and which names they may have been made of. */
#define CLIENT_CHARGES 8
#define SEARCH_LABELS  4 /* of a search list's domain, below the registered one */
struct client_charge {
	uint64_t names[SEARCH_LABELS + 1]; /* hashes; 0: none */
	uint64_t watch;			   /* the domain's; 0: none */
	uint64_t time;
	uint32_t cost, counted; /* 1/16 bit: in all, and in sums */
};

struct client {
	uint64_t key;
	struct alert_client who;
	uint64_t queries, distinct_names; /* since it was first seen */
	/* Queries of this second, and how many seconds running had too many. */
	uint64_t second;
	uint32_t in_second, rapid_seconds, rapid_rate;
	/* Names that do not exist, of ten minutes: registered domains, each once. */
	struct sliding_clock minutes;
	struct sliding missing, suspicious, suspicion;
	uint32_t sample_count;
	struct dns_name samples[ALERT_SAMPLES]; /* of the suspicious ones */
	/* Packets that are no DNS, of ten minutes; and their octets since it was first seen. */
	struct sliding foreign;
	uint64_t foreign_up, foreign_down;
	/* Heavy names, of the whole window, and below how many domains. */
	struct sliding_clock window;
	struct sliding heavy, names; /* names: all new ones */
	uint64_t heavy_domains[2][CLIENT_DOMAIN_BITS / 64];
	struct client_charge charges[CLIENT_CHARGES];
	uint32_t charge_count; /* ever made */
};

struct clients {
	struct keyed keyed;
	struct client *clients; /* by number */
	uint64_t window;
};

void clients_layout(struct clients *c, struct arena *arena, uint32_t max, uint64_t window);

/*
 * The one who asks in, or is told by, this message; new ones are empty. `is_server`: the process
 * is the server's.
 */
struct client *clients_find(struct clients *c, const struct lookup *message, bool is_server);

/* Brings its sums to `now`; to be called before they are used. */
void client_advance(struct client *c, uint64_t now);

/* Counts queries; true when more than `rate` a second came for some seconds running. */
bool client_is_rapid(struct client *c, uint64_t queries, uint64_t now, uint32_t rate);

/* A heavy name of so many octets below a domain. */
void client_add_heavy(struct client *c, uint64_t domain, uint32_t cost);
/* Below how many domains; an estimate. */
unsigned int client_heavy_domains(const struct client *c);

#endif
