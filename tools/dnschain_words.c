/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnschain's words: results, names, processes.
 */
#include <stdio.h>
#include <string.h>

#include "cli/escape.h"
#include "dns/codes.h"
#include "dnschain.h"

/* netdb.h, of glibc and musl alike. */
static const struct {
	int code;
	const char *name;
} eai_names[] = {
	{0, "OK"},
	{-1, "EAI_BADFLAGS"},
	{-2, "EAI_NONAME"},
	{-3, "EAI_AGAIN"},
	{-4, "EAI_FAIL"},
	{-5, "EAI_NODATA"},
	{-6, "EAI_FAMILY"},
	{-7, "EAI_SOCKTYPE"},
	{-8, "EAI_SERVICE"},
	{-9, "EAI_ADDRFAMILY"},
	{-10, "EAI_MEMORY"},
	{-11, "EAI_SYSTEM"},
	{-12, "EAI_OVERFLOW"},
	{-100, "EAI_INPROGRESS"},
	{-101, "EAI_CANCELED"},
	{-102, "EAI_NOTCANCELED"},
	{-103, "EAI_ALLDONE"},
	{-104, "EAI_INTR"},
	{-105, "EAI_IDN_ENCODE"},
};

static const char *eai_name(int code, char buffer[RESULT_MAX])
{
	for (size_t i = 0; i < sizeof(eai_names) / sizeof(eai_names[0]); i++)
		if (eai_names[i].code == code)
			return eai_names[i].name;
	snprintf(buffer, RESULT_MAX, "EAI%d", code);
	return buffer;
}

/* Functions but getaddrinfo() and getnameinfo() have no codes: that they failed is all there is. */
static const char *call_result(const struct chain *chain, char buffer[RESULT_MAX])
{
	enum call_function f = chain->call->function;
	bool success;

	if (!chain->returned)
		return "NO-RETURN";
	if (f == CALL_GETADDRINFO || f == CALL_GETNAMEINFO)
		return eai_name((int)chain->result, buffer);
	if (!chain_succeeded(chain, &success))
		return "RETURNED";
	return success ? "OK" : "FAILED";
}

static const char *exchange_result(const struct chain_exchange *x, char buffer[RESULT_MAX])
{
	switch (x->outcome) {
	case OUTCOME_ANSWER:
	case OUTCOME_CNAME:
	case OUTCOME_REFERRAL:
		return "OK";
	case OUTCOME_ERROR:
		return dns_rcode_name(x->answer.rcode, buffer);
	default:
		return chain_outcome_name(x->outcome);
	}
}

/* enum chain_outcome's order is nearly that. After a truncated answer another one may come. */
static bool is_better(enum chain_outcome outcome, enum chain_outcome best)
{
	if (outcome == OUTCOME_TRUNCATED)
		return false;
	return best == OUTCOME_TRUNCATED || (outcome != OUTCOME_OPEN && outcome < best);
}

/* The best of the first hops. */
static const struct chain_exchange *first_exchange(const struct chain *chain)
{
	const struct chain_exchange *best = NULL;

	for (uint32_t i = 0; i < chain->hop_count; i++) {
		const struct chain_hop *hop = &chain->hops[i];

		if (hop->depth == 0 && (!best || is_better(hop->exchange->outcome, best->outcome)))
			best = hop->exchange;
	}
	return best;
}

const char *chain_result(const struct chain *chain, char buffer[RESULT_MAX])
{
	const struct chain_exchange *x;

	if (chain->kind == CHAIN_CALL)
		return call_result(chain, buffer);
	x = first_exchange(chain);
	return x ? exchange_result(x, buffer) : "PENDING";
}

size_t address_text(char text[ENDPOINT_TEXT_MAX], const uint8_t address[16])
{
	struct endpoint e = {.port = 0};

	memcpy(e.address, address, 16);
	return endpoint_address_to_text(text, &e);
}

size_t process_text(char text[PROCESS_TEXT_MAX], const struct owner *owner)
{
	size_t n = escape_text(text, PROCESS_TEXT_MAX - 16, owner->comm,
			       strnlen(owner->comm, COMM_SIZE), ESCAPE_ASCII, NULL);

	return n + (size_t)snprintf(text + n, 16, "[%u]", owner->pid);
}

const char *chain_name(const struct chain *chain, char buffer[CHAIN_NAME_MAX])
{
	if (chain->kind == CHAIN_CALL && chain->call->has_address) {
		address_text(buffer, chain->call->address.address);
		return buffer;
	}
	if (chain->kind == CHAIN_CALL) {
		escape_text(buffer, CHAIN_NAME_MAX, chain->call->name, strlen(chain->call->name),
			    ESCAPE_ASCII, NULL);
		return buffer[0] ? buffer : NULL;
	}
	if (!chain->hop_count)
		return NULL;
	dns_name_to_text(buffer, &chain->hops[0].exchange->question.name);
	return buffer;
}

uint64_t chain_total(const struct chain *chain)
{
	return chain->end > chain->begin ? chain->end - chain->begin : 0;
}

uint64_t exchange_latency(const struct chain_exchange *x)
{
	return x->ended > x->asked ? x->ended - x->asked : 0;
}
