/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain as a tree.
 */
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/escape.h"
#include "cli/format.h"
#include "cli/user.h"
#include "dns/codes.h"
#include "dnschain.h"

#define LINE_ROOM	2048
#define SERVER_COLUMNS	30
#define ADDRESSES_SHOWN 3

/* A line that is being made. */
struct line {
	char text[LINE_ROOM + 8];
	size_t length;
};

static void put(struct line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct line *l, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(l->text + l->length, LINE_ROOM - l->length, format, arguments);
	va_end(arguments);
	l->length += n < 0 ? 0 : (size_t)n;
	if (l->length >= LINE_ROOM)
		l->length = LINE_ROOM - 1;
}

static void pad(struct line *l, size_t columns)
{
	do
		put(l, " ");
	while (l->length < columns && l->length < LINE_ROOM - 1);
}

static void end_line(struct line *l, struct output *out)
{
	while (l->length && l->text[l->length - 1] == ' ')
		l->length--;
	l->text[l->length++] = '\n';
	output_put(out, l->text, l->length);
	l->length = 0;
}

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

/* "  +41.3   " */
static void put_offset(struct line *l, const struct chain *chain, uint64_t time)
{
	put(l, "  %+-9.1f", time > chain->begin ? ms(time - chain->begin) : 0.0);
}

static void indent(struct line *l, uint32_t depth)
{
	put(l, "%*s", (int)(2 * depth), "");
}

/* ---- The heading ----------------------------------------------------------------------------- */

static void put_call(struct line *l, const struct chain *chain)
{
	char name[CHAIN_NAME_MAX], service[4 * CALL_SERVICE_MAX];
	const char *text = chain_name(chain, name);

	put(l, "  %s(", call_function_name(chain->call->function));
	if (text)
		put(l, "\"%s%s\"", text, chain->call->name_cut ? "..." : "");
	else
		put(l, "NULL");
	escape_text(service, sizeof(service), chain->call->service, strlen(chain->call->service),
		    ESCAPE_ASCII, NULL);
	if (service[0])
		put(l, ", \"%s\"", service);
	put(l, ")");
}

static void put_question(struct line *l, const struct chain_exchange *x)
{
	char name[DNS_NAME_TEXT_MAX], buffer[DNS_CODE_TEXT_MAX];

	dns_name_to_text(name, &x->question.name);
	put(l, "%s %s", dns_type_name(x->question.type, buffer), name);
}

static void put_beginner(struct line *l, const struct chain *chain)
{
	char text[PROCESS_TEXT_MAX], address[ENDPOINT_TEXT_MAX];

	if (chain->owner) {
		process_text(text, chain->owner);
		put(l, "  %s", text);
	} else if (chain->hop_count) {
		endpoint_address_to_text(address, &chain->hops[0].exchange->client);
		put(l, "  %s", address);
	}
}

static void put_place(struct line *l, const struct chain_details *details)
{
	char cgroup[512];

	if (details->in_container)
		put(l, "  %.*s", CONTAINER_ID_SHORT, details->container);
	if (!details->cgroup)
		return;
	escape_text(cgroup, sizeof(cgroup), details->cgroup, strlen(details->cgroup), ESCAPE_ASCII,
		    NULL);
	put(l, "  %s", cgroup);
}

static const char *kind_note(enum chain_kind kind)
{
	switch (kind) {
	case CHAIN_PREFETCH:
		return "  PREFETCH";
	case CHAIN_UNLINKED:
		return "  UNLINKED";
	default:
		return "";
	}
}

void chain_heading(struct output *out, const struct chain *chain, const struct chain_style *style,
		   const struct chain_details *details)
{
	char time[FORMAT_TIME_MAX], result[RESULT_MAX];
	struct line l = {.length = 0};

	if (style->wall_clock) {
		format_time_of_day(time, details->time);
		put(&l, "%s ", time);
	}
	put(&l, "CHAIN %llu", (unsigned long long)chain->id);
	put_beginner(&l, chain);
	if (style->user && chain->owner)
		put(&l, "  %s", user_name(chain->owner->uid));
	put_place(&l, details);
	if (chain->call) {
		put_call(&l, chain);
	} else if (chain->hop_count) {
		put(&l, "%s  ", kind_note(chain->kind));
		put_question(&l, chain->hops[0].exchange);
	}
	put(&l, "  %.1f ms  %s%s", ms(chain_total(chain)), chain_result(chain, result),
	    chain->unfinished ? " (unfinished)" : "");
	end_line(&l, out);
}

/* ---- Answers --------------------------------------------------------------------------------- */

static void put_addresses(struct line *l, const struct chain_answer *a)
{
	uint32_t shown = 0;
	char text[ENDPOINT_TEXT_MAX];

	for (; shown < a->addresses && shown < ADDRESSES_SHOWN && shown < CHAIN_ADDRESSES_MAX;
	     shown++) {
		address_text(text, a->address[shown]);
		put(l, "%s%s", shown ? ", " : " ", text);
	}
	if (a->addresses > shown)
		put(l, ", +%u", a->addresses - shown);
}

static void put_answer(struct line *l, const struct chain_answer *a)
{
	char name[DNS_NAME_TEXT_MAX], buffer[DNS_CODE_TEXT_MAX];

	put(l, "%s", dns_rcode_name(a->rcode, buffer));
	if (a->has_name) {
		dns_name_to_text(name, &a->name);
		put(l, " -> %s", name);
	}
	put_addresses(l, a);
	if (!a->addresses && a->records && !a->has_name)
		put(l, " %u record%s", a->records, a->records == 1 ? "" : "s");
	if (a->has_ttl)
		put(l, " ttl %u", a->ttl);
	if (a->flags & DNS_FLAG_AD)
		put(l, " (validated)");
}

static void put_referral(struct line *l, const struct chain_answer *a)
{
	char name[DNS_NAME_TEXT_MAX];

	dns_name_to_text(name, &a->name);
	put(l, "REFERRAL %s (%u server%s)", name, a->servers, a->servers == 1 ? "" : "s");
}

static void put_outcome(struct line *l, const struct chain_exchange *x)
{
	char buffer[DNS_CODE_TEXT_MAX];

	switch (x->outcome) {
	case OUTCOME_REFERRAL:
		put_referral(l, &x->answer);
		break;
	case OUTCOME_ANSWER:
	case OUTCOME_CNAME:
		put_answer(l, &x->answer);
		break;
	case OUTCOME_NODATA:
	case OUTCOME_NXDOMAIN:
		put(l, "%s", chain_outcome_name(x->outcome));
		if (x->answer.has_ttl)
			put(l, " ttl %u", x->answer.ttl);
		break;
	case OUTCOME_ERROR:
		put(l, "%s", dns_rcode_name(x->answer.rcode, buffer));
		break;
	case OUTCOME_SEND_FAILED:
		put(l, "SEND-FAILED %s",
		    strerrorname_np(x->error) ? strerrorname_np(x->error) : "");
		break;
	default:
		put(l, "%s", chain_outcome_name(x->outcome));
	}
}

/* ---- Hops ------------------------------------------------------------------------------------ */

static void put_server(struct line *l, const struct chain_exchange *x)
{
	char text[ENDPOINT_TEXT_MAX], process[PROCESS_TEXT_MAX];

	endpoint_address_to_text(text, &x->server);
	put(l, endpoint_is_ipv4(&x->server) ? "%s:%u" : "[%s]:%u", text, x->server.port);
	if (!x->has_responder)
		return;
	process_text(process, &x->responder);
	put(l, " %s", process);
}

static void put_notes(struct line *l, const struct chain_hop *hop)
{
	if (hop->linked_by != LINKED_CALL && hop->linked_by != LINKED_BEGINS &&
	    hop->linked_by != LINKED_NAME)
		put(l, "  (%s)", chain_evidence_name(hop->linked_by));
	if (hop->exchange->protocol == IPPROTO_TCP)
		put(l, "  TCP");
	if (hop->exchange->attempts > 1)
		put(l, "  (%u attempts)", hop->exchange->attempts);
	else if (hop->retry)
		put(l, "  RETRY");
}

/* What a server here did to answer it takes lines of its own; then so does the answer. */
static bool is_short(const struct chain *chain, uint32_t i)
{
	const struct chain_hop *hop = &chain->hops[i];

	return hop->exchange->cache == CACHE_NONE &&
	       (i + 1 == chain->hop_count || chain->hops[i + 1].depth <= hop->depth);
}

static void put_query(struct output *out, const struct chain *chain, uint32_t i)
{
	const struct chain_hop *hop = &chain->hops[i];
	struct line l = {.length = 0};
	size_t from;

	put_offset(&l, chain, hop->exchange->asked);
	indent(&l, hop->depth);
	from = l.length;
	put(&l, "-> ");
	put_server(&l, hop->exchange);
	pad(&l, from + SERVER_COLUMNS);
	put(&l, "#%u ", hop->number);
	put_question(&l, hop->exchange);
	put_notes(&l, hop);
	if (is_short(chain, i)) {
		if (hop->exchange->ended)
			put(&l, "  %.1f ms", ms(exchange_latency(hop->exchange)));
		put(&l, "  ");
		put_outcome(&l, hop->exchange);
	}
	end_line(&l, out);
}

static void put_cache(struct output *out, const struct chain_hop *hop)
{
	struct line l = {.length = 0};

	if (hop->exchange->cache == CACHE_NONE)
		return;
	pad(&l, 11);
	indent(&l, hop->depth);
	put(&l, "   CACHE %s", hop->exchange->cache == CACHE_HIT ? "HIT" : "MISS");
	end_line(&l, out);
}

/* Hops that are told above, below another parent. */
static void put_shares(struct output *out, const struct chain *chain, const struct chain_hop *hop)
{
	struct line l = {.length = 0};

	for (uint32_t i = 0; i < chain->share_count; i++) {
		if (chain->shares[i].parent != hop->number)
			continue;
		if (!l.length) {
			pad(&l, 11);
			indent(&l, hop->depth + 1);
			put(&l, "-> waits, too, for");
		}
		put(&l, " #%u", chain->shares[i].hop);
	}
	if (l.length)
		end_line(&l, out);
}

static void put_response(struct output *out, const struct chain *chain, const struct chain_hop *hop)
{
	const struct chain_exchange *x = hop->exchange;
	char text[ENDPOINT_TEXT_MAX];
	struct line l = {.length = 0};

	put_offset(&l, chain, x->ended ? x->ended : chain->end);
	indent(&l, hop->depth);
	endpoint_address_to_text(text, &x->server);
	put(&l, "<- ");
	put(&l, endpoint_is_ipv4(&x->server) ? "%s:%u" : "[%s]:%u", text, x->server.port);
	pad(&l, 11 + 2 * hop->depth + SERVER_COLUMNS);
	put(&l, "#%u ", hop->number);
	put_outcome(&l, x);
	end_line(&l, out);
}

/* Answers come when all that is deeper has been told. */
static void put_hops(struct output *out, const struct chain *chain)
{
	uint32_t open[64], depth = 0;

	for (uint32_t i = 0; i < chain->hop_count; i++) {
		const struct chain_hop *hop = &chain->hops[i];

		while (depth && chain->hops[open[depth - 1]].depth >= hop->depth)
			put_response(out, chain, &chain->hops[open[--depth]]);
		put_query(out, chain, i);
		put_cache(out, hop);
		put_shares(out, chain, hop);
		if (!is_short(chain, i) && depth < 64)
			open[depth++] = i;
	}
	while (depth)
		put_response(out, chain, &chain->hops[open[--depth]]);
}

/* ---- The end --------------------------------------------------------------------------------- */

static void put_connect(struct output *out, const struct chain *chain)
{
	struct line l = {.length = 0};
	char text[ENDPOINT_TEXT_MAX];

	if (!chain->connect.time)
		return;
	endpoint_address_to_text(text, &chain->connect.peer);
	put_offset(&l, chain, chain->connect.time);
	put(&l, endpoint_is_ipv4(&chain->connect.peer) ? "connect %s:%u" : "connect [%s]:%u", text,
	    chain->connect.peer.port);
	put(&l, "  LAT(ms) %.1f  DNS(ms) %.1f", ms(chain->connect.time - chain->begin),
	    ms(chain_total(chain)));
	end_line(&l, out);
}

static void put_close(struct output *out, const struct chain *chain)
{
	struct line l = {.length = 0};
	uint64_t total = chain_total(chain);
	bool success, known = chain_succeeded(chain, &success);

	put(&l, "  %s  hops %u, upstream %.1f ms, own %.1f ms",
	    !known    ? "OPEN"
	    : success ? "COMPLETE"
		      : "FAILED",
	    chain->hop_count, ms(chain->upstream), ms(total - chain->upstream));
	if (chain->hops_left_out)
		put(&l, ", %u hops not shown", chain->hops_left_out);
	end_line(&l, out);
}

/* ---- What files say -------------------------------------------------------------------------- */

/* No time: when the C library looked, is not seen. */
static void put_said(struct output *out, const struct chain *chain, const struct chain_said *said)
{
	char text[SAID_MAX];
	struct line l = {.length = 0};

	chain_said_text(text, chain, said);
	pad(&l, 11);
	put(&l, "%s", text);
	end_line(&l, out);
}

/* nscd, or a service such as myhostname. */
static void put_without_query(struct output *out, const struct chain_details *details)
{
	const struct chain_said *said = &details->said;

	if (details->has_said && (said->numeric || said->hosts.count))
		return;
	output_string(out, details->has_said && said->has_hosts
				   ? "           answered without a query (another service)\n"
				   : "           answered without a query (files, or another "
				     "service)\n");
}

void chain_text(struct output *out, const struct chain *chain, const struct chain_style *style,
		const struct chain_details *details)
{
	chain_heading(out, chain, style, details);
	if (details->has_said)
		put_said(out, chain, &details->said);
	if (chain->call && chain->returned && !chain->hop_count)
		put_without_query(out, details);
	put_hops(out, chain);
	put_connect(out, chain);
	put_close(out, chain);
}
