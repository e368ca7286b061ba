/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains: everything that one lookup caused on this host, as one tree: the call, its queries, what
 * the servers here asked others to answer them.
 *
 * Each hop is tied to what caused it by evidence, never by time alone:
 *   - a query to a call: the thread is inside the call; the name is the call's, or that with a
 *     search domain behind it;
 *   - a query as it was sent to the same one as it was received: the same addresses, ports,
 *     protocol, id and question;
 *   - an upstream query to a request: the process that received the request asks, before it has
 *     answered, for the request's name and type, for an ancestor of it (RFC 9156), for what a
 *     CNAME led to, for the address of a name server of a zone above it, or for DS and DNSKEY
 *     (RFC 4035) of such a name. One query that several requests wait for belongs to each;
 *   - a query of nscd or systemd-resolved to a call: the call asked for that name, waits, and has
 *     asked nothing itself.
 * What nothing ties begins a chain of its own.
 *
 * Pure: no I/O and no clock; all memory is taken by chains_new().
 */
#ifndef COMMON_TRACK_CHAIN_H
#define COMMON_TRACK_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/call.h"
#include "track/transaction.h"

enum chain_kind {
	CHAIN_CALL,	/* begins with a call of the C library */
	CHAIN_QUERY,	/* with a process' own query */
	CHAIN_RECEIPT,	/* with a query from another host, or whose sender was not seen */
	CHAIN_PREFETCH, /* with an upstream query of a server for which no client waits */
	CHAIN_UNLINKED, /* with one that belongs to none of those that wait */
};

/* What ties a hop to its parent. */
enum chain_evidence {
	LINKED_BEGINS,	   /* the chain begins with it */
	LINKED_THREAD,	   /* the thread is inside the call, but asks for another name */
	LINKED_CALL,	   /* thread and name */
	LINKED_DAEMON,	   /* nscd or systemd-resolved asks for the call's name meanwhile */
	LINKED_PROCESS,	   /* the same process asks for the same name meanwhile */
	LINKED_NAME,	   /* the request's own question */
	LINKED_MINIMISED,  /* an ancestor of its name; or an alias, or no name, for every type */
	LINKED_CNAME,	   /* of what a CNAME led to, that or an ancestor */
	LINKED_NAMESERVER, /* the address of a name server, or an ancestor of its name */
	LINKED_VALIDATION, /* DS or DNSKEY of any of these */
};

enum chain_outcome {
	OUTCOME_OPEN, /* nothing has come yet */
	OUTCOME_ANSWER,
	OUTCOME_CNAME, /* an alias, and nothing of what it is an alias for */
	OUTCOME_REFERRAL,
	OUTCOME_NODATA,
	OUTCOME_NXDOMAIN,
	OUTCOME_ERROR, /* any other response code */
	OUTCOME_TRUNCATED,
	OUTCOME_TIMEOUT,
	OUTCOME_GIVEN_UP, /* no answer until the same was asked again elsewhere */
	OUTCOME_REFUSED,  /* an ICMP error */
	OUTCOME_SEND_FAILED,
};

/* A server has said something. */
static inline bool chain_outcome_is_response(enum chain_outcome outcome)
{
	return outcome >= OUTCOME_ANSWER && outcome <= OUTCOME_TRUNCATED;
}

enum chain_cache {
	CACHE_NONE, /* not answered, or by an authority: no cache is involved */
	CACHE_HIT,  /* answered without asking anybody */
	CACHE_MISS,
};

#define CHAIN_ADDRESSES_MAX 8
#define CHAIN_HOPS_MAX	    1024 /* that are told of one chain */

/* What a response says, as far as a chain is concerned. */
struct chain_answer {
	uint16_t rcode;
	uint16_t flags;	  /* of the header */
	uint16_t records; /* in the answer section */
	uint16_t servers; /* OUTCOME_REFERRAL: NS records */
	bool has_ttl;
	uint32_t ttl;	      /* s: the smallest of the answers, or of the negative answer */
	struct dns_name name; /* the last CNAME's target, or the zone that is referred to */
	bool has_name;
	uint32_t addresses; /* A and AAAA records; the first of them: */
	uint8_t address[CHAIN_ADDRESSES_MAX][16];
};

/* One query and its answer, whichever ends of it were seen. */
struct chain_exchange {
	struct dns_question question;
	struct endpoint client, server;
	uint8_t protocol;
	uint16_t id;
	bool has_asker, has_responder; /* the processes are known */
	struct owner asker, responder;
	uint32_t attempts;
	uint64_t asked;	    /* ns; when it was received, where the sending was not seen */
	uint64_t received;  /* 0: not seen */
	uint64_t responded; /* 0: not seen */
	uint64_t ended;	    /* 0: not yet */
	enum chain_outcome outcome;
	enum chain_cache cache;
	struct chain_answer answer; /* where the outcome is a response */
	uint8_t icmp_type, icmp_code;
	int error; /* OUTCOME_SEND_FAILED: a positive errno */
};

/* A hop of a chain that is told. */
struct chain_hop {
	const struct chain_exchange *exchange;
	uint32_t number; /* from 1 on, by time */
	uint32_t parent; /* a hop's number; 0: the chain's beginning */
	uint32_t depth;	 /* 0: the chain's beginning is the parent */
	enum chain_evidence linked_by;
	uint32_t referred_by; /* the hop that named the server; 0: not known */
	bool retry;	      /* the same was asked before, and this asks again */
	bool fallback;	      /* by TCP, since the answer was truncated */
	bool upstream;	      /* a server here asks it for somebody */
};

/* A hop that has another parent, too. */
struct chain_share {
	uint32_t hop, parent;
};

struct chain_connect {
	struct endpoint peer;
	uint64_t time; /* 0: none was seen */
};

/* A chain that is over. Valid until the callback returns. */
struct chain {
	uint64_t id;
	enum chain_kind kind;
	const struct call *call;      /* CHAIN_CALL only */
	const struct owner *owner;    /* who began it; NULL: not known */
	uint64_t begin, end;	      /* ns: of the call, or of the first hop */
	bool unfinished;	      /* given up, or the tool ends */
	bool returned;		      /* CHAIN_CALL: */
	int64_t result;		      /* what it returned */
	uint64_t upstream;	      /* ns in which anything outside was waited for */
	enum chain_cache cache;	      /* of the first server here; CACHE_NONE: there is none */
	const struct chain_hop *hops; /* depth first: parents before their children */
	uint32_t hop_count;
	uint32_t hops_left_out; /* there was no room for more */
	const struct chain_share *shares;
	uint32_t share_count;
	struct chain_connect connect;
};

typedef void (*chain_fn)(void *context, const struct chain *chain);

struct chains_config {
	uint32_t max_hops; /* at one time; the oldest chain is given up when full */
	uint64_t linger;   /* ns that a chain waits for hops that its answer did not wait for */
	bool connects;	   /* calls are told when the first connect() has come, or `linger` later */
	chain_fn done;
	void *context;
};

struct chains_stats {
	uint64_t chains;   /* told */
	uint64_t evicted;  /* told unfinished, since there was no room */
	uint64_t unlinked; /* CHAIN_UNLINKED, of all */
	uint64_t refused;  /* links that found no room */
	uint32_t open;
};

struct chains;

/* NULL when memory is short. */
struct chains *chains_new(const struct chains_config *config);
void chains_free(struct chains *c);

/* A call begins or returns. */
void chains_call(struct chains *c, const struct call *call);
/* A process is about to connect a TCP socket. */
void chains_connect(struct chains *c, const struct packet *event);
/* As the callbacks of transactions; roles client, server and unknown of one host, in time's order.
 */
void chains_step(struct chains *c, enum lookup_step step, const struct lookup *lookup,
		 const struct endpoint *destination);
void chains_lookup(struct chains *c, const struct lookup *lookup);

/* Tells what is due at `now`. */
void chains_expire(struct chains *c, uint64_t now);
/* UINT64_MAX: nothing is due. */
uint64_t chains_next_deadline(const struct chains *c);
/* Tells all that is left, unfinished or not. */
void chains_finish(struct chains *c, uint64_t now);

const struct chains_stats *chains_stats(const struct chains *c);

/* ---- Words ----------------------------------------------------------------------------------- */

/* "call", "query", …; "thread+name", …; "ANSWER", "REFERRAL", …; static. */
const char *chain_kind_name(enum chain_kind kind);
const char *chain_evidence_name(enum chain_evidence evidence);
const char *chain_outcome_name(enum chain_outcome outcome);

/* ---- Events ---------------------------------------------------------------------------------- */

enum chain_event_kind {
	EVENT_QUERY_START,
	EVENT_HOSTS, /* answered without any query */
	EVENT_CACHE_HIT,
	EVENT_CACHE_MISS,
	EVENT_UPSTREAM_QUERY,
	EVENT_UPSTREAM_RESPONSE,
	EVENT_REFERRAL,
	EVENT_CNAME,
	EVENT_RETRY,
	EVENT_TIMEOUT,
	EVENT_TRUNCATED,
	EVENT_TCP_FALLBACK,
	EVENT_VALIDATION,
	EVENT_PREFETCH,
	EVENT_QUERY_COMPLETE,
	EVENT_QUERY_FAILED,
	CHAIN_EVENTS
};

struct chain_event {
	enum chain_event_kind kind;
	uint64_t time;		     /* ns, as of the hops */
	const struct chain_hop *hop; /* NULL: the chain as a whole */
};

/* At most four for each hop, and three for the chain. */
#define CHAIN_EVENTS_PER_HOP 4
#define CHAIN_EVENTS_BESIDE  3

/*
 * What happened, in time's order. `events` has room for CHAIN_EVENTS_PER_HOP * hop_count +
 * CHAIN_EVENTS_BESIDE. Returns how many.
 */
uint32_t chain_events(const struct chain *chain, struct chain_event *events);
/* What a hop's query is called. */
enum chain_event_kind chain_event_of(const struct chain *chain, const struct chain_hop *hop);
const char *chain_event_name(enum chain_event_kind kind);

/* False where it has no result, as when the call has not returned. */
bool chain_succeeded(const struct chain *chain, bool *success);

#endif
