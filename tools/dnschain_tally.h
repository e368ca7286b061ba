/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of processes and addresses, a line each, for dnschain's summary.
 */
#ifndef TOOLS_DNSCHAIN_TALLY_H
#define TOOLS_DNSCHAIN_TALLY_H

#include <stdint.h>

#include "dnschain.h"
#include "track/index.h"

#define TALLIES_MAX   512 /* that have a line of their own */
#define TALLY_KEY_MAX PROCESS_TEXT_MAX

/* A resolver here, or a server that is asked upstream. */
struct tally {
	uint64_t hash;
	char key[TALLY_KEY_MAX];
	uint64_t count;
	uint64_t failures;
	uint64_t hits, misses;
	uint64_t time; /* ns */
};

/* Zeroed memory is empty. list[0] is of those that found no room, "others". */
struct tallies {
	struct tally list[TALLIES_MAX + 1];
	uint32_t count; /* beside the others */
	uint32_t heads[TALLIES_MAX];
	struct index_link links[TALLIES_MAX + 1];
};

/* Never NULL. */
struct tally *tally_of_process(struct tallies *t, const struct owner *owner);
struct tally *tally_of_address(struct tallies *t, const struct endpoint *e);

/* Those that counted anything, most time first, then most often; returns how many. */
uint32_t tallies_sorted(const struct tallies *t, const struct tally *order[TALLIES_MAX + 1]);

#endif
