/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as people read it.
 */
#include <stdio.h>
#include <string.h>

#include "cli/format.h"
#include "dns/codes.h"
#include "dnslat.h"

#define US 1000ULL
#define MS 1000000ULL

/* Columns of all bars together, as bcc's print_log2_hist() has them. */
#define STARS 40

#define PERCENT(permille) ((double)(permille) / 10)

/* Four figures: what rounding adds is less than what is left of the stated error. */
static void ms_text(char text[FORMAT_NUMBER_MAX], uint64_t ns)
{
	double ms = (double)ns / (double)MS;

	snprintf(text, FORMAT_NUMBER_MAX, ms < 999.95 ? "%#.4g" : "%.0f", ms);
}

static const char *role_title(const struct measures *m)
{
	return m->role == ROLE_SERVER ? "server" : "client";
}

static void put_bar(struct output *out, uint64_t count, uint64_t most, size_t width)
{
	char bar[STARS + 1];
	uint64_t stars = most ? (uint64_t)((double)count / (double)most * (double)width) : 0;

	memset(bar, ' ', width);
	memset(bar, '*', stars);
	/* What is there is seen to be there. */
	if (count && !stars)
		bar[0] = '.';
	bar[width] = '\0';
	output_print(out, " : %-8llu |%s|", (unsigned long long)count, bar);
}

/* Of powers of two, as in bcc's tools, the whole units that a step has. */
static void step_text(char text[FORMAT_NUMBER_MAX], const struct report_config *config, uint64_t ns)
{
	uint64_t unit = config->usec ? US : MS;

	if (config->powers)
		snprintf(text, FORMAT_NUMBER_MAX, "%llu", (unsigned long long)(ns / unit));
	else
		snprintf(text, FORMAT_NUMBER_MAX, "%.6g", (double)ns / (double)unit);
}

static void put_step(struct output *out, const struct report_config *config, uint32_t step)
{
	char low[FORMAT_NUMBER_MAX] = "0", high[FORMAT_NUMBER_MAX] = "";
	const uint64_t *upper = config->scale.upper;

	if (step)
		step_text(low, config, upper[step - 1] + config->powers);
	if (step < config->scale.count)
		step_text(high, config, upper[step]);
	output_print(out, "%10s -> %-10s", low, high);
}

/* The last step that is not empty, and the fullest step's count. */
static uint32_t last_step(const struct latency *l, uint32_t last, uint64_t *most)
{
	for (uint32_t i = 0; i <= LATENCY_STEPS_MAX; i++) {
		if (l->steps[i] && i > last)
			last = i;
		if (l->steps[i] > *most)
			*most = l->steps[i];
	}
	return last;
}

static void put_histogram_heading(struct output *out, const struct report_config *config,
				  const struct measures *measures, unsigned int roles)
{
	output_print(out, "     %-19s : ", config->usec ? "usecs" : "msecs");
	if (roles == 1)
		output_print(out, "count    distribution\n");
	else
		output_print(out, "%-*s : %s\n", STARS / 2 + 11, role_title(&measures[0]),
			     role_title(&measures[1]));
}

/* Of both roles side by side, each with its own scale. */
static void put_histogram(struct output *out, const struct report_config *config,
			  const struct measures *measures, unsigned int roles)
{
	uint64_t most[2] = {0};
	uint32_t last = 0;

	for (unsigned int role = 0; role < roles; role++)
		last = last_step(&measures[role].total, last, &most[role]);
	if (!most[0] && !most[1])
		return;
	if (!config->powers)
		last = config->scale.count;
	put_histogram_heading(out, config, measures, roles);
	for (uint32_t i = 0; i <= last; i++) {
		put_step(out, config, i);
		for (unsigned int role = 0; role < roles; role++)
			put_bar(out, measures[role].total.steps[i], most[role], STARS / roles);
		output_print(out, "\n");
	}
	output_print(out, "\n");
}

static void put_totals(struct output *out, const struct report *report, const struct latency *l)
{
	static const struct {
		const char *name;
		size_t offset;
	} others[] = {
		{"refused", offsetof(struct latency, refused)},
		{"send failed", offsetof(struct latency, send_failed)},
		{"unmatched", offsetof(struct latency, unmatched)},
		{"duplicates", offsetof(struct latency, duplicates)},
		{"late", offsetof(struct latency, late)},
	};

	output_print(out, "queries %llu, answers %llu, slow %llu, timeouts %llu, retries %llu",
		     (unsigned long long)l->queries, (unsigned long long)l->answers,
		     (unsigned long long)l->slow, (unsigned long long)l->timeouts,
		     (unsigned long long)l->retries);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		uint64_t count;

		memcpy(&count, (const char *)l + others[i].offset, sizeof(count));
		if (count)
			output_print(out, ", %s %llu", others[i].name, (unsigned long long)count);
	}
	if (report->evicted)
		output_print(out, ", evicted %llu", (unsigned long long)report->evicted);
	if (report->lost)
		output_print(out, ", lost %llu", (unsigned long long)report->lost);
	output_print(out, "\n");
}

static void put_rcodes(struct output *out, const struct latency *l)
{
	char buffer[DNS_CODE_TEXT_MAX];
	const char *before = "rcodes ";

	for (uint16_t i = 0; i <= LATENCY_RCODES; i++) {
		if (!l->rcodes[i])
			continue;
		output_print(out, "%s%s %llu", before,
			     i < LATENCY_RCODES ? dns_rcode_name(i, buffer) : "others",
			     (unsigned long long)l->rcodes[i]);
		before = ", ";
	}
	output_print(out, "\n");
}

static void put_times(struct output *out, const struct latency *l)
{
	static const struct {
		const char *name;
		uint32_t permille;
	} percentiles[] = {{"p50", 500}, {"p90", 900}, {"p95", 950}, {"p99", 990}, {"p99.9", 999}};
	char text[FORMAT_NUMBER_MAX];

	output_print(out, "min %.3f, avg %.3f, max %.3f ms\n", (double)l->min / (double)MS,
		     (double)latency_average(l) / (double)MS, (double)l->max / (double)MS);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		ms_text(text, latency_percentile(l, percentiles[i].permille));
		output_print(out, "%s%s %s", i ? ", " : "", percentiles[i].name, text);
	}
	output_print(out, " ms (each within %.1f %%)\n", PERCENT(HISTOGRAM_ERROR_PERMILLE));
}

#define COLUMN_WIDTH 9

static void put_heading(struct output *out, const char *key)
{
	static const char *const headings[GROUP_COLUMNS] = {
		"QUERIES", "SLOW",    "TIMEOUTS", "RETRIES", "FAILED",	"MIN(ms)",
		"AVG(ms)", "P50(ms)", "P95(ms)",  "P99(ms)", "MAX(ms)",
	};
	char upper[16] = "";

	for (size_t i = 0; i < sizeof(upper) - 1 && key[i]; i++)
		upper[i] = (char)(key[i] - 'a' + 'A');
	for (int i = 0; i < GROUP_COLUMNS; i++)
		output_print(out, "%*s ", COLUMN_WIDTH, headings[i]);
	output_print(out, "%s\n", upper);
}

static void put_figures(struct output *out, const struct latency *l)
{
	char text[FORMAT_NUMBER_MAX] = "-";

	for (int i = 0; i < GROUP_MIN; i++)
		output_print(out, "%*llu ", COLUMN_WIDTH,
			     (unsigned long long)report_figure(l, (enum group_column)i));
	for (int i = GROUP_MIN; i < GROUP_COLUMNS; i++) {
		if (l->answers)
			ms_text(text, report_figure(l, (enum group_column)i));
		output_print(out, "%*s ", COLUMN_WIDTH, text);
	}
}

static void put_group(struct output *out, const struct group *group)
{
	put_figures(out, &group->latency);
	if (group->key_size)
		output_put(out, (const char *)group->key, group->key_size);
	else
		output_string(out, "(others: no room for more)");
	output_put(out, "\n", 1);
}

/* Groups of responses alone that ended no lookup have nothing to show, and are the last in order.
 */
static uint32_t count_groups(const struct groups *groups)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < groups_count(groups); i++)
		count += groups_at(groups, i)->latency.queries != 0;
	return count;
}

static void put_groups(struct output *out, const struct report_config *config,
		       const struct groups *groups)
{
	static const struct group *order[REPORT_GROUPS_MAX];
	uint32_t shown = report_order(order, config, groups), count = count_groups(groups);

	if (shown > count)
		shown = count;
	if (!count)
		return;
	put_heading(out, group_by_name(config->by));
	for (uint32_t i = 0; i < shown; i++)
		put_group(out, order[i]);
	if (shown < count)
		output_print(out, "(%u more: --top)\n", count - shown);
	output_print(out, "\n");
}

static void put_role(struct output *out, const struct report_config *config,
		     const struct report *report, const struct measures *m)
{
	if (m->groups)
		put_groups(out, config, m->groups);
	put_totals(out, report, &m->total);
	if (m->total.answers) {
		put_rcodes(out, &m->total);
		put_times(out, &m->total);
	}
	output_print(out, "\n");
}

void report_text(struct output *out, const struct report_config *config,
		 const struct report *report, const struct measures *measures, unsigned int roles)
{
	if (!config->by && !config->no_histogram)
		put_histogram(out, config, measures, roles);
	for (unsigned int role = 0; role < roles; role++) {
		if (roles > 1)
			output_print(out, "%s:\n", role_title(&measures[role]));
		put_role(out, config, report, &measures[role]);
	}
}
