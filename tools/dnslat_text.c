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

/* Columns of the bar, as bcc's print_log2_hist() has them. */
#define STARS 40

#define PERCENT(permille) ((double)(permille) / 10)

static void put_bar(struct output *out, uint64_t count, uint64_t most)
{
	char bar[STARS + 1];
	uint64_t stars = most ? (uint64_t)((double)count / (double)most * STARS) : 0;

	memset(bar, ' ', STARS);
	memset(bar, '*', stars);
	/* What is there is seen to be there. */
	if (count && !stars)
		bar[0] = '.';
	bar[STARS] = '\0';
	output_print(out, " : %-8llu |%s|\n", (unsigned long long)count, bar);
}

static void step_text(char text[FORMAT_NUMBER_MAX], const struct report_config *config, uint64_t ns)
{
	double unit = config->usec ? (double)US : (double)MS;

	snprintf(text, FORMAT_NUMBER_MAX, "%.6g", (double)ns / unit);
}

static void put_step(struct output *out, const struct report_config *config, uint32_t step)
{
	uint64_t unit = config->usec ? US : MS;
	char low[FORMAT_NUMBER_MAX] = "0", high[FORMAT_NUMBER_MAX] = "";

	if (config->powers) {
		output_print(out, "%10llu -> %-10llu", step ? 1ULL << step : 0,
			     (unsigned long long)(config->scale.upper[step] / unit));
		return;
	}
	if (step)
		step_text(low, config, config->scale.upper[step - 1]);
	if (step < config->scale.count)
		step_text(high, config, config->scale.upper[step]);
	output_print(out, "%10s -> %-10s", low, high);
}

static void put_histogram(struct output *out, const struct report_config *config,
			  const struct latency *l)
{
	uint32_t last = 0;
	uint64_t most = 0;

	for (uint32_t i = 0; i <= config->scale.count; i++) {
		if (l->steps[i])
			last = i;
		if (l->steps[i] > most)
			most = l->steps[i];
	}
	if (!most)
		return;
	output_print(out, "     %-19s : count    distribution\n", config->usec ? "usecs" : "msecs");
	if (!config->powers)
		last = config->scale.count;
	for (uint32_t i = 0; i <= last; i++) {
		put_step(out, config, i);
		put_bar(out, l->steps[i], most);
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

	output_print(out, "min %.3f, avg %.3f, max %.3f ms\n", (double)l->min / (double)MS,
		     (double)latency_average(l) / (double)MS, (double)l->max / (double)MS);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
		output_print(out, "%s%s %.3f", i ? ", " : "", percentiles[i].name,
			     (double)latency_percentile(l, percentiles[i].permille) / (double)MS);
	output_print(out, " ms (each within %.1f %%)\n", PERCENT(HISTOGRAM_ERROR_PERMILLE));
}

#define COLUMN_WIDTH 9

static void put_heading(struct output *out, enum group_by by)
{
	static const char *const headings[GROUP_COLUMNS] = {
		"QUERIES", "SLOW",    "TIMEOUTS", "RETRIES", "FAILED",	"MIN(ms)",
		"AVG(ms)", "P50(ms)", "P95(ms)",  "P99(ms)", "MAX(ms)",
	};
	const char *name = group_by_name(by);
	char upper[16] = "";

	for (size_t i = 0; i < sizeof(upper) - 1 && name[i]; i++)
		upper[i] = (char)(name[i] - 'a' + 'A');
	for (int i = 0; i < GROUP_COLUMNS; i++)
		output_print(out, "%*s ", i < GROUP_MIN ? COLUMN_WIDTH - 1 : COLUMN_WIDTH,
			     headings[i]);
	output_print(out, "%s\n", upper);
}

static void put_group(struct output *out, const struct group *group)
{
	const struct latency *l = &group->latency;

	for (int i = 0; i < GROUP_MIN; i++)
		output_print(out, "%*llu ", COLUMN_WIDTH - 1,
			     (unsigned long long)report_figure(l, (enum group_column)i));
	for (int i = GROUP_MIN; i < GROUP_COLUMNS; i++) {
		if (l->answers)
			output_print(out, "%*.3f ", COLUMN_WIDTH,
				     (double)report_figure(l, (enum group_column)i) / (double)MS);
		else
			output_print(out, "%*s ", COLUMN_WIDTH, "-");
	}
	if (group->key_size)
		output_put(out, (const char *)group->key, group->key_size);
	else
		output_string(out, "(others: no room for more)");
	output_put(out, "\n", 1);
}

static void put_groups(struct output *out, const struct report_config *config,
		       const struct groups *groups)
{
	static const struct group *order[REPORT_GROUPS_MAX];
	uint32_t shown = report_order(order, config, groups), count = groups_count(groups);

	if (!count)
		return;
	put_heading(out, config->by);
	for (uint32_t i = 0; i < shown; i++)
		put_group(out, order[i]);
	if (shown < count)
		output_print(out, "(%u more: --top)\n", count - shown);
	output_print(out, "\n");
}

void report_text(struct output *out, const struct report_config *config,
		 const struct report *report, const struct measures *measures)
{
	const struct latency *l = &measures->total;

	if (report->title)
		output_print(out, "%s\n\n",
			     measures->role == ROLE_SERVER ? "Answered here (server)"
							   : "Asked from here (client)");
	if (measures->groups)
		put_groups(out, config, measures->groups);
	else
		put_histogram(out, config, l);
	put_totals(out, report, l);
	if (l->answers) {
		put_rcodes(out, l);
		put_times(out, l);
	}
	output_print(out, "\n");
}
