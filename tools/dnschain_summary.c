/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All chains of a run, added up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnschain_tally.h"

#define SLOWEST 5
#define SHOWN	10

struct slow {
	uint64_t id, total;
	char name[CHAIN_NAME_MAX];
	char process[PROCESS_TEXT_MAX];
};

struct chain_summary {
	uint64_t chains, failed, hops, total, worst, upstream;
	uint64_t without_query; /* calls */
	struct slow slowest[SLOWEST];
	struct tallies resolvers, servers;
};

struct chain_summary *chain_summary_new(void)
{
	return calloc(1, sizeof(struct chain_summary));
}

void chain_summary_free(struct chain_summary *s)
{
	free(s);
}

static bool failed(const struct chain_exchange *x)
{
	return x->outcome == OUTCOME_ERROR || x->outcome >= OUTCOME_TIMEOUT;
}

static void add_resolver(struct chain_summary *s, const struct chain_exchange *x)
{
	struct tally *t = x->has_responder ? tally_of_process(&s->resolvers, &x->responder)
					   : tally_of_address(&s->resolvers, &x->server);

	t->count++;
	t->hits += x->cache == CACHE_HIT;
	t->misses += x->cache == CACHE_MISS;
	t->failures += failed(x);
}

static void add_server(struct chain_summary *s, const struct chain_exchange *x)
{
	struct tally *t = tally_of_address(&s->servers, &x->server);

	t->count++;
	t->time += exchange_latency(x);
	t->failures += failed(x);
}

static void add_slow(struct chain_summary *s, const struct chain *chain)
{
	uint64_t total = chain_total(chain);
	struct slow *slow;
	int at = SLOWEST;

	while (at > 0 && total > s->slowest[at - 1].total)
		at--;
	if (at == SLOWEST)
		return;
	memmove(&s->slowest[at + 1], &s->slowest[at],
		(size_t)(SLOWEST - 1 - at) * sizeof(s->slowest[0]));
	slow = &s->slowest[at];
	slow->id = chain->id;
	slow->total = total;
	if (!chain_name(chain, slow->name))
		memcpy(slow->name, "-", 2);
	if (chain->owner)
		process_text(slow->process, chain->owner);
	else
		memcpy(slow->process, "-", 2);
}

/* A query that several chains share counts in each. */
void chain_summary_add(struct chain_summary *s, const struct chain *chain)
{
	uint64_t total = chain_total(chain);
	bool success, known = chain_succeeded(chain, &success);

	s->chains++;
	s->failed += known && !success;
	s->hops += chain->hop_count;
	s->total += total;
	s->upstream += chain->upstream;
	s->worst = total > s->worst ? total : s->worst;
	s->without_query += chain->call && !chain->hop_count;
	for (uint32_t i = 0; i < chain->hop_count; i++) {
		const struct chain_hop *hop = &chain->hops[i];

		if (hop->exchange->cache != CACHE_NONE)
			add_resolver(s, hop->exchange);
		if (hop->upstream)
			add_server(s, hop->exchange);
	}
	add_slow(s, chain);
}

/* ---- Showing it ------------------------------------------------------------------------------ */

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static double average(uint64_t sum, uint64_t count)
{
	return count ? ms(sum) / (double)count : 0;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void put_totals(const struct chain_summary *s, const struct chains_stats *stats,
		       struct output *out)
{
	output_print(out,
		     "\nchains %llu, failed %llu, avg %.1f ms, worst %.1f ms, hops %llu (%.1f a "
		     "chain), upstream %.0f %%\n",
		     (unsigned long long)s->chains, (unsigned long long)s->failed,
		     average(s->total, s->chains), ms(s->worst), (unsigned long long)s->hops,
		     s->chains ? (double)s->hops / (double)s->chains : 0,
		     percent(s->upstream, s->total));
	if (s->without_query)
		output_print(out, "answered without a query %llu\n",
			     (unsigned long long)s->without_query);
	if (stats->unlinked || stats->evicted || stats->refused)
		output_print(out, "unlinked %llu, evicted %llu, links without room %llu\n",
			     (unsigned long long)stats->unlinked,
			     (unsigned long long)stats->evicted,
			     (unsigned long long)stats->refused);
}

static void put_resolvers(const struct chain_summary *s, struct output *out)
{
	const struct tally *order[TALLIES_MAX + 1];
	uint32_t count = tallies_sorted(&s->resolvers, order);

	if (count)
		output_print(out, "\n%-28s %9s %9s %9s %9s\n", "RESOLVER", "REQUESTS", "HITS",
			     "HIT(%)", "FAILED");
	for (uint32_t i = 0; i < count && i < SHOWN; i++)
		output_print(out, "%-28s %9llu %9llu %9.1f %9llu\n", order[i]->key,
			     (unsigned long long)order[i]->count,
			     (unsigned long long)order[i]->hits,
			     percent(order[i]->hits, order[i]->hits + order[i]->misses),
			     (unsigned long long)order[i]->failures);
	if (count > SHOWN)
		output_print(out, "and %u more\n", count - SHOWN);
}

static void put_servers(const struct chain_summary *s, struct output *out)
{
	const struct tally *order[TALLIES_MAX + 1];
	uint32_t count = tallies_sorted(&s->servers, order);
	uint64_t time = 0;

	for (uint32_t i = 0; i < count; i++)
		time += order[i]->time;
	if (count)
		output_print(out, "\n%-28s %9s %9s %9s %9s\n", "UPSTREAM SERVER", "QUERIES",
			     "AVG(ms)", "TIME(%)", "FAILED");
	for (uint32_t i = 0; i < count && i < SHOWN; i++)
		output_print(out, "%-28s %9llu %9.1f %9.1f %9llu\n", order[i]->key,
			     (unsigned long long)order[i]->count,
			     average(order[i]->time, order[i]->count),
			     percent(order[i]->time, time), (unsigned long long)order[i]->failures);
	if (count > SHOWN)
		output_print(out, "and %u more\n", count - SHOWN);
}

static void put_slowest(const struct chain_summary *s, struct output *out)
{
	if (s->slowest[0].id)
		output_print(out, "\n%-8s %10s %-24s %s\n", "SLOWEST", "TOTAL(ms)", "PROCESS",
			     "NAME");
	for (int i = 0; i < SLOWEST && s->slowest[i].id; i++)
		output_print(out, "%-8llu %10.1f %-24s %s\n", (unsigned long long)s->slowest[i].id,
			     ms(s->slowest[i].total), s->slowest[i].process, s->slowest[i].name);
}

void chain_summary_text(const struct chain_summary *s, const struct chains_stats *stats,
			struct output *out)
{
	put_totals(s, stats, out);
	put_slowest(s, out);
	put_resolvers(s, out);
	put_servers(s, out);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

#define PUT_NUMBER(j, key, value) (json_key(j, key), json_unsigned(j, value))
#define PUT_MS(j, key, value)	  (json_key(j, key), json_decimal(j, value, 6))

static void json_resolvers(const struct chain_summary *s, struct json *j)
{
	const struct tally *order[TALLIES_MAX + 1];
	uint32_t count = tallies_sorted(&s->resolvers, order);

	json_key(j, "resolvers");
	json_array_begin(j);
	for (uint32_t i = 0; i < count; i++) {
		json_object_begin(j);
		json_key(j, "resolver");
		json_string(j, order[i]->key);
		PUT_NUMBER(j, "requests", order[i]->count);
		PUT_NUMBER(j, "hits", order[i]->hits);
		PUT_NUMBER(j, "misses", order[i]->misses);
		PUT_NUMBER(j, "failed", order[i]->failures);
		json_object_end(j);
	}
	json_array_end(j);
}

static void json_servers(const struct chain_summary *s, struct json *j)
{
	const struct tally *order[TALLIES_MAX + 1];
	uint32_t count = tallies_sorted(&s->servers, order);

	json_key(j, "servers");
	json_array_begin(j);
	for (uint32_t i = 0; i < count; i++) {
		json_object_begin(j);
		json_key(j, "server");
		json_string(j, order[i]->key);
		PUT_NUMBER(j, "queries", order[i]->count);
		PUT_MS(j, "time_ms", order[i]->time);
		PUT_NUMBER(j, "failed", order[i]->failures);
		json_object_end(j);
	}
	json_array_end(j);
}

static void json_slowest(const struct chain_summary *s, struct json *j)
{
	json_key(j, "slowest");
	json_array_begin(j);
	for (int i = 0; i < SLOWEST && s->slowest[i].id; i++) {
		json_object_begin(j);
		PUT_NUMBER(j, "chain_id", s->slowest[i].id);
		json_key(j, "name");
		json_string(j, s->slowest[i].name);
		PUT_MS(j, "total_ms", s->slowest[i].total);
		json_object_end(j);
	}
	json_array_end(j);
}

void chain_summary_json(const struct chain_summary *s, const struct chains_stats *stats,
			struct json *j, uint64_t time)
{
	json_event_begin(j, time, "summary");
	PUT_NUMBER(j, "chains", s->chains);
	PUT_NUMBER(j, "failed", s->failed);
	PUT_NUMBER(j, "hops", s->hops);
	PUT_NUMBER(j, "without_query", s->without_query);
	PUT_NUMBER(j, "unlinked", stats->unlinked);
	PUT_NUMBER(j, "evicted", stats->evicted);
	PUT_NUMBER(j, "links_without_room", stats->refused);
	PUT_MS(j, "total_ms", s->total);
	PUT_MS(j, "worst_ms", s->worst);
	PUT_MS(j, "upstream_ms", s->upstream);
	json_slowest(s, j);
	json_resolvers(s, j);
	json_servers(s, j);
	json_line_end(j);
}
