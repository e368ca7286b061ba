/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TCP flows that are known: found by socket and addresses, forgotten oldest first.
 * Numbers count from 1, so that zeroed memory is an empty table and untouched pages cost nothing.
 */
#ifndef COMMON_CAPTURE_FLOW_H
#define COMMON_CAPTURE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/packet.h"

#define FLOWS_MAX     4096 /* a power of two */
#define FLOWS_WAITING 64   /* that may have a buffer */

/* Where a flow stands with regard to messages. */
enum flow_state {
	FLOW_LOST,    /* out of step: no segment began with a message since `next` */
	FLOW_JOINING, /* a message seems to begin at `next`; it is not yet certain */
	FLOW_IN_STEP, /* one does */
	FLOW_CLOSED,  /* ended at `next`; kept to know what is sent again */
};

/* In the order in which they are forgotten, see flows_add(). */
enum flow_list {
	FLOWS_BARE,    /* nothing is lost with it: a SYN was all, or it is closed */
	FLOWS_USED,    /* had data, and holds none */
	FLOWS_HOLDING, /* has a buffer; never forgotten as long as it has */
	FLOWS_LISTS,
};

/* One direction of a connection. */
struct flow {
	uint64_t cookie;
	struct endpoint source;
	struct endpoint destination;
	uint32_t ifindex;
	uint8_t direction; /* enum packet_direction */
	uint8_t state;	   /* enum flow_state */
	uint8_t list;	   /* enum flow_list */
	bool has_end;
	uint32_t first;	    /* sequence number of its first octet that is known */
	uint32_t next;	    /* where the unfinished message begins; all before is dealt with */
	uint32_t end;	    /* where it ends, by its FIN; valid when has_end */
	uint8_t buffer;	    /* counted from 1; 0: none */
	uint64_t gap_since; /* ns; valid when has_gap */
	uint32_t gap_at;
	bool has_gap;
	uint32_t chain, chain_before; /* of the same hash */
	uint32_t older, newer;
};

struct flow_queue {
	uint32_t oldest, newest;
	uint32_t count;
};

struct flows {
	uint32_t fresh; /* numbers that were ever used */
	struct flow_queue queue[FLOWS_LISTS];
	uint16_t heads[FLOWS_MAX];
	struct flow flow[FLOWS_MAX + 1]; /* [0] is not used */
};

/* The flow that a segment belongs to; NULL: it is not known. */
struct flow *flows_find(struct flows *f, const struct packet *segment);
/* The other direction of its connection. */
struct flow *flows_find_reverse(struct flows *f, const struct packet *segment);

/*
 * A flow that is new with a segment, all zero but for what identifies it, in place of the oldest
 * where the table is full: the oldest of FLOWS_BARE where these are more than a quarter of the
 * table, else of FLOWS_USED. So SYNs alone push out few others.
 */
struct flow *flows_add(struct flows *f, const struct packet *segment, enum flow_list list);

/* Makes it the newest of this list. */
void flows_move(struct flows *f, struct flow *flow, enum flow_list list);

/* NULL: the list is empty. */
struct flow *flows_oldest(struct flows *f, enum flow_list list);
/* NULL: it is the newest of its list. */
struct flow *flows_newer(struct flows *f, const struct flow *flow);

#endif
