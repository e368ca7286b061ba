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
#define TALLY_PACKET_MAX  256
#define TALLY_PENDING_MAX 16384
/* Lookups of which user space knows, and answers that were counted: the latest. */
#define TALLY_HANDED_MAX   65536
#define TALLY_ANSWERED_MAX 4096

enum tally_role { TALLY_CLIENT, TALLY_SERVER, TALLY_ROLES };

/* What is asked, by its id: of one that asks, or of one that is asked. */
struct tally_key {
	__u64 question; /* a hash */
	__u32 id;
	__u32 role; /* enum tally_role */
};

/* A query that has no answer yet: the record that user space gets if it is no ordinary one. */
struct tally_pending {
	__u64 path; /* a hash of the other side's address and both ports */
	union {
		struct socket_record record;
		__u8 octets[sizeof(struct socket_record) + TALLY_PACKET_MAX];
	};
};

/* ns; both 0: none. */
struct tally_extremes {
	__u64 headroom; /* 2^64 - 1 less the shortest */
	__u64 longest;
};

/* Of one CPU and role; all but `epoch` only ever grow. */
struct tally_counts {
	__u64 queries;	  /* that waited here */
	__u64 answers;	  /* that ended them */
	__u64 handed;	  /* of the queries: the kernel gave them to user space */
	__u64 duplicates; /* of those answers */
	__u64 unattributed;
	__u64 sum; /* ns, of the answers, as all below */
	__u64 rcodes[TALLY_RCODES];
	__u64 steps[TALLY_STEPS];
	__u64 histogram[TALLY_BUCKETS];
	__u64 handed_last; /* CLOCK_MONOTONIC, ns: when any was, on whatever CPU; in the first */
	/* User space moves on to the other one, and then empties this. */
	__u64 epoch;
	struct tally_extremes extremes[2];
};

_Static_assert(sizeof(struct tally_key) == 16, "shared with BPF");
_Static_assert(sizeof(struct tally_pending) == 8 + 104 + TALLY_PACKET_MAX, "shared with BPF");

#endif
