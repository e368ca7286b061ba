/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnslat: where DNS time goes. Lookups are added up for an interval, or until the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/details.h"
#include "cli/format.h"
#include "cli/json_lookup.h"
#include "cli/loop.h"
#include "cli/table.h"
#include "cli/tracing.h"
#include "dns/registered.h"
#include "dnslat.h"
#include "dnslat_heatmap.h"
#include "dnslat_options.h"

#define OUTPUT_SIZE   (256 * 1024)
#define WIDTH_OF_NONE 80 /* columns, where there is no terminal */

struct lat {
	struct lat_options options;
	struct tracing tracing;
	struct measures measures[2]; /* of both roles, or the first alone */
	unsigned int roles;
	struct tally_counts tally[2]; /* as they were then */
	uint64_t began;		      /* the interval; 0: not yet */
	uint32_t reports;
	struct source_stats source; /* as they were then */
	uint64_t evicted;
	struct processes *processes; /* -m with JSON only */
	struct heatmap *heatmap;
	struct output out;
	struct json json;
	struct table table; /* -m */
	bool in_place;	    /* each report takes the place of the one before */
};

static uint64_t wall_time(const struct lat *s, uint64_t time)
{
	return wall_clock_time(&s->tracing.clock, time);
}

static bool is_over(const struct lat *s)
{
	return s->options.count && s->reports == s->options.count;
}

/* ---- An interval's report -------------------------------------------------------------------- */

static uint64_t lost(const struct source_stats *stats)
{
	return stats->lost_ring + stats->unreadable;
}

static void measure_losses(struct lat *s, struct report *report)
{
	struct source_stats source;
	uint64_t evicted = transactions_stats(s->tracing.transactions)->evicted;

	s->tracing.session.source->operations->stats(s->tracing.session.source, &source);
	report->lost = lost(&source) - lost(&s->source);
	report->evicted = evicted - s->evicted;
	if (s->heatmap)
		return;
	s->source = source;
	s->evicted = evicted;
}

/* What the kernel counts by itself. */
static void add_tally(struct lat *s)
{
	static struct tally_counts counts;
	struct source *source = s->tracing.session.source;

	for (unsigned int i = 0; i < s->roles; i++) {
		struct measures *m = &s->measures[i];

		if (!source->operations->tally ||
		    !source->operations->tally(
			    source, m->role == ROLE_SERVER ? TALLY_SERVER : TALLY_CLIENT, &counts))
			return;
		latency_add_tally(&m->total, &counts, &s->tally[i]);
		s->tally[i] = counts;
	}
}

/* Intervals in which nothing ended are left out of a file's reports, but not of its heatmap. */
static bool is_left_out(const struct lat *s)
{
	if (session_is_live(&s->options.shared) || s->heatmap)
		return false;
	for (unsigned int i = 0; i < s->roles; i++)
		if (s->measures[i].total.queries || s->measures[i].total.unmatched)
			return false;
	return true;
}

static void clear(struct measures *m)
{
	latency_reset(&m->total);
	if (m->groups)
		groups_reset(m->groups);
}

static void put_title(struct lat *s, const struct report *report)
{
	char text[FORMAT_TIME_MAX];

	if (s->in_place)
		output_string(&s->out, "\033[H\033[J");
	if (s->options.stream)
		output_string(&s->out, "\n");
	if (!s->options.shared.wall_clock)
		return;
	format_time_of_day(text, report->time);
	output_print(&s->out, "%s\n", text);
}

static unsigned int width_of(const struct lat *s)
{
	unsigned int width = terminal_width(s->out.fd);

	return width ? width : WIDTH_OF_NONE;
}

static void put_report(struct lat *s, const struct report *report)
{
	put_title(s, report);
	if (s->heatmap)
		heatmap_draw(s->heatmap, width_of(s), s->options.ascii, &s->out);
	report_text(&s->out, &s->options.report, report, s->measures, s->roles);
}

/* What was told is forgotten; but below a heatmap stand the totals of the whole time. */
static void begin_anew(struct lat *s)
{
	if (s->heatmap)
		return;
	for (unsigned int i = 0; i < s->roles; i++)
		clear(&s->measures[i]);
}

/* What was measured up to `end`, in the clock of tracing.now, is told. */
static void end_interval(struct lat *s, uint64_t end, bool last)
{
	struct report report = {
		.time = wall_time(s, end),
		.duration = end - s->began,
	};

	s->reports++;
	report.last = last || is_over(s);
	measure_losses(s, &report);
	add_tally(s);
	if (s->heatmap)
		heatmap_add(s->heatmap, &s->measures[0].total.histogram);
	if (s->options.shared.json) {
		for (unsigned int i = 0; i < s->roles; i++)
			report_json(&s->json, &s->options.report, &report, &s->measures[i]);
	} else if (!s->heatmap || s->in_place || report.last) {
		put_report(s, &report);
	}
	begin_anew(s);
	s->began = end;
}

/* Columns of the heatmap without anything; the last one of COUNT is still to be told. */
static void pass(struct lat *s, uint64_t intervals)
{
	uint32_t left = s->options.count - s->reports;

	if (s->options.count && intervals >= left)
		intervals = left ? left - 1 : 0;
	heatmap_pass(s->heatmap, intervals);
	s->reports += (uint32_t)intervals;
}

/*
 * Ends the interval if it is over at `now`. A file's first packet begins the first one. What is
 * missed altogether, as in a file that has no packets for a day, is a gap in the heatmap alone.
 */
static void end_if_over(struct lat *s, uint64_t now)
{
	uint64_t interval = s->options.interval, missed;

	if (!s->began)
		s->began = s->tracing.start;
	if (!interval || is_over(s) || now < s->began + interval)
		return;
	if (!is_left_out(s))
		end_interval(s, s->began + interval, false);
	missed = (now - s->began) / interval;
	s->began += missed * interval;
	if (s->heatmap)
		pass(s, missed);
}

/* ---- Lookups --------------------------------------------------------------------------------- */

static void fill_details(struct lat *s, const struct lookup *lookup, struct lookup_details *details)
{
	const struct shared_options *o = &s->options.shared;
	bool wanted = o->show_cgroup || o->json || s->options.report.by == BY_CGROUP;

	details_fill(details, lookup, s->tracing.session.source, s->processes,
		     wanted ? s->tracing.session.cgroups : NULL, s->tracing.now);
}

/* However it ended; a single query, a response that ends nothing and a drop took no time. */
static bool is_slow(const struct lat *s, const struct lookup *lookup)
{
	if (!s->options.stream)
		return false;
	switch (lookup->event) {
	case LOOKUP_TIMEOUT:
		return true;
	case LOOKUP_ANSWER:
	case LOOKUP_REFUSED:
	case LOOKUP_SEND_FAILED:
		return lookup->latency >= s->options.report.slow;
	default:
		return false;
	}
}

static void show(struct lat *s, const struct lookup *lookup, struct lookup_details *details)
{
	uint64_t time = wall_time(s, lookup->time);

	s->table.config.start = s->tracing.start;
	if (lookup->event == LOOKUP_ANSWER)
		details->event = "slow";
	if (s->options.shared.json)
		json_lookup(&s->json, lookup, time, details);
	else
		table_lookup(&s->table, lookup, time, details);
}

static void lookup_ended(void *context, const struct lookup *lookup)
{
	struct lat *s = context;
	const struct report_config *config = &s->options.report;
	struct measures *m = &s->measures[s->roles > 1 && lookup->role == ROLE_SERVER];
	struct lookup_details details = {0};
	char key[GROUP_KEY_MAX + 1];
	bool slow;

	end_if_over(s, lookup->time);
	if (is_over(s) || !filter_outcome(&s->options.shared.filter, lookup))
		return;
	slow = is_slow(s, lookup);
	if (m->groups || slow)
		fill_details(s, lookup, &details);
	latency_add(&m->total, lookup, &config->scale, config->slow);
	if (m->groups)
		latency_add(
			groups_find(m->groups, key, group_key(key, config->by, lookup, &details)),
			lookup, &config->scale, config->slow);
	if (slow)
		show(s, lookup, &details);
}

/* ---- From the beginning to the end ----------------------------------------------------------- */

static void begin(void *context)
{
	struct lat *s = context;

	if (session_is_live(&s->options.shared))
		s->began = s->tracing.start;
	if (s->options.stream && !s->options.shared.json)
		table_heading(&s->table);
	output_flush(&s->out);
}

static uint64_t deadline(void *context)
{
	const struct lat *s = context;

	return s->options.interval ? s->began + s->options.interval : UINT64_MAX;
}

static bool batch_done(void *context)
{
	struct lat *s = context;

	end_if_over(s, s->tracing.latest);
	output_flush(&s->out);
	if (s->options.stream && s->table.config.terminal)
		table_resize(&s->table, terminal_width(s->out.fd));
	return s->out.error == 0 && !is_over(s);
}

static int end(void *context)
{
	struct lat *s = context;

	if (!is_over(s) && !(s->reports && is_left_out(s)))
		end_interval(s, s->tracing.latest, true);
	return output_finish(&s->out, tool_dnslat.name);
}

static bool has_both_roles(const struct lat *s)
{
	const struct capture_config *c = &s->options.shared.capture;

	return c->has_role && !c->no_client && !c->no_server;
}

static bool prepare_measures(struct lat *s)
{
	const struct capture_config *c = &s->options.shared.capture;

	s->roles = has_both_roles(s) ? 2 : 1;
	s->measures[0].role = c->no_client ? ROLE_SERVER : ROLE_CLIENT;
	s->measures[1].role = ROLE_SERVER;
	/* There both sides are one: what passes. */
	if ((c->file || c->interface_count) && !c->has_role)
		s->measures[0].role = ROLE_UNKNOWN;
	for (unsigned int i = 0; i < s->roles; i++) {
		if (s->options.report.by && !(s->measures[i].groups = groups_new(GROUPS_ROOM)))
			return false;
		clear(&s->measures[i]);
	}
	return true;
}

static bool prepare(struct lat *s)
{
	const struct shared_options *o = &s->options.shared;
	unsigned int terminal = terminal_width(STDOUT_FILENO);
	const struct table_config config = {
		.wall_clock = o->wall_clock,
		.user = o->user,
		.cgroup = o->show_cgroup,
		.wide = o->wide,
		.clients = o->capture.no_client,
		.role = has_both_roles(s),
		.attempts = true,
		.colour = terminal_has_colour(STDOUT_FILENO),
		.terminal = terminal,
	};

	table_init(&s->table, &config, &s->out);
	s->in_place = isatty(STDOUT_FILENO) && s->options.interval && !s->options.no_clear &&
		      !s->options.stream && (s->options.report.by || s->options.heatmap);
	if (o->json && !json_open(&s->json, &s->out))
		return false;
	if (o->json && s->options.stream && session_is_live(o) &&
	    !(s->processes = processes_new("/proc")))
		return false;
	if (s->options.heatmap && !(s->heatmap = heatmap_new()))
		return false;
	return prepare_measures(s) && output_open(&s->out, STDOUT_FILENO, OUTPUT_SIZE);
}

static void release(struct lat *s)
{
	processes_free(s->processes);
	heatmap_free(s->heatmap);
	for (unsigned int i = 0; i < s->roles; i++)
		groups_free(s->measures[i].groups);
	json_close(&s->json);
	output_close(&s->out);
	dns_registered_close();
	shared_options_free(&s->options.shared);
}

static int fail(const char *why)
{
	fprintf(stderr, "%s: %s\n", tool_dnslat.name, why);
	return 1;
}

/* A retry comes after it in most resolver libraries, and it is short enough to be looked for. */
#define TALLY_LIMIT (200 * NS_PER_MS)

/*
 * Where the totals alone are wanted, or slow lookups one by one, ordinary ones are counted in the
 * kernel; groups and names are known here alone.
 */
static void want_tally(struct lat_options *o)
{
	struct report_config *config = &o->report;
	struct shared_options *shared = &o->shared;

	if (config->by || shared->write || !filter_is_empty(&shared->filter))
		return;
	shared->capture.tally = (struct capture_tally){
		.wanted = true,
		.limit = config->slow < TALLY_LIMIT ? config->slow : TALLY_LIMIT,
		.memory = 2 * shared->timeout,
		.steps = config->scale.upper,
		.step_count = config->scale.count,
	};
}

int main(int argc, char **argv)
{
	static struct lat s = {.options = LAT_OPTIONS_DEFAULTS};
	const struct tracing_handler handler = {
		.lookup = lookup_ended,
		.begin = begin,
		.batch = batch_done,
		.deadline = deadline,
		.end = end,
		.context = &s,
	};
	enum options_result result;
	int rest, status;

	output_reserve();
	loop_signals();
	result = lat_options_parse(&s.options, argc, argv, &rest);
	if (result != OPTIONS_RUN)
		return options_status(result);
	if (s.options.report.by == BY_NAME && !dns_registered_open())
		return fail("no list of public suffixes is there: use --full-name");
	if (!prepare(&s))
		return fail("not enough memory");
	want_tally(&s.options);
	status = tracing_run(&s.tracing, &tool_dnslat, &s.options.shared, argv + rest, &handler);
	release(&s);
	return status;
}
