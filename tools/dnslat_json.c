/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as one JSON object.
 */
#include "cli/clock.h"
#include "dns/codes.h"
#include "dnslat.h"

#define PUT_UNSIGNED(j, key, value)                                                                \
	do {                                                                                       \
		json_key(j, key);                                                                  \
		json_unsigned(j, value);                                                           \
	} while (0)

#define PUT_MS(j, key, ns)                                                                         \
	do {                                                                                       \
		json_key(j, key);                                                                  \
		json_decimal(j, ns, 6);                                                            \
	} while (0)

static void put_rcodes(struct json *j, const struct latency *l)
{
	char buffer[DNS_CODE_TEXT_MAX];

	json_key(j, "rcodes");
	json_object_begin(j);
	for (uint16_t i = 0; i <= LATENCY_RCODES; i++) {
		if (!l->rcodes[i])
			continue;
		json_string(j, i < LATENCY_RCODES ? dns_rcode_name(i, buffer) : "others");
		json_unsigned(j, l->rcodes[i]);
	}
	json_object_end(j);
}

static void put_times(struct json *j, const struct latency *l)
{
	PUT_MS(j, "min_ms", l->min);
	PUT_MS(j, "avg_ms", latency_average(l));
	PUT_MS(j, "max_ms", l->max);
	PUT_MS(j, "p50_ms", latency_percentile(l, 500));
	PUT_MS(j, "p90_ms", latency_percentile(l, 900));
	PUT_MS(j, "p95_ms", latency_percentile(l, 950));
	PUT_MS(j, "p99_ms", latency_percentile(l, 990));
	PUT_MS(j, "p999_ms", latency_percentile(l, 999));
}

static void put_histogram(struct json *j, const struct latency_scale *scale,
			  const struct latency *l)
{
	json_key(j, "histogram");
	json_array_begin(j);
	for (uint32_t i = 0; i <= scale->count; i++) {
		if (!l->steps[i])
			continue;
		json_object_begin(j);
		if (i < scale->count)
			PUT_MS(j, "le_ms", scale->upper[i]);
		PUT_UNSIGNED(j, "count", l->steps[i]);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_latency(struct json *j, const struct latency_scale *scale, const struct latency *l)
{
	PUT_UNSIGNED(j, "queries", l->queries);
	PUT_UNSIGNED(j, "answers", l->answers);
	PUT_UNSIGNED(j, "slow", l->slow);
	PUT_UNSIGNED(j, "timeouts", l->timeouts);
	PUT_UNSIGNED(j, "refused", l->refused);
	PUT_UNSIGNED(j, "send_failed", l->send_failed);
	PUT_UNSIGNED(j, "retries", l->retries);
	PUT_UNSIGNED(j, "unmatched", l->unmatched);
	PUT_UNSIGNED(j, "duplicates", l->duplicates);
	PUT_UNSIGNED(j, "late", l->late);
	put_rcodes(j, l);
	if (l->answers)
		put_times(j, l);
	put_histogram(j, scale, l);
}

static void put_groups(struct json *j, const struct report_config *config,
		       const struct groups *groups)
{
	static const struct group *order[REPORT_GROUPS_MAX];
	uint32_t shown = report_order(order, config, groups);

	json_key(j, "groups");
	json_array_begin(j);
	for (uint32_t i = 0; i < shown; i++) {
		json_object_begin(j);
		json_key(j, "by");
		json_string(j, group_by_name(config->by));
		/* Those that found no room have no key. */
		if (order[i]->key_size) {
			json_key(j, "key");
			json_text(j, (const char *)order[i]->key, order[i]->key_size);
		}
		put_latency(j, &config->scale, &order[i]->latency);
		json_object_end(j);
	}
	json_array_end(j);
	PUT_UNSIGNED(j, "groups_not_shown", groups_count(groups) - shown);
}

void report_json(struct json *j, const struct report_config *config, const struct report *report,
		 const struct measures *measures)
{
	const char *role = lookup_role_name(measures->role);

	json_event_begin(j, report->time, "summary");
	if (role) {
		json_key(j, "role");
		json_string(j, role);
	}
	json_key(j, "interval_s");
	json_decimal(j, report->duration, 9);
	PUT_MS(j, "slow_ms", config->slow);
	json_key(j, "error_percent");
	json_decimal(j, HISTOGRAM_ERROR_PERMILLE, 1);
	put_latency(j, &config->scale, &measures->total);
	PUT_UNSIGNED(j, "evicted", report->evicted);
	PUT_UNSIGNED(j, "lost", report->lost);
	if (measures->groups)
		put_groups(j, config, measures->groups);
	json_line_end(j);
}
