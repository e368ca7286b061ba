/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What common/bpf/lib/novelty.bpf.h and user space share.
 */
#ifndef COMMON_BPF_LIB_NOVELTY_H
#define COMMON_BPF_LIB_NOVELTY_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/* ns: of a name that repeats, a query goes up this often, with its answer. */
#define NOVELTY_QUERY_NS 1000000000ULL
/* ns: and so often an answer where its queries are not seen. */
#define NOVELTY_ANSWER_NS 1000000000ULL

/* Places are found by hash, in sets of a few: a cache line of tags, one of times. */
#define NOVELTY_WAYS 8
#define NOVELTY_SETS 8192
#define NOVELTY_FREE 0 /* a tag */

/* Of one client, server and question. Times are CLOCK_MONOTONIC, ns. */
struct novelty_entry {
	__u64 up;	/* when a packet went up */
	__u64 query_up; /* when a query did */
	__u64 waits;	/* whose answer goes up too: the query's port and id; 0: none */
	/*
	 * What was counted since then. Whoever takes it subtracts it; two that do so at once leave
	 * less than nothing, until as much has been counted.
	 */
	__s64 queries;
	__s64 octets_up; /* of messages */
	__s64 octets_down;
	__u64 reserved[2];
};

struct novelty_set {
	__u64 tags[NOVELTY_WAYS];
	__u64 seen[NOVELTY_WAYS]; /* when each was seen last, to NOVELTY_QUERY_NS */
	struct novelty_entry entries[NOVELTY_WAYS];
};

/* Of one CPU. */
struct novelty_counts {
	__u64 packets; /* that were counted, and no more */
	__u64 unattributed;
	__u64 forgotten; /* queries of these whose entry another name took before they were told */
	__u64 reserved[5];
};

_Static_assert(sizeof(struct novelty_set) == (2 + NOVELTY_WAYS) * 64, "cache lines");

#endif
