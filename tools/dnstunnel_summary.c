/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What there was in all, at the end.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/format.h"
#include "cli/json_lookup.h"
#include "dnstunnel.h"

#define BEST_MAX 10

struct tunnel_summary {
	unsigned int count;
	struct alert best[BEST_MAX]; /* of domains, by score */
};

struct tunnel_summary *tunnel_summary_new(void)
{
	return calloc(1, sizeof(struct tunnel_summary));
}

void tunnel_summary_free(struct tunnel_summary *s)
{
	free(s);
}

void tunnel_summary_add(struct tunnel_summary *s, const struct alert *closed)
{
	unsigned int place = s->count;

	if (!closed->has_domain && !closed->domain_count)
		return;
	while (place && s->best[place - 1].score < closed->score)
		place--;
	if (place == BEST_MAX)
		return;
	if (s->count < BEST_MAX)
		s->count++;
	memmove(&s->best[place + 1], &s->best[place], (s->count - place - 1) * sizeof(s->best[0]));
	s->best[place] = *closed;
}

static uint64_t of_kind(const struct detector_stats *stats, int kind)
{
	uint64_t sum = 0;

	for (int i = 0; i < ALERT_SEVERITIES; i++)
		sum += stats->alerts[kind][i];
	return sum;
}

static uint64_t of_severity(const struct detector_stats *stats, int severity)
{
	uint64_t sum = 0;

	for (int i = 0; i < ALERT_KINDS; i++)
		sum += stats->alerts[i][severity];
	return sum;
}

static void put_totals(const struct detector_stats *stats, struct output *out)
{
	output_print(out, "\nmessages %llu, clients %u, domains %u; alerts",
		     (unsigned long long)stats->messages, stats->clients, stats->domains);
	for (int i = ALERT_SEVERITIES - 1; i >= 0; i--)
		output_print(out, "%s %s %llu", i == ALERT_SEVERITIES - 1 ? "" : ",",
			     alert_severity_name((enum alert_severity)i),
			     (unsigned long long)of_severity(stats, i));
	for (int i = 0, n = 0; i < ALERT_KINDS; i++)
		if (of_kind(stats, i))
			output_print(out, "%s %s %llu", n++ ? "," : ":",
				     alert_kind_name((enum alert_kind)i),
				     (unsigned long long)of_kind(stats, i));
	output_string(out, "\n");
	if (stats->evicted_domains + stats->evicted_clients + stats->evicted_alerts +
	    stats->forgotten_names)
		output_print(out,
			     "given up for others: domains %llu, clients %llu, alerts %llu, "
			     "names %llu\n",
			     (unsigned long long)stats->evicted_domains,
			     (unsigned long long)stats->evicted_clients,
			     (unsigned long long)stats->evicted_alerts,
			     (unsigned long long)stats->forgotten_names);
}

static void put_figure(struct output *out, int width, bool known, uint64_t figure)
{
	char text[FORMAT_NUMBER_MAX] = "-";

	if (known)
		format_unsigned(text, figure);
	output_print(out, " %*s", width, text);
}

void tunnel_summary_text(const struct tunnel_summary *s, const struct detector_stats *stats,
			 struct output *out)
{
	put_totals(stats, out);
	if (!s->count)
		return;
	output_print(out, "\n%5s %-16s %8s %8s %10s %10s DOMAIN\n", "SCORE", "KIND", "QUERIES",
		     "NAMES", "UP(B)", "DOWN(B)");
	for (unsigned int i = 0; i < s->count; i++) {
		const struct alert *a = &s->best[i];
		char name[DNS_NAME_TEXT_MAX];

		output_print(out, "%5u %-16s %8llu", a->score, alert_kind_name(a->kind),
			     (unsigned long long)a->queries);
		put_figure(out, 8, a->has_names, a->distinct_names);
		put_figure(out, 10, a->has_up, a->bytes_up);
		put_figure(out, 10, a->has_down, a->bytes_down);
		output_string(out, " ");
		if (a->has_domain)
			output_put(out, name, dns_name_to_text(name, &a->domain));
		else
			output_print(out, "about %u domains", a->domain_count);
		output_string(out, "\n");
	}
}

static void put_count(struct json *j, const char *key, uint64_t count)
{
	json_string(j, key);
	json_unsigned(j, count);
}

static void put_best(struct json *j, const struct alert *a)
{
	char name[DNS_NAME_TEXT_MAX];

	json_object_begin(j);
	if (a->has_domain) {
		json_key(j, "domain");
		json_text(j, name, dns_name_to_text(name, &a->domain));
	} else {
		put_count(j, "domains", a->domain_count);
	}
	json_key(j, "kind");
	json_string(j, alert_kind_name(a->kind));
	put_count(j, "score", a->score);
	put_count(j, "queries", a->queries);
	if (a->has_names)
		put_count(j, "distinct_names", a->distinct_names);
	if (a->has_up)
		put_count(j, "bytes_up", a->bytes_up);
	if (a->has_down)
		put_count(j, "bytes_down", a->bytes_down);
	json_object_end(j);
}

void tunnel_summary_json(const struct tunnel_summary *s, const struct detector_stats *stats,
			 uint64_t time, struct json *j)
{
	json_event_begin(j, time, "summary");
	put_count(j, "messages", stats->messages);
	put_count(j, "clients", stats->clients);
	put_count(j, "domains", stats->domains);
	json_key(j, "severities");
	json_object_begin(j);
	for (int i = 0; i < ALERT_SEVERITIES; i++)
		put_count(j, alert_severity_name((enum alert_severity)i), of_severity(stats, i));
	json_object_end(j);
	json_key(j, "kinds");
	json_object_begin(j);
	for (int i = 0; i < ALERT_KINDS; i++)
		put_count(j, alert_kind_name((enum alert_kind)i), of_kind(stats, i));
	json_object_end(j);
	json_key(j, "top");
	json_array_begin(j);
	for (unsigned int i = 0; i < s->count; i++)
		put_best(j, &s->best[i]);
	json_array_end(j);
	put_count(j, "evicted_domains", stats->evicted_domains);
	put_count(j, "evicted_clients", stats->evicted_clients);
	put_count(j, "evicted_alerts", stats->evicted_alerts);
	put_count(j, "forgotten_names", stats->forgotten_names);
	json_line_end(j);
}
