/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tally of common/bpf/lib/tally.bpf.h and user space share.
 */
#ifndef COMMON_BPF_LIB_TALLY_H
#define COMMON_BPF_LIB_TALLY_H

#include "bpf/lib/record.h"

/* Codes of the header alone; a larger one is told by user space. */
#define TALLY_RCODES 6
#define TALLY_STEPS  64
/* As track/histogram.h has them. */
#define TALLY_STEP_BITS	 4
#define TALLY_VALUE_BITS 42
#define TALLY_BUCKETS	 ((TALLY_VALUE_BITS - TALLY_STEP_BITS + 1) << TALLY_STEP_BITS)

/* A query that waits is kept as it was, up to that many octets of its packet; longer ones go up. */
#define TALLY_PACKET_MAX 256
/* Places are found by hash, in sets of a few: a cache line of tags. */
#define TALLY_WAYS	    8
#define TALLY_WAITING_SETS  2048
#define TALLY_HANDED_SETS   4096
#define TALLY_ANSWERED_SETS 4096
#define TALLY_WAITING_MAX   (TALLY_WAITING_SETS * TALLY_WAYS)

enum tally_role { TALLY_CLIENT, TALLY_SERVER, TALLY_ROLES }; /* one asks, one is asked */

/* A tag is a hash of a question, its id and enum tally_role; or: */
#define TALLY_FREE  0
#define TALLY_TAKEN 1 /* its place is being written, or taken away */

struct tally_tags {
	__u64 tags[TALLY_WAYS];
};

/* A query that waits: the record that user space gets if it is no ordinary one. */
struct tally_query {
	__u64 path; /* a hash of the other side's address and both ports */
	union {
		struct socket_record record;
		__u8 octets[sizeof(struct socket_record) + TALLY_PACKET_MAX];
	};
};

/* The latest queries that user space was given. */
struct tally_handed {
	__u64 count;
	__u64 tags[TALLY_WAYS];
	__u64 times[TALLY_WAYS]; /* CLOCK_MONOTONIC, ns */
};

/* The latest answers that were counted. */
struct tally_answered {
	__u64 count;
	__u64 marks[TALLY_WAYS];
};

/* ns; both 0: none. */
struct tally_extremes {
	__u64 headroom; /* 2^64 - 1 less the shortest */
	__u64 longest;
};

/* Of one CPU and role; all but `epoch` only ever grow. */
struct tally_counts {
	__u64 answers;	  /* to queries that waited here; user space adds up the histogram */
	__u64 duplicates; /* of those answers */
	__u64 unattributed;
	__u64 sum;		    /* ns, of the answers, as all below */
	__u64 rcodes[TALLY_RCODES]; /* NOERROR: what is left of the answers, by user space */
	__u64 steps[TALLY_STEPS];
	__u64 histogram[TALLY_BUCKETS];
	__u64 handed_last; /* CLOCK_MONOTONIC, ns: when any was, on whatever CPU; in the first */
	/* User space moves on to the other one, and then empties this. */
	__u64 epoch;
	struct tally_extremes extremes[2];
};

_Static_assert(sizeof(struct tally_query) == 8 + 120 + TALLY_PACKET_MAX, "shared with BPF");

#endif
