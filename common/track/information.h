/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An upper bound on the information that somebody can have put into names below a domain: what a
 * good compressor, which knows all names so far, could not remove (after Paxson et al.: "Practical
 * Comprehensive Bounds on Surreptitious Communication Over DNS", USENIX Security 2013).
 *
 * A label costs as many bits as its octets, each coded by the alphabet that the domain uses, and
 * less where it and the three before it have come before; or as its number among labels that stand
 * below many domains (www, mail, api), or as an address (all of decimal or hex digits), whichever
 * is least.
 *
 * Pure: no I/O, no clock, no allocation.
 */
#ifndef COMMON_TRACK_INFORMATION_H
#define COMMON_TRACK_INFORMATION_H

#include <stdint.h>

#include "dns/name.h"
#include "track/arena.h"

/* Costs are in 1/16 bit. */
#define INFORMATION_BIT	  16
#define INFORMATION_OCTET (8 * INFORMATION_BIT)

#define INFORMATION_GRAMS 2048 /* bits; a power of two */

/* What is known of one domain's names. Zeroed memory is a new one. */
struct information {
	uint64_t alphabet; /* a bit for each kind of octet that came */
	uint32_t gram_count;
	uint64_t grams[INFORMATION_GRAMS / 64]; /* hashes of four octets that follow each other */
};

struct common_label {
	uint32_t mark;
	uint32_t domains;
};

/* Labels and below how many domains they came, as far as there is room. */
struct common_labels {
	uint32_t mask;
	struct common_label *labels;
};

/* `room`: a power of two. */
void common_labels_layout(struct common_labels *c, struct arena *arena, uint32_t room);

/*
 * The cost of the `labels` first labels of a name in lower case, which is new below its domain;
 * from now on they are known.
 */
uint32_t information_add(struct information *i, struct common_labels *common,
			 const struct dns_name *lower, unsigned int labels);

#endif
