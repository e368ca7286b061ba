/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnssnoop: every DNS lookup on this host, with the process that made it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/details.h"
#include "cli/json_lookup.h"
#include "cli/loop.h"
#include "cli/output.h"
#include "cli/summary.h"
#include "cli/table.h"
#include "cli/tracing.h"

#define OUTPUT_SIZE (256 * 1024)

struct options {
	struct shared_options shared;
	bool all;
	bool summary;
};

OPTION_FLAG(all, struct options, all)
OPTION_FLAG(summary, struct options, summary)

static const struct option_spec option_table[] = {
	SHARED_WHO,
	SHARED_WHAT,
	SHARED_LATENCY,
	SHARED_SOURCE,
	{'a', OPTIONS_OUTPUT, "all", NULL, "each message as it passes, not each lookup", set_all},
	{'S', OPTIONS_OUTPUT, "summary", NULL, "at the end: totals, top names, processes, servers",
	 set_summary},
	SHARED_OUTPUT,
	SHARED_LIMITS,
	SHARED_OTHER,
	{0},
};

static const struct tool tool = {
	.name = "dnssnoop",
	.synopsis = "[OPTION]... [-- COMMAND [ARG]...]",
	.description = "Shows every DNS lookup on this host, with the process that made it.",
	.options = option_table,
	.examples = "  dnssnoop                            every lookup, as it ends\n"
		    "  dnssnoop -x                         failures and timeouts only\n"
		    "  dnssnoop -m 100                     what took 100 ms or more\n"
		    "  dnssnoop -c curl -N example.com     what curl asks below example.com\n"
		    "  dnssnoop -N '*.corp' -N '!x.corp'   names that match, but one\n"
		    "  dnssnoop -q AAAA -R NXDOMAIN        names that do not exist\n"
		    "  dnssnoop --role server -a           each message of a name server here\n"
		    "  dnssnoop -i eth0                    what passes there, forwarded too\n"
		    "  dnssnoop -S -d 60                   a minute, then the summary\n"
		    "  dnssnoop -j | jq .qname             JSON, one object a line\n"
		    "  dnssnoop -w dns.pcapng              keep the packets, with their processes\n"
		    "  dnssnoop -r dns.pcapng -x           the failures of a capture file\n"
		    "  dnssnoop -- curl https://x.example  what this command looks up\n",
	.takes_command = true,
};

struct snoop {
	struct options options;
	struct tracing tracing;
	struct processes *processes; /* JSON only; NULL where they are not those of now */
	struct summary *summary;     /* -S only */
	struct output out;
	struct json json;
	struct table table;
};

static uint64_t wall_time(const struct snoop *s, uint64_t time)
{
	return wall_clock_time(&s->tracing.clock, time);
}

static void show(void *context, const struct lookup *lookup)
{
	struct snoop *s = context;
	const struct shared_options *o = &s->options.shared;
	struct cgroups *cgroups = o->json || o->show_cgroup ? s->tracing.session.cgroups : NULL;
	struct lookup_details details;

	if (!filter_outcome(&o->filter, lookup))
		return;
	details_fill(&details, lookup, s->tracing.session.source, s->processes, cgroups,
		     s->tracing.now);
	s->table.config.start = s->tracing.start;
	if (o->json)
		json_lookup(&s->json, lookup, wall_time(s, lookup->time), &details);
	else
		table_lookup(&s->table, lookup, wall_time(s, lookup->time), &details);
}

static void lookup_ended(void *context, const struct lookup *lookup)
{
	struct snoop *s = context;

	if (s->summary)
		summary_add(s->summary, lookup);
	if (!s->options.all)
		show(s, lookup);
}

static void begin(void *context)
{
	struct snoop *s = context;

	if (!s->options.shared.json)
		table_heading(&s->table);
	output_flush(&s->out);
}

static bool batch_done(void *context)
{
	struct snoop *s = context;

	output_flush(&s->out);
	if (s->table.config.terminal)
		table_resize(&s->table, terminal_width(s->out.fd));
	return s->out.error == 0;
}

static int end(void *context)
{
	struct snoop *s = context;

	if (s->summary && s->options.shared.json)
		summary_json(s->summary, &s->json, wall_time(s, s->tracing.now));
	else if (s->summary)
		summary_print(s->summary, &s->out);
	return output_finish(&s->out, tool.name);
}

/* Lines do not go between the packets of "-w -". */
static int lines_descriptor(const struct shared_options *o)
{
	if (o->write && strcmp(o->write, "-") == 0)
		return open("/dev/null", O_WRONLY | O_CLOEXEC);
	return STDOUT_FILENO;
}

static bool watches_several(const struct capture_config *config)
{
	return config->interface_count > 1 ||
	       (config->interface_count == 1 && strcmp(config->interfaces[0], "any") == 0);
}

static bool prepare(struct snoop *s)
{
	const struct shared_options *o = &s->options.shared;
	const struct capture_config *c = &o->capture;
	const struct table_config config = {
		.wall_clock = o->wall_clock,
		.user = o->user,
		.cgroup = o->show_cgroup,
		.wide = o->wide,
		.clients = c->no_client,
		.role = c->has_role && !c->no_client && !c->no_server,
		.ifname = watches_several(c),
		.colour = terminal_has_colour(STDOUT_FILENO),
		.terminal = terminal_width(STDOUT_FILENO),
	};

	table_init(&s->table, &config, &s->out);
	if (o->json && !json_open(&s->json, &s->out))
		return false;
	if (o->json && session_is_live(o) && !(s->processes = processes_new("/proc")))
		return false;
	if (s->options.summary && !(s->summary = summary_new()))
		return false;
	return output_open(&s->out, lines_descriptor(o), OUTPUT_SIZE);
}

static void release(struct snoop *s)
{
	processes_free(s->processes);
	summary_free(s->summary);
	json_close(&s->json);
	output_close(&s->out);
	shared_options_free(&s->options.shared);
}

int main(int argc, char **argv)
{
	static struct snoop s = {.options = {.shared = SHARED_OPTIONS_DEFAULTS}};
	struct tracing_handler handler = {
		.lookup = lookup_ended,
		.begin = begin,
		.batch = batch_done,
		.end = end,
		.context = &s,
	};
	enum options_result result;
	int rest, status;

	output_reserve();
	loop_signals();
	result = options_parse(&tool, argc, argv, &s.options, &rest);
	if (result != OPTIONS_RUN)
		return options_status(result);
	if (s.options.all)
		handler.message = show;
	if (!prepare(&s)) {
		fprintf(stderr, "%s: not enough memory\n", tool.name);
		return 1;
	}
	status = tracing_run(&s.tracing, &tool, &s.options.shared, argv + rest, &handler);
	release(&s);
	return status;
}
