/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnslat's command line.
 */
#include "dnslat_options.h"

#include <stdio.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/parse.h"

#define SECONDS_MAX (31536000ULL * NS_PER_SECOND) /* a year */
#define MS_MAX	    (86400ULL * NS_PER_SECOND)	  /* a day */
#define TOP_SHOWN   20
#define POWERS_MS   17 /* 2^17 ms are 131 s */
#define POWERS_US   27

enum {
	OPTION_USEC = OPTION_OWN,
	OPTION_BUCKETS,
	OPTION_BY,
	OPTION_SORT,
	OPTION_TOP,
	OPTION_FULL_NAME,
	OPTION_HEATMAP,
	OPTION_ASCII,
};

static bool set_slow(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct lat_options *o = target;

	(void)error;
	o->stream = true;
	return parse_fraction(value, NS_PER_MS, MS_MAX, &o->report.slow);
}

OPTION_FLAG(usec, struct lat_options, report.usec)
OPTION_FLAG(full_name, struct lat_options, full_name)
OPTION_FLAG(no_clear, struct lat_options, no_clear)
OPTION_FLAG(heatmap, struct lat_options, heatmap)
OPTION_FLAG(ascii, struct lat_options, ascii)

/* "1,5,10" in ms, rising. */
static bool set_buckets(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct latency_scale *scale = &((struct lat_options *)target)->report.scale;
	const char *rest = value ? value : "1,5,10,50,100,500";
	uint64_t last = 0;

	snprintf(error, OPTION_ERROR_MAX, "must be rising numbers of ms, as 1,5,10; at most %d",
		 LATENCY_STEPS_MAX);
	scale->count = 0;
	for (;;) {
		size_t length = strcspn(rest, ",");
		char number[32];

		if (length >= sizeof(number) || scale->count == LATENCY_STEPS_MAX)
			return false;
		memcpy(number, rest, length);
		number[length] = '\0';
		if (!parse_fraction(number, NS_PER_MS, MS_MAX, &scale->upper[scale->count]) ||
		    scale->upper[scale->count] <= last)
			return false;
		last = scale->upper[scale->count++];
		if (!rest[length])
			return true;
		rest += length + 1;
	}
}

static bool set_by(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	snprintf(error, OPTION_ERROR_MAX,
		 "is none of server, client, process, type, rcode, name, cgroup, interface");
	return group_by_from_name(value, &((struct lat_options *)target)->report.by);
}

static bool set_sort(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct lat_options *o = target;
	size_t n = (size_t)snprintf(error, OPTION_ERROR_MAX, "is none of");

	for (int i = 0; i < GROUP_COLUMNS; i++)
		n += (size_t)snprintf(error + n, OPTION_ERROR_MAX - n, "%s %s", i ? "," : "",
				      group_column_name((enum group_column)i));
	o->has_sort = true;
	return group_column_from_name(value, &o->report.sort);
}

static bool set_top(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct lat_options *o = target;
	uint64_t top;

	snprintf(error, OPTION_ERROR_MAX, "must be 1 to %d", REPORT_GROUPS_MAX);
	if (!parse_unsigned(value, 1, REPORT_GROUPS_MAX, &top))
		return false;
	o->has_top = true;
	o->report.top = (uint32_t)top;
	return true;
}

static bool take_operand(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct lat_options *o = target;
	uint64_t count;

	switch (o->operands++) {
	case 0:
		snprintf(error, OPTION_ERROR_MAX, "is no interval: seconds, more than 0");
		return parse_fraction(value, NS_PER_SECOND, SECONDS_MAX, &o->interval) &&
		       o->interval >= NS_PER_MS;
	case 1:
		snprintf(error, OPTION_ERROR_MAX, "is no count of intervals: at least 1");
		if (!parse_unsigned(value, 1, UINT32_MAX, &count))
			return false;
		o->count = (uint32_t)count;
		return true;
	default:
		snprintf(error, OPTION_ERROR_MAX, "is one operand too many: [INTERVAL [COUNT]]");
		return false;
	}
}

static const struct option_spec option_table[] = {
	SHARED_WHO,
	SHARED_WHAT,
	SHARED_SOURCE,
	{'m', OPTIONS_OUTPUT, "min-latency", "MS",
	 "show each lookup of at least MS milliseconds,\nand each timeout, as it ends; 'slow' is "
	 "100 else",
	 set_slow},
	{OPTION_BY, OPTIONS_OUTPUT, "by", "KEY",
	 "a table, by server, client (network), process,\ntype, rcode, name, cgroup or interface",
	 set_by},
	{OPTION_SORT, OPTIONS_OUTPUT, "sort", "COLUMN",
	 "with --by: by queries, slow, timeouts, retries,\nfailed, min, avg, p50, p95 (default), "
	 "p99, max",
	 set_sort},
	{OPTION_TOP, OPTIONS_OUTPUT, "top", "N", "with --by: the first N (20; with -j all)",
	 set_top},
	{OPTION_FULL_NAME, OPTIONS_OUTPUT, "full-name", NULL,
	 "with --by name: not by registered domain", set_full_name},
	{OPTION_USEC, OPTIONS_OUTPUT, "usec", NULL, "the histogram in microseconds", set_usec},
	{OPTION_BUCKETS, OPTIONS_OUTPUT, "buckets", "[MS,...]",
	 "the histogram's steps (1,5,10,50,100,500)", set_buckets},
	{OPTION_HEATMAP, OPTIONS_OUTPUT, "heatmap", NULL,
	 "latency over time; INTERVAL is 1 if not given", set_heatmap},
	{OPTION_ASCII, OPTIONS_OUTPUT, "ascii", NULL, "draw it with ASCII alone", set_ascii},
	{'C', OPTIONS_OUTPUT, "noclear", NULL, "do not clear the terminal for each table",
	 set_no_clear},
	SHARED_OUTPUT,
	SHARED_LIMITS,
	SHARED_OTHER,
	{0},
};

const struct tool tool_dnslat = {
	.name = "dnslat",
	.synopsis = "[OPTION]... [INTERVAL [COUNT]] [-- COMMAND [ARG]...]",
	.description = "Shows where DNS time goes: a summary at the end, or each INTERVAL seconds.",
	.options = option_table,
	.examples = "  dnslat                              until Ctrl-C, then the histogram\n"
		    "  dnslat 1 10                         ten summaries of a second\n"
		    "  dnslat -m 100                       each lookup that takes 100 ms or more\n"
		    "  dnslat --by server 5                compares resolvers\n"
		    "  dnslat --by process --sort timeouts who waits in vain\n"
		    "  dnslat --role server 1              the DNS server on this host\n"
		    "  dnslat --role both 1                and what it asks others\n"
		    "  dnslat --heatmap                    stalls at a glance\n"
		    "  dnslat --buckets 1,10,100 -j 60     for a collector\n"
		    "  dnslat -r dns.pcap                  of a capture file\n"
		    "  dnslat -- curl https://x.example    what one command waits for\n",
	.takes_command = true,
	.operand = take_operand,
};

static const char *problem(const struct lat_options *o)
{
	bool by_name = o->report.by == BY_NAME || o->report.by == BY_FULL_NAME;

	if ((o->has_sort || o->has_top) && !o->report.by)
		return "--sort and --top need a table: --by KEY";
	if (o->full_name && !by_name)
		return "--full-name needs --by name";
	if (o->ascii && !o->heatmap)
		return "--ascii needs --heatmap";
	if (o->heatmap && o->shared.json)
		return "either --heatmap or -j";
	if (o->shared.write && strcmp(o->shared.write, "-") == 0)
		return "-w needs a file: standard output has the report";
	return NULL;
}

enum options_result lat_options_parse(struct lat_options *o, int argc, char **argv, int *rest)
{
	enum options_result result = options_parse(&tool_dnslat, argc, argv, o, rest);
	struct report_config *config = &o->report;

	if (result != OPTIONS_RUN)
		return result;
	if (problem(o))
		return options_usage_error(&tool_dnslat, "%s", problem(o));
	if (o->full_name)
		config->by = BY_FULL_NAME;
	if (!o->has_top)
		config->top = o->shared.json ? REPORT_GROUPS_MAX : TOP_SHOWN;
	if (o->heatmap && !o->interval)
		o->interval = NS_PER_SECOND;
	config->no_histogram = o->heatmap;
	config->powers = config->scale.count == 0;
	if (config->powers)
		latency_scale_powers(&config->scale, config->usec ? 1000 : NS_PER_MS,
				     config->usec ? POWERS_US : POWERS_MS);
	return OPTIONS_RUN;
}
