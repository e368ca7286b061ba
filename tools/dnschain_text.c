/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain as a tree.
 */
#include <netinet/in.h>
#include <string.h>

#include "dns/codes.h"
#include "dnschain.h"
#include "dnschain_line.h"

#define OFFSET_COLUMNS	11
#define SERVER_COLUMNS	30
#define ADDRESSES_SHOWN 3

/* "  +41.3   " */
static void put_offset(struct line *l, const struct chain *chain, uint64_t time)
{
	line_time(l, "  +", time > chain->begin ? time - chain->begin : 0, "");
	line_pad(l, OFFSET_COLUMNS);
}

/* ---- Answers --------------------------------------------------------------------------------- */

static void put_addresses(struct line *l, const struct chain_answer *a)
{
	uint32_t shown = 0;
	char text[ENDPOINT_TEXT_MAX];

	for (; shown < a->addresses && shown < ADDRESSES_SHOWN && shown < CHAIN_ADDRESSES_MAX;
	     shown++) {
		address_text(text, a->address[shown]);
		line_text(l, shown ? ", " : " ", text);
	}
	if (a->addresses > shown)
		line_count(l, ", +", a->addresses - shown, "");
}

static void put_answer(struct line *l, const struct chain_answer *a)
{
	char name[DNS_NAME_TEXT_MAX], buffer[DNS_CODE_TEXT_MAX];

	line_text(l, dns_rcode_name(a->rcode, buffer));
	if (a->has_name) {
		dns_name_to_text(name, &a->name);
		line_text(l, " -> ", name);
	}
	put_addresses(l, a);
	if (!a->addresses && a->records && !a->has_name)
		line_count(l, " ", a->records, a->records == 1 ? " record" : " records");
	if (a->has_ttl)
		line_count(l, " ttl ", a->ttl, "");
	if (a->flags & DNS_FLAG_AD)
		line_text(l, " (validated)");
}

static void put_referral(struct line *l, const struct chain_answer *a)
{
	char name[DNS_NAME_TEXT_MAX];

	dns_name_to_text(name, &a->name);
	line_text(l, "REFERRAL ", name);
	line_count(l, " (", a->servers, a->servers == 1 ? " server)" : " servers)");
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
		line_text(l, chain_outcome_name(x->outcome));
		if (x->answer.has_ttl)
			line_count(l, " ttl ", x->answer.ttl, "");
		break;
	case OUTCOME_ERROR:
		line_text(l, dns_rcode_name(x->answer.rcode, buffer));
		break;
	case OUTCOME_SEND_FAILED:
		line_text(l, "SEND-FAILED ",
			  strerrorname_np(x->error) ? strerrorname_np(x->error) : "");
		break;
	default:
		line_text(l, chain_outcome_name(x->outcome));
	}
}

/* ---- Hops ------------------------------------------------------------------------------------ */

static void put_server(struct line *l, const struct chain_exchange *x)
{
	char process[PROCESS_TEXT_MAX];

	line_endpoint(l, &x->server);
	if (!x->has_responder)
		return;
	process_text(process, &x->responder);
	line_text(l, " ", process);
}

static void put_notes(struct line *l, const struct chain_hop *hop)
{
	if (hop->linked_by != LINKED_CALL && hop->linked_by != LINKED_BEGINS &&
	    hop->linked_by != LINKED_NAME)
		line_text(l, "  (", chain_evidence_name(hop->linked_by), ")");
	if (hop->exchange->protocol == IPPROTO_TCP)
		line_text(l, "  TCP");
	if (hop->exchange->attempts > 1)
		line_count(l, "  (", hop->exchange->attempts, " attempts)");
	else if (hop->retry)
		line_text(l, "  RETRY");
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
	struct line l;
	size_t from;

	line_begin(&l);
	put_offset(&l, chain, hop->exchange->asked);
	line_indent(&l, hop->depth);
	from = l.length;
	line_text(&l, "-> ");
	put_server(&l, hop->exchange);
	line_pad(&l, from + SERVER_COLUMNS);
	line_count(&l, "#", hop->number, " ");
	line_question(&l, &hop->exchange->question);
	put_notes(&l, hop);
	if (is_short(chain, i)) {
		if (hop->exchange->ended)
			line_time(&l, "  ", exchange_latency(hop->exchange), " ms");
		line_text(&l, "  ");
		put_outcome(&l, hop->exchange);
	}
	line_end(&l, out);
}

static void put_cache(struct output *out, const struct chain_hop *hop)
{
	struct line l;

	line_begin(&l);
	if (hop->exchange->cache == CACHE_NONE)
		return;
	line_pad(&l, OFFSET_COLUMNS);
	line_indent(&l, hop->depth);
	line_text(&l, "   CACHE ", hop->exchange->cache == CACHE_HIT ? "HIT" : "MISS");
	line_end(&l, out);
}

/* Hops that are told above, below another parent. */
static void put_shares(struct output *out, const struct chain *chain, const struct chain_hop *hop)
{
	struct line l;

	line_begin(&l);
	for (uint32_t i = 0; i < chain->share_count; i++) {
		if (chain->shares[i].parent != hop->number)
			continue;
		if (!l.length) {
			line_pad(&l, OFFSET_COLUMNS);
			line_indent(&l, hop->depth + 1);
			line_text(&l, "-> waits, too, for");
		}
		line_count(&l, " #", chain->shares[i].hop, "");
	}
	if (l.length)
		line_end(&l, out);
}

static void put_response(struct output *out, const struct chain *chain, const struct chain_hop *hop)
{
	const struct chain_exchange *x = hop->exchange;
	struct line l;

	line_begin(&l);
	put_offset(&l, chain, x->ended ? x->ended : chain->end);
	line_indent(&l, hop->depth);
	line_text(&l, "<- ");
	line_endpoint(&l, &x->server);
	line_pad(&l, OFFSET_COLUMNS + 2 * hop->depth + SERVER_COLUMNS);
	line_count(&l, "#", hop->number, " ");
	put_outcome(&l, x);
	line_end(&l, out);
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
	struct line l;

	line_begin(&l);
	if (!chain->connect.time)
		return;
	put_offset(&l, chain, chain->connect.time);
	line_text(&l, "connect ");
	line_endpoint(&l, &chain->connect.peer);
	line_time(&l, "  LAT(ms) ", chain->connect.time - chain->begin, "");
	line_time(&l, "  DNS(ms) ", chain_total(chain), "");
	line_end(&l, out);
}

static void put_close(struct output *out, const struct chain *chain)
{
	struct line l;
	uint64_t total = chain_total(chain);
	bool success, known = chain_succeeded(chain, &success);

	line_begin(&l);
	line_text(&l, "  ", !known ? "OPEN" : success ? "COMPLETE" : "FAILED");
	line_count(&l, "  hops ", chain->hop_count, ", ");
	line_time(&l, "upstream ", chain->upstream, " ms, ");
	line_time(&l, "own ", total - chain->upstream, " ms");
	if (chain->hops_left_out)
		line_count(&l, ", ", chain->hops_left_out, " hops not shown");
	line_end(&l, out);
}

/* ---- What files say -------------------------------------------------------------------------- */

/* No time: when the C library looked, is not seen. */
static void put_said(struct output *out, const struct chain *chain, const struct chain_said *said)
{
	struct line l;

	line_begin(&l);
	line_pad(&l, OFFSET_COLUMNS);
	chain_said_line(&l, chain, said);
	line_end(&l, out);
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
