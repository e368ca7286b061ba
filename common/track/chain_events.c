/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chain is called, and what happened in it, one after the other.
 */
#include "dns/codes.h"
#include "track/chain.h"

const char *chain_kind_name(enum chain_kind kind)
{
	static const char *const names[] = {
		[CHAIN_CALL] = "call",	       [CHAIN_QUERY] = "query",
		[CHAIN_RECEIPT] = "receipt",   [CHAIN_PREFETCH] = "prefetch",
		[CHAIN_UNLINKED] = "unlinked",
	};

	return names[kind];
}

const char *chain_evidence_name(enum chain_evidence evidence)
{
	static const char *const names[] = {
		[LINKED_BEGINS] = "beginning",	    [LINKED_THREAD] = "thread",
		[LINKED_CALL] = "thread+name",	    [LINKED_DAEMON] = "name+window",
		[LINKED_PROCESS] = "process+name",  [LINKED_NAME] = "name",
		[LINKED_MINIMISED] = "minimised",   [LINKED_CNAME] = "cname",
		[LINKED_NAMESERVER] = "nameserver", [LINKED_VALIDATION] = "validation",
	};

	return names[evidence];
}

const char *chain_outcome_name(enum chain_outcome outcome)
{
	static const char *const names[] = {
		[OUTCOME_OPEN] = "PENDING",	   [OUTCOME_ANSWER] = "ANSWER",
		[OUTCOME_CNAME] = "CNAME",	   [OUTCOME_REFERRAL] = "REFERRAL",
		[OUTCOME_NODATA] = "NODATA",	   [OUTCOME_NXDOMAIN] = "NXDOMAIN",
		[OUTCOME_ERROR] = "ERROR",	   [OUTCOME_TRUNCATED] = "TRUNCATED",
		[OUTCOME_TIMEOUT] = "TIMEOUT",	   [OUTCOME_GIVEN_UP] = "GIVEN-UP",
		[OUTCOME_REFUSED] = "UNREACHABLE", [OUTCOME_SEND_FAILED] = "SEND-FAILED",
	};

	return names[outcome];
}

const char *chain_event_name(enum chain_event_kind kind)
{
	static const char *const names[CHAIN_EVENTS] = {
		[EVENT_QUERY_START] = "QUERY_START",
		[EVENT_HOSTS] = "HOSTS",
		[EVENT_CACHE_HIT] = "CACHE_HIT",
		[EVENT_CACHE_MISS] = "CACHE_MISS",
		[EVENT_UPSTREAM_QUERY] = "UPSTREAM_QUERY",
		[EVENT_UPSTREAM_RESPONSE] = "UPSTREAM_RESPONSE",
		[EVENT_REFERRAL] = "REFERRAL",
		[EVENT_CNAME] = "CNAME",
		[EVENT_RETRY] = "RETRY",
		[EVENT_TIMEOUT] = "TIMEOUT",
		[EVENT_TRUNCATED] = "TRUNCATED",
		[EVENT_TCP_FALLBACK] = "TCP_FALLBACK",
		[EVENT_VALIDATION] = "VALIDATION",
		[EVENT_PREFETCH] = "PREFETCH",
		[EVENT_QUERY_COMPLETE] = "QUERY_COMPLETE",
		[EVENT_QUERY_FAILED] = "QUERY_FAILED",
	};

	return names[kind];
}

/* ---- Success --------------------------------------------------------------------------------- */

static bool went_well(enum chain_outcome outcome)
{
	return outcome == OUTCOME_ANSWER || outcome == OUTCOME_CNAME || outcome == OUTCOME_NODATA ||
	       outcome == OUTCOME_REFERRAL;
}

static bool any_first(const struct chain *chain, bool (*is)(enum chain_outcome outcome))
{
	for (uint32_t i = 0; i < chain->hop_count; i++)
		if (chain->hops[i].depth == 0 && is(chain->hops[i].exchange->outcome))
			return true;
	return false;
}

static bool has_answer(enum chain_outcome outcome)
{
	return outcome == OUTCOME_ANSWER;
}

/* What the function's return value says of success. */
static bool call_succeeded(const struct chain *chain, bool *success)
{
	int32_t code = (int32_t)chain->result;

	switch (chain->call->function) {
	case CALL_GETADDRINFO:
	case CALL_GETNAMEINFO:
		*success = code == 0;
		return true;
	case CALL_GETHOSTBYNAME:
	case CALL_GETHOSTBYNAME2:
	case CALL_GETHOSTBYADDR:
		*success = chain->result != 0;
		return true;
	case CALL_GETHOSTBYNAME_R:
	case CALL_GETHOSTBYNAME2_R:
		/* 0 is also returned with no result: that is elsewhere in the caller's memory. */
		*success = code == 0 && any_first(chain, has_answer);
		return code != 0 || chain->hop_count > 0;
	default:
		*success = code >= 0;
		return true;
	}
}

bool chain_succeeded(const struct chain *chain, bool *success)
{
	*success = false;
	if (chain->kind == CHAIN_CALL)
		return chain->returned && call_succeeded(chain, success);
	*success = any_first(chain, went_well);
	return !chain->unfinished;
}

/* ---- Events ---------------------------------------------------------------------------------- */

struct events {
	struct chain_event *list;
	uint32_t count;
};

static void add(struct events *e, enum chain_event_kind kind, uint64_t time,
		const struct chain_hop *hop)
{
	uint32_t at = e->count++;

	for (; at > 0 && e->list[at - 1].time > time; at--)
		e->list[at] = e->list[at - 1];
	e->list[at] = (struct chain_event){.kind = kind, .time = time, .hop = hop};
}

static bool is_validation(const struct chain_hop *hop)
{
	uint16_t type = hop->exchange->question.type;

	return hop->upstream && (type == DNS_TYPE_DS || type == DNS_TYPE_DNSKEY);
}

enum chain_event_kind chain_event_of(const struct chain *chain, const struct chain_hop *hop)
{
	if (hop->fallback)
		return EVENT_TCP_FALLBACK;
	if (hop->retry)
		return EVENT_RETRY;
	if (chain->kind == CHAIN_PREFETCH && hop->depth == 0)
		return EVENT_PREFETCH;
	if (is_validation(hop))
		return EVENT_VALIDATION;
	return hop->upstream ? EVENT_UPSTREAM_QUERY : EVENT_QUERY_START;
}

static bool is_response(enum chain_outcome outcome)
{
	return outcome == OUTCOME_ERROR || outcome == OUTCOME_NXDOMAIN || went_well(outcome);
}

static void add_end(struct events *e, const struct chain_hop *hop)
{
	const struct chain_exchange *x = hop->exchange;
	enum chain_outcome outcome = x->outcome;

	if (!x->ended)
		return;
	if (outcome == OUTCOME_REFERRAL)
		add(e, EVENT_REFERRAL, x->ended, hop);
	else if (outcome == OUTCOME_CNAME)
		add(e, EVENT_CNAME, x->ended, hop);
	else if (outcome == OUTCOME_TRUNCATED)
		add(e, EVENT_TRUNCATED, x->ended, hop);
	else if (outcome == OUTCOME_TIMEOUT || outcome == OUTCOME_GIVEN_UP)
		add(e, EVENT_TIMEOUT, x->ended, hop);
	else if (hop->upstream && is_response(outcome))
		add(e, EVENT_UPSTREAM_RESPONSE, x->ended, hop);
}

static void add_hop(struct events *e, const struct chain *chain, const struct chain_hop *hop)
{
	const struct chain_exchange *x = hop->exchange;

	add(e, chain_event_of(chain, hop), x->asked, hop);
	if (x->cache != CACHE_NONE)
		add(e, x->cache == CACHE_HIT ? EVENT_CACHE_HIT : EVENT_CACHE_MISS,
		    x->responded ? x->responded : x->received, hop);
	add_end(e, hop);
}

uint32_t chain_events(const struct chain *chain, struct chain_event *events)
{
	struct events e = {.list = events};
	bool success;

	if (chain->kind == CHAIN_CALL)
		add(&e, EVENT_QUERY_START, chain->begin, NULL);
	for (uint32_t i = 0; i < chain->hop_count; i++)
		add_hop(&e, chain, &chain->hops[i]);
	if (chain->kind == CHAIN_CALL && chain->returned && !chain->hop_count)
		add(&e, EVENT_HOSTS, chain->end, NULL);
	if (chain_succeeded(chain, &success))
		add(&e, success ? EVENT_QUERY_COMPLETE : EVENT_QUERY_FAILED, chain->end, NULL);
	return e.count;
}
