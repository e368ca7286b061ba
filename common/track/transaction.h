/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions: a query, its retries, and its answer, timeout, refusal or failed send, as one.
 *
 * Attempts belong together when they have the same question and message id and
 *   - the same socket and server (a retransmission), or
 *   - the same process and thread, on another socket or to another server: a resolver library
 *     that fails over takes a new socket but keeps the id; or
 *   - the first was answered with TC and the next is over TCP, from the same process, whatever
 *     its id (RFC 7766, section 5: the client retries).
 * Where the socket is not known, protocol, addresses and ports stand for it.
 * An answer must come on the socket, and from the server, that an attempt used (RFC 5452,
 * section 9.1); a multicast "server" may answer from any address (RFC 4795; RFC 6762, 6.7).
 *
 * Pure: no I/O and no clock; all memory is taken by transactions_new().
 */
#ifndef COMMON_TRACK_TRANSACTION_H
#define COMMON_TRACK_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/packet.h"
#include "dns/message.h"

/* How a transaction (or a message that belongs to none) ended; also JSON's `event`. */
enum lookup_event {
	LOOKUP_ANSWER,	    /* answered, whatever the rcode */
	LOOKUP_TIMEOUT,	    /* no answer for the timeout since the last attempt */
	LOOKUP_REFUSED,	    /* an ICMP error, and no further attempt */
	LOOKUP_QUERY,	    /* a query to which no transaction belongs: mDNS (RFC 6762, 5.2) */
	LOOKUP_RESPONSE,    /* a response that ends no transaction: `unmatched` says why */
	LOOKUP_SEND_FAILED, /* the kernel refused the last attempt: `error`; no other followed */
	LOOKUP_DROPPED,	    /* a message that the kernel dropped: `reason`; ends no transaction */
};

/* Why a response matches no transaction. */
enum lookup_unmatched {
	UNMATCHED_NOT,	     /* it does match; also mDNS responses, which answer everybody */
	UNMATCHED_NO_QUERY,  /* none was seen that it could answer */
	UNMATCHED_ID,	     /* right socket, server and question, another id */
	UNMATCHED_QUESTION,  /* right socket, server and id, another question */
	UNMATCHED_SERVER,    /* right socket, id and question, from another address */
	UNMATCHED_DUPLICATE, /* its transaction was answered before */
	UNMATCHED_LATE,	     /* its transaction had timed out */
};

enum lookup_role {
	ROLE_CLIENT, /* the local process asked */
	ROLE_SERVER, /* the local process answers */
	ROLE_UNKNOWN /* an interface or a capture file: the host's side is not known */
};

/* What happens to a transaction before it ends. */
enum lookup_step {
	LOOKUP_ASKED,	  /* an attempt: the first where `attempts` is 1 */
	LOOKUP_TRUNCATED, /* an answer with TC came over UDP; TCP may follow, or it ends with that
			   */
};

#define LOOKUP_ATTEMPTS_MAX 8 /* that are remembered with their server; more are counted */

/*
 * What the callback gets. Everything it points to is valid until it returns.
 */
struct lookup {
	enum lookup_event event;
	enum lookup_unmatched unmatched;
	enum lookup_role role;
	uint64_t number;  /* the transaction's, of all in this table; 0: it belongs to none */
	uint64_t time;	  /* ns, of the event: answer's arrival, deadline, ICMP error */
	uint64_t latency; /* ns, since the first attempt; valid when has_latency */
	bool has_latency;
	uint32_t attempts; /* 0: no query was seen */
	bool has_owner;
	struct owner owner; /* of the last attempt; else of the response's socket */
	uint8_t protocol;   /* of the last attempt, or the response */
	struct endpoint client;
	struct endpoint server; /* that answered; else that was last asked */
	uint16_t id;
	uint16_t flags; /* header bits: the response's where there is one, else the query's */
	uint8_t opcode;
	/*
	 * LOOKUP_SEND_FAILED and LOOKUP_DROPPED may be of a packet without a DNS message, as a
	 * TCP connection's first: then id, flags and opcode mean nothing.
	 */
	bool no_header;
	bool has_question;
	struct dns_question question;
	uint32_t query_size;	/* of the last attempt's message; 0: not seen */
	uint64_t response_size; /* 0: none */
	uint8_t icmp_type;	/* LOOKUP_REFUSED */
	uint8_t icmp_code;
	int error;	    /* LOOKUP_SEND_FAILED: a positive errno */
	const char *reason; /* LOOKUP_DROPPED: as of struct packet */
	uint32_t ifindex;   /* the last packet's; 0: none */
	bool ipv6;
	/*
	 * Answers; a zone transfer (AXFR, IXFR over TCP) has any number. Its latency runs to the
	 * last, `response_size` is all messages' together, and `records` are those of all answer
	 * sections (0 for any other lookup). One that ends with LOOKUP_TIMEOUT was not seen to be
	 * complete: its closing SOA did not come within the timeout after the last message.
	 */
	uint32_t responses;
	uint32_t records;
	/*
	 * Of a single message: queries like it, by the same client, that the kernel only counted
	 * since one was last seen.
	 */
	uint32_t repeats;
	/*
	 * The message that the event came with: the response (the last one), or LOOKUP_QUERY's
	 * query. NULL for timeouts, refusals, failed sends and drops.
	 */
	struct dns_message *message;
};

/*
 * Which side saw it: an outgoing query and an incoming response are the client's. On an interface
 * all is tracked as ROLE_UNKNOWN, since of a query and its answer one may be known as a local
 * socket's and the other not.
 */
enum lookup_role lookup_role(const struct packet *packet, const struct dns_message *message);
/* The role to show for a message alone: on an interface that of the process, where it is known. */
enum lookup_role lookup_shown_role(const struct packet *packet, const struct dns_message *message);

typedef void (*lookup_fn)(void *context, const struct lookup *lookup);

/*
 * `lookup` has the step's time and no event. LOOKUP_ASKED: `destination` is where the packet goes,
 * which NAT may have made another than the `server` that was named.
 */
typedef void (*lookup_step_fn)(void *context, enum lookup_step step, const struct lookup *lookup,
			       const struct endpoint *destination);

struct transactions_config {
	uint64_t timeout;     /* ns */
	uint32_t max_pending; /* transactions in flight; the oldest is given up when full */
	/*
	 * An answer may come on another interface than its query: each packet is seen on one only
	 * (XDP). Else what is seen on two interfaces are two transactions.
	 */
	bool across_interfaces;
	lookup_fn ended;
	lookup_step_fn step; /* NULL: not wanted */
	void *context;
};

struct transactions_stats {
	uint64_t queries; /* messages, retries included */
	uint64_t responses;
	uint64_t unmatched; /* responses that no query explains (LOOKUP_RESPONSE, but mDNS) */
	uint64_t evicted;   /* given up because max_pending was reached */
	uint64_t malformed; /* messages too damaged to be tracked: no header, or no question */
	uint32_t pending;   /* now in flight */
};

struct transactions;

/* NULL when memory is short. Freed by transactions_free(), which ends nothing. */
struct transactions *transactions_new(const struct transactions_config *config);
void transactions_free(struct transactions *t);

/*
 * Takes one packet and its message (NULL for PACKET_UNREACHABLE; then the quoted octets are
 * in packet->payload, possibly as few as eight of UDP header and none of DNS; and for
 * PACKET_SEND_FAILED and PACKET_DROPPED without a message). Calls `ended` zero or more times.
 *
 * A failed send is an attempt like others, which only a further attempt can make undone. A drop
 * ends nothing: it is told by itself, with the process of the transaction that it belongs to.
 * `role` says on which side of the exchange the packet was seen; client and server sides of one
 * exchange on the same host are different transactions.
 */
void transactions_packet(struct transactions *t, const struct packet *packet,
			 struct dns_message *message, enum lookup_role role);

/*
 * Ends what is due at `now`: timeouts, refusals and failed sends that no attempt followed,
 * truncated answers that no TCP query followed. Call it at least as often as the timeouts shall be
 * exact.
 */
void transactions_expire(struct transactions *t, uint64_t now);

/*
 * At the end: what has a result has it now, though another attempt might have followed: truncated
 * answers and refusals. Queries that wait stay pending.
 */
void transactions_finish(struct transactions *t);

/* When transactions_expire() has next something to do; UINT64_MAX: nothing is pending. */
uint64_t transactions_next_deadline(const struct transactions *t);

const struct transactions_stats *transactions_stats(const struct transactions *t);

#endif
