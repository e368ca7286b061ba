/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnschain: one resolution, from the call to the root and back, as one tree.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/cgroup.h"
#include "capture/cgroup_paths.h"
#include "cli/container.h"
#include "cli/loop.h"
#include "cli/process.h"
#include "cli/table.h"
#include "cli/tracing.h"
#include "dnschain.h"

#define OUTPUT_SIZE   (256 * 1024)
#define WIDTH_OF_NONE 100 /* columns of a timeline, where there is no terminal */
#define LINGER	      NS_PER_SECOND
/* A resolver works longer on a lookup than its client waits. */
#define TIMEOUT (15 * NS_PER_SECOND)

enum {
	OPTION_TIMELINE = OPTION_OWN,
	OPTION_CONNECT,
};

struct options {
	struct shared_options shared;
	bool timeline, connect;
};

OPTION_FLAG(timeline, struct options, timeline)
OPTION_FLAG(connect, struct options, connect)

static const struct option_spec option_table[] = {
	SHARED_PID,
	SHARED_TID,
	SHARED_UID,
	SHARED_COMM,
	SHARED_WHAT,
	SHARED_LATENCY,
	SHARED_PORT,
	SHARED_IPV4,
	SHARED_IPV6,
	SHARED_UDP,
	SHARED_TCP,
	SHARED_CGROUP,
	SHARED_READ,
	SHARED_WRITE,
	{OPTION_TIMELINE, OPTIONS_OUTPUT, "timeline", NULL, "hops as bars over the chain's time",
	 set_timeline},
	{OPTION_CONNECT, OPTIONS_OUTPUT, "connect", NULL,
	 "the first TCP connect() to an answer, too;\na chain without one is shown a second later",
	 set_connect},
	SHARED_WALL_CLOCK,
	SHARED_USER,
	SHARED_SHOW_CGROUP,
	SHARED_JSON,
	SHARED_DURATION,
	{OPTION_TIMEOUT, OPTIONS_LIMITS, "timeout", "SEC",
	 "a query unanswered for this long timed out (15)", set_timeout},
	SHARED_RING,
	{OPTION_MAX_PENDING, OPTIONS_LIMITS, "max-pending", "N",
	 "hops that are remembered at once (65536)", set_max_pending},
	SHARED_OTHER,
	{0},
};

static const struct tool tool = {
	.name = "dnschain",
	.synopsis = "[OPTION]... [-- COMMAND [ARG]...]",
	.description =
		"Shows each name resolution as one tree: the call, its queries, and what the\n"
		"resolvers on this host asked to answer them.",
	.options = option_table,
	.examples = "  dnschain                            every resolution, when it is over\n"
		    "  dnschain -N example.com             of this name and those below it\n"
		    "  dnschain -p 4242                    of one process\n"
		    "  dnschain -x                         those that failed\n"
		    "  dnschain -m 100                     those that took 100 ms or more\n"
		    "  dnschain --timeline                 where the time went, as bars\n"
		    "  dnschain --connect -c curl          and when curl connected\n"
		    "  dnschain -j | jq .hops              JSON, one object a chain\n"
		    "  dnschain -r resolver.pcap           what a capture shows\n"
		    "  dnschain -- curl https://x.example  of one command\n",
	.takes_command = true,
};

struct state {
	struct options options;
	struct chain_origin origin;
	struct tracing tracing;
	struct chains *chains;
	struct chain_summary *summary;
	struct processes *processes;
	struct chain_files *files; /* NULL: none are looked at */
	struct output out;
	struct json json;
	struct chain_style style;
};

/* ---- Chains ---------------------------------------------------------------------------------- */

static void fill_details(struct state *s, const struct chain *chain, struct chain_details *d)
{
	const struct shared_options *o = &s->options.shared;

	*d = (struct chain_details){.time = wall_clock_time(&s->tracing.clock, chain->begin)};
	if (s->files && chain_files_say(s->files, chain, &d->said))
		d->has_said = true;
	if (!chain->owner)
		return;
	if (s->processes)
		d->cmdline = processes_cmdline(s->processes, chain->owner, s->tracing.now);
	if (!o->json && !o->show_cgroup)
		return;
	d->cgroup = cgroups_path(s->tracing.session.cgroups, chain->owner->cgroup, s->tracing.now);
	d->in_container = d->cgroup && container_id(d->container, d->cgroup);
}

static void chain_done(void *context, const struct chain *chain)
{
	struct state *s = context;
	struct chain_details details;

	if (!chain_is_asked_for(&s->origin, s->tracing.session.cgroups, s->tracing.now, chain))
		return;
	chain_summary_add(s->summary, chain);
	fill_details(s, chain, &details);
	if (s->options.shared.json)
		chain_json(&s->json, chain, &details);
	else if (s->options.timeline)
		chain_timeline(&s->out, chain, &s->style, &details);
	else
		chain_text(&s->out, chain, &s->style, &details);
}

static void take_step(void *context, enum lookup_step step, const struct lookup *lookup,
		      const struct endpoint *destination)
{
	chains_step(((struct state *)context)->chains, step, lookup, destination);
}

static void take_lookup(void *context, const struct lookup *lookup)
{
	chains_lookup(((struct state *)context)->chains, lookup);
}

/* The files first: a call that begins may be the last thing that its process does. */
static void take_call(struct state *s, const struct call *call)
{
	if (s->files && call->function != CALL_RETURN &&
	    chain_origin_has(&s->origin, s->tracing.session.cgroups, s->tracing.now, &call->owner))
		chain_files_call(s->files, call);
	chains_call(s->chains, call);
}

static void take_event(void *context, const struct packet *event)
{
	struct state *s = context;
	struct call call;

	if (event->kind == PACKET_CONNECT)
		chains_connect(s->chains, event);
	else if (call_read(&call, event))
		take_call(s, &call);
}

/* ---- From the beginning to the end ----------------------------------------------------------- */

static void begin(void *context)
{
	struct state *s = context;
	const char *folder = s->options.shared.capture.cgroup;
	struct source *source = s->tracing.session.source;
	const char *path;

	if (s->files && source->operations->caller_files)
		chain_files_open(s->files, source->operations->caller_files(source));
	if (folder) {
		s->origin.cgroup = cgroup_id(folder);
		path = cgroups_path(s->tracing.session.cgroups, s->origin.cgroup, s->tracing.now);
		snprintf(s->origin.path, sizeof(s->origin.path), "%s", path ? path : "");
	}
	output_flush(&s->out);
}

static bool batch_done(void *context)
{
	struct state *s = context;

	if (s->files)
		chain_files_take(s->files);
	chains_expire(s->chains, s->tracing.now);
	output_flush(&s->out);
	return s->out.error == 0;
}

static uint64_t deadline(void *context)
{
	return chains_next_deadline(((struct state *)context)->chains);
}

static void report_files(const struct state *s)
{
	const struct chain_files_stats *stats = s->files ? chain_files_stats(s->files) : NULL;

	if (!stats || !s->options.shared.capture.verbose)
		return;
	fprintf(stderr,
		"%s: callers' files: of %" PRIu64 " calls, not of %" PRIu64 "; %" PRIu64
		" requests, %" PRIu64 " too many, waited %.1f ms\n",
		tool.name, stats->known, stats->unknown, stats->asked, stats->refused,
		(double)stats->waited / 1e6);
}

static int end(void *context)
{
	struct state *s = context;
	const struct chains_stats *stats = chains_stats(s->chains);

	chains_finish(s->chains, s->tracing.now);
	report_files(s);
	if (s->options.shared.json)
		chain_summary_json(s->summary, stats, &s->json,
				   wall_clock_time(&s->tracing.clock, s->tracing.now));
	else
		chain_summary_text(s->summary, stats, &s->out);
	return output_finish(&s->out, tool.name);
}

/* All of the host's packets are needed, whoever's chains are shown. */
static void take_filters(struct state *s)
{
	struct capture_config *c = &s->options.shared.capture;

	s->origin.who = *c;
	s->origin.filter = s->options.shared.filter;
	memset(&s->options.shared.filter, 0, sizeof(s->options.shared.filter));
	c->has_pid = c->has_tid = c->has_uid = c->has_comm = false;
	c->no_server = c->no_client = false;
	c->has_role = false;
	c->whole_host = true;
	c->calls = !c->file;
	c->connects = s->options.connect;
}

static bool prepare(struct state *s)
{
	const struct shared_options *o = &s->options.shared;
	const struct chains_config config = {
		.max_hops = o->max_pending,
		.linger = LINGER,
		.connects = s->options.connect,
		.done = chain_done,
		.context = s,
	};
	unsigned int width = terminal_width(STDOUT_FILENO);

	s->style = (struct chain_style){
		.wall_clock = o->wall_clock,
		.user = o->user,
		.colour = terminal_has_colour(STDOUT_FILENO),
		.width = width ? width : WIDTH_OF_NONE,
	};
	if (!(s->chains = chains_new(&config)) || !(s->summary = chain_summary_new()))
		return false;
	if (o->json && !json_open(&s->json, &s->out))
		return false;
	if (!s->options.timeline && session_is_live(o) && !(s->files = chain_files_new()))
		return false;
	if (o->json && session_is_live(o) && !(s->processes = processes_new("/proc")))
		return false;
	return output_open(&s->out, STDOUT_FILENO, OUTPUT_SIZE);
}

static void release(struct state *s)
{
	chain_files_free(s->files);
	processes_free(s->processes);
	chain_summary_free(s->summary);
	chains_free(s->chains);
	json_close(&s->json);
	output_close(&s->out);
	s->options.shared.filter = s->origin.filter;
	shared_options_free(&s->options.shared);
}

static const char *problem(const struct options *o)
{
	if (o->timeline && o->shared.json)
		return "either --timeline or -j";
	if (o->connect && o->shared.capture.file)
		return "--connect: a capture file has no calls";
	if (o->shared.write && strcmp(o->shared.write, "-") == 0)
		return "-w needs a file: standard output has the chains";
	return NULL;
}

int main(int argc, char **argv)
{
	static struct state s = {.options = {.shared = SHARED_OPTIONS_DEFAULTS}};
	const struct tracing_handler handler = {
		.lookup = take_lookup,
		.step = take_step,
		.event = take_event,
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
	s.options.shared.timeout = TIMEOUT;
	result = options_parse(&tool, argc, argv, &s.options, &rest);
	if (result != OPTIONS_RUN)
		return options_status(result);
	if (problem(&s.options)) {
		options_usage_error(&tool, "%s", problem(&s.options));
		return options_status(OPTIONS_EXIT_USAGE);
	}
	take_filters(&s);
	if (!prepare(&s)) {
		fprintf(stderr, "%s: not enough memory\n", tool.name);
		return 1;
	}
	status = tracing_run(&s.tracing, &tool, &s.options.shared, argv + rest, &handler);
	release(&s);
	return status;
}
