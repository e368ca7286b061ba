/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files behind transaction.h share.
 */
#ifndef COMMON_TRACK_STATE_H
#define COMMON_TRACK_STATE_H

#include "track/held.h"
#include "track/recent.h"
#include "track/table.h"
#include "track/transaction.h"

struct transactions {
	struct transactions_config config;
	struct transactions_stats stats;
	struct table table;
	struct recent recent;
	struct held held;
	uint64_t begun;	      /* transactions, ever */
	struct lookup lookup; /* what the callback gets; here, not to be cleared each time */
};

/* Later, but never past the end of time, nor before its start. */
static inline uint64_t time_after(uint64_t time, uint64_t delay)
{
	return time > UINT64_MAX - delay ? UINT64_MAX : time + delay;
}

/* Packets of different CPUs come slightly out of order. */
static inline uint64_t time_since(uint64_t time, uint64_t start)
{
	return time > start ? time - start : 0;
}

static inline uint32_t path_ifindex(const struct transactions *t, const struct packet *packet)
{
	return t->config.across_interfaces ? 0 : packet->ifindex;
}

/* report.c: each fills t->lookup and hands it over. */
void report_answer(struct transactions *t, const struct slot *slot, const struct packet *packet,
		   struct dns_message *message);
void report_asked(struct transactions *t, const struct slot *slot, const struct packet *packet);
void report_truncated(struct transactions *t, const struct slot *slot, const struct packet *packet,
		      struct dns_message *message);
void report_timeout(struct transactions *t, const struct slot *slot);
void report_refusal(struct transactions *t, const struct slot *slot);
/* By itself, of the packet alone; `owner` (may be NULL) where the packet has none. */
void report_failure(struct transactions *t, const struct packet *packet,
		    struct dns_message *message, enum lookup_role role, const struct owner *owner);
void report_query(struct transactions *t, const struct packet *packet, struct dns_message *message,
		  enum lookup_role role);
/* What is known of the transaction that an unmatched response belonged to. */
struct report_origin {
	uint32_t attempts; /* 0: nothing is known, and the rest is not valid */
	uint64_t first;
	const struct owner *owner; /* NULL: not known */
};
void report_response(struct transactions *t, const struct packet *packet,
		     struct dns_message *message, enum lookup_role role,
		     enum lookup_unmatched unmatched, const struct report_origin *origin);

/* response.c: messages with QR set. */
/* Who asked for this response, as far as it is remembered; NULL: nobody known. */
const struct owner *find_asker(const struct transactions *t, const struct packet *packet,
			       struct dns_message *message);

void take_response(struct transactions *t, const struct packet *packet, struct dns_message *message,
		   enum lookup_role role);
/* unreachable.c: ICMP errors, and failed sends, of attempts that were taken before. */
void take_unreachable(struct transactions *t, const struct packet *packet);
void refuse_last(struct transactions *t, struct slot *slot, const struct packet *packet);

/* transaction.c: another attempt, or a transaction's first; the message has a question. */
struct slot *take_query(struct transactions *t, const struct packet *packet,
			const struct dns_message *message, enum lookup_role role);

/* failure.c: what never left, and what was dropped; `message` may be NULL. */
void take_send_failure(struct transactions *t, const struct packet *packet,
		       struct dns_message *message, enum lookup_role role);
void take_drop(struct transactions *t, const struct packet *packet, struct dns_message *message,
	       enum lookup_role role);

/* lifecycle.c: the ways out. The slot is gone afterwards. */
void end_answered(struct transactions *t, struct slot *slot, const struct packet *packet,
		  struct dns_message *message);
void end_held(struct transactions *t, struct slot *slot);
void end_timeout(struct transactions *t, struct slot *slot);
void end_refused(struct transactions *t, struct slot *slot);

#endif
