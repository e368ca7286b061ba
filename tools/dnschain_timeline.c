/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --timeline: a chain's hops as bars over its time.
 */
#include <stdio.h>
#include <string.h>

#include "dns/codes.h"
#include "dnschain.h"

#define LABEL_COLUMNS 44
#define BAR_MIN	      20
#define BAR_MAX	      160
#define LATENCY_ROOM  12

/* The bars' scale: the chain, and hops that go on after it. */
struct scale {
	uint64_t begin, span; /* ns */
	unsigned int columns;
};

static void measure(struct scale *s, const struct chain *chain, unsigned int width)
{
	uint64_t end = chain->end;

	for (uint32_t i = 0; i < chain->hop_count; i++)
		if (chain->hops[i].exchange->ended > end)
			end = chain->hops[i].exchange->ended;
	s->begin = chain->begin;
	s->span = end > chain->begin ? end - chain->begin : 1;
	s->columns = width > LABEL_COLUMNS + LATENCY_ROOM + BAR_MIN
			     ? width - LABEL_COLUMNS - LATENCY_ROOM
			     : BAR_MIN;
	if (s->columns > BAR_MAX)
		s->columns = BAR_MAX;
}

static unsigned int column_of(const struct scale *s, uint64_t time)
{
	uint64_t since = time > s->begin ? time - s->begin : 0;
	unsigned int column = (unsigned int)((double)since / (double)s->span * s->columns);

	return column < s->columns ? column : s->columns - 1;
}

/* At least one column; '=' by a server here for somebody, '#' by whom the chain is. */
static void put_bar(struct output *out, const struct scale *s, uint64_t from, uint64_t to, char c)
{
	unsigned int first = column_of(s, from), last = column_of(s, to);
	char bar[BAR_MAX + 1];

	memset(bar, ' ', s->columns);
	for (unsigned int i = first; i <= last; i++)
		bar[i] = c;
	bar[s->columns] = '\0';
	output_print(out, "|%s|", bar);
}

/* Cut at its end, marked, to the label's width. */
static void put_label(struct output *out, const struct chain_hop *hop)
{
	char name[DNS_NAME_TEXT_MAX], server[LOOKUP_SERVER_MAX], type[DNS_CODE_TEXT_MAX];
	char label[2 * DNS_NAME_TEXT_MAX];
	unsigned int deep = hop->depth < 8 ? 2 * hop->depth : 16;
	int n;

	dns_name_to_text(name, &hop->exchange->question.name);
	lookup_server_text(server, &hop->exchange->server);
	n = snprintf(label, sizeof(label), "%*s#%u %s %s @%s", (int)deep, "", hop->number,
		     dns_type_name(hop->exchange->question.type, type), name, server);
	if (n > LABEL_COLUMNS - 2)
		output_print(out, "%.*s\u2026 ", LABEL_COLUMNS - 3, label);
	else
		output_print(out, "%-*s ", LABEL_COLUMNS - 1, label);
}

static void put_hop(struct output *out, const struct scale *s, const struct chain *chain,
		    const struct chain_hop *hop)
{
	const struct chain_exchange *x = hop->exchange;
	uint64_t to = x->ended ? x->ended : chain->end;
	char bar = hop->upstream ? '=' : '#';

	if (!chain_outcome_is_response(x->outcome))
		bar = '.';
	put_label(out, hop);
	put_bar(out, s, x->asked, to, bar);
	if (x->ended)
		output_print(out, " %.1f", (double)exchange_latency(x) / 1e6);
	output_string(out, "\n");
}

void chain_timeline(struct output *out, const struct chain *chain, const struct chain_style *style,
		    const struct chain_details *details)
{
	struct scale s;

	chain_heading(out, chain, style, details);
	measure(&s, chain, style->width);
	for (uint32_t i = 0; i < chain->hop_count; i++)
		put_hop(out, &s, chain, &chain->hops[i]);
}
