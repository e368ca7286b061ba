/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names as chains compare them, by hashes of 64 bits, and what a response says about names.
 */
#ifndef COMMON_TRACK_CHAIN_NAMES_H
#define COMMON_TRACK_CHAIN_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/message.h"
#include "track/chain.h"
#include "track/hash.h"

/* A name and its ancestors: hash[0] is the root's, hash[labels] that of the whole name. */
struct name_hashes {
	uint8_t labels;
	uint64_t hash[DNS_LABELS_MAX + 1];
};

void name_hashes(struct name_hashes *h, const struct dns_name *name);
static inline uint64_t name_hash(const struct name_hashes *h)
{
	return h->hash[h->labels];
}

/* True for "name" and for "name.any.search.domain". */
bool name_is_expansion(const struct dns_name *query, const struct dns_name *name);
/* The name that a PTR query has for an address (RFC 1035, section 3.5; RFC 3596, section 2.5). */
void name_of_address(struct dns_name *name, const struct endpoint *address);

#define FACTS_CNAMES_MAX  8
#define FACTS_SERVERS_MAX 16
#define FACTS_GLUE_MAX	  32

/* What a response teaches beside its outcome. */
struct chain_facts {
	struct dns_name cname[FACTS_CNAMES_MAX]; /* targets, in order */
	uint32_t cnames;
	bool has_zone;
	struct dns_name zone; /* whose name servers these are: */
	struct dns_name server[FACTS_SERVERS_MAX];
	uint32_t servers;
	struct {
		uint64_t name; /* hash */
		struct endpoint address;
	} glue[FACTS_GLUE_MAX]; /* A and AAAA records of any section */
	uint32_t glues;
};

/* Reads a response to `question`; what is more than there is room for is left out. */
void chain_answer_read(struct chain_answer *answer, enum chain_outcome *outcome,
		       struct chain_facts *facts, struct dns_message *m,
		       const struct dns_question *question);

#endif
