/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnstunnel: tunnels, leaks, generated and listed names in DNS, with the process and the reason.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/cgroup_paths.h"
#include "cli/details.h"
#include "cli/loop.h"
#include "cli/process.h"
#include "cli/resolvers.h"
#include "cli/table.h"
#include "cli/tracing.h"
#include "dns/registered.h"
#include "dnstunnel.h"

#define OUTPUT_SIZE	(64 * 1024)
#define SINK_PATIENCE	(2 * NS_PER_SECOND)
#define EXPLAIN_WAIT_MS 30000

struct tunnel {
	struct tunnel_options options;
	struct tracing tracing;
	struct detector *detector;
	struct known *known;
	struct feeds *feeds; /* NULL: no lists */
	struct alert_copies copies;
	struct tunnel_summary *summary;
	struct processes *processes; /* NULL where they are not those of now */
	struct output out;
	struct json json;
	bool colour;
};

static int fail(const char *why)
{
	fprintf(stderr, "%s: %s\n", tool_dnstunnel.name, why);
	return 1;
}

/* ---- Alerts ---------------------------------------------------------------------------------- */

static void fill_details(struct tunnel *s, const struct alert *alert, struct alert_details *details)
{
	const struct lookup lookup = {
		.has_owner = alert->client.has_owner,
		.owner = alert->client.owner,
		.ifindex = alert->ifindex,
	};

	*details = (struct alert_details){.time = wall_clock_time(&s->tracing.clock, alert->time)};
	if (alert->kind == ALERT_BLOCKLISTED && s->feeds)
		details->list = feeds_list(s->feeds, alert->list);
	details_fill(&details->process, &lookup, s->tracing.session.source, s->processes,
		     s->tracing.session.cgroups, s->tracing.now);
}

static void take_alert(void *context, const struct alert *alert)
{
	struct tunnel *s = context;
	struct alert_details details;

	if (alert->state == ALERT_CLOSED)
		tunnel_summary_add(s->summary, alert);
	fill_details(s, alert, &details);
	alert_copies_put(&s->copies, &s->options.alerts, alert, &details);
	if (s->options.shared.json)
		alert_json(&s->json, alert, &details);
	else
		alert_text(&s->out, alert, &details, s->colour);
}

/* ---- Messages -------------------------------------------------------------------------------- */

/* Containers are told by their cgroups, which are looked for only where that matters. */
static bool is_contained(const struct tunnel *s, const struct lookup *message)
{
	char id[CONTAINER_ID_SIZE + 1];
	const char *path;

	if (!s->options.detector.resolver_count || !message->has_owner)
		return false;
	path = cgroups_path(s->tracing.session.cgroups, message->owner.cgroup, s->tracing.now);
	return path && container_id(id, path);
}

static void take_message(void *context, const struct lookup *message)
{
	struct tunnel *s = context;

	/* A file's packets come in batches of hours. */
	detector_expire(s->detector, message->time);
	detector_message(s->detector, message, is_contained(s, message));
}

/* ---- Lists and sinks ------------------------------------------------------------------------- */

static void say(void *context, bool trouble, const char *line)
{
	const struct tunnel *s = context;

	if (trouble || s->options.shared.capture.verbose)
		fprintf(stderr, "%s: %s\n", tool_dnstunnel.name, line);
}

static bool open_feeds(struct tunnel *s)
{
	const struct tunnel_options *o = &s->options;
	const struct feeds_config config = {
		.block = o->block.values,
		.block_count = o->block.count,
		.allow = o->allow.values,
		.allow_count = o->allow.count,
		.names_max = o->max_listed,
		.interval_ns = o->feed_interval,
	};
	char error[SOURCE_ERROR_MAX];

	if (!o->block.count && !o->allow.count)
		return true;
	s->feeds = feeds_open(&config, error);
	if (s->feeds)
		return true;
	fail(error);
	return false;
}

static void take_lists(struct tunnel *s)
{
	if (s->feeds && feeds_take(s->feeds, say, s))
		detector_lists(s->detector, feeds_set(s->feeds));
}

/* Before the privileges go: children of this process that read lists, and send alerts. */
static bool open_children(void *context)
{
	struct tunnel *s = context;
	char error[SINK_ERROR_MAX];

	if (!alerts_open(&s->options.alerts, error)) {
		fail(error);
		return false;
	}
	if (!open_feeds(s))
		return false;
	if (s->feeds)
		detector_lists(s->detector, feeds_set(s->feeds));
	return true;
}

static void hangup(void *context)
{
	struct tunnel *s = context;

	alerts_hangup(&s->options.alerts);
	if (s->feeds)
		feeds_reload(s->feeds);
}

static bool has_children(const struct tunnel_options *o)
{
	return o->alerts.count || o->block.count || o->allow.count;
}

/* ---- What comes when ------------------------------------------------------------------------- */

static void begin(void *context)
{
	struct tunnel *s = context;

	output_flush(&s->out);
}

static bool batch_done(void *context)
{
	struct tunnel *s = context;

	take_lists(s);
	detector_expire(s->detector, s->tracing.now);
	alerts_say(&s->options.alerts, tool_dnstunnel.name, clock_monotonic());
	output_flush(&s->out);
	return s->out.error == 0;
}

static int end(void *context)
{
	struct tunnel *s = context;
	struct detector_stats stats;

	detector_finish(s->detector);
	detector_stats(s->detector, &stats);
	if (s->options.shared.json)
		tunnel_summary_json(s->summary, &stats,
				    wall_clock_time(&s->tracing.clock, s->tracing.now), &s->json);
	else
		tunnel_summary_text(s->summary, &stats, &s->out);
	return output_finish(&s->out, tool_dnstunnel.name);
}

/* ---- --explain ------------------------------------------------------------------------------- */

static bool is_url(const char *list)
{
	return strstr(list, "://") != NULL;
}

/* Files are there from the beginning; downloads have begun. */
static void wait_for_urls(struct tunnel *s)
{
	const struct name_list *lists[] = {&s->options.block, &s->options.allow};
	struct pollfd wait = {.fd = feeds_descriptor(s->feeds), .events = POLLIN};
	bool any = false;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (unsigned int n = 0; n < lists[i]->count; n++)
			any |= is_url(lists[i]->values[n]);
	while (any && poll(&wait, 1, EXPLAIN_WAIT_MS) > 0)
		if (feeds_take(s->feeds, say, s))
			return;
}

static int explain(struct tunnel *s)
{
	struct explain_sources sources = {.known = s->known};

	if (!open_feeds(s))
		return 1;
	if (s->feeds)
		wait_for_urls(s);
	sources.feeds = s->feeds;
	return tunnel_explain(&s->options, &sources);
}

/* ---- From the beginning to the end ----------------------------------------------------------- */

static bool add_known(struct tunnel *s, const char *path)
{
	unsigned int line = 1;
	const char *why = NULL;
	char *text = NULL;
	size_t room = 0;
	ssize_t size;
	FILE *file = fopen(path, "re");
	int failed;

	if (!file) {
		fprintf(stderr, "%s: %s: %s\n", tool_dnstunnel.name, path, strerror(errno));
		return false;
	}
	for (; !why && (size = getline(&text, &room, file)) >= 0; line++)
		why = known_add_line(s->known, text, (size_t)size - (text[size - 1] == '\n'));
	failed = ferror(file) ? errno : 0;
	free(text);
	fclose(file);
	if (failed)
		fprintf(stderr, "%s: %s: %s\n", tool_dnstunnel.name, path, strerror(failed));
	if (why)
		fprintf(stderr, "%s: %s:%u: %s\n", tool_dnstunnel.name, path, line - 1, why);
	return !why && !failed;
}

static bool open_known(struct tunnel *s)
{
	unsigned int line;

	s->known = known_new();
	if (!s->known)
		return false;
	known_add_text(s->known, known_services_text, strlen(known_services_text), &line);
	for (unsigned int i = 0; i < s->options.known.count; i++)
		if (!add_known(s, s->options.known.values[i]))
			return false;
	return true;
}

static bool prepare(struct tunnel *s)
{
	const struct shared_options *o = &s->options.shared;
	struct detector_config *config = &s->options.detector;

	s->colour = terminal_has_colour(STDOUT_FILENO);
	config->known = s->known;
	config->alert = take_alert;
	config->context = s;
	s->detector = detector_new(config);
	s->summary = tunnel_summary_new();
	if (!s->detector || !s->summary || !output_open(&s->out, STDOUT_FILENO, OUTPUT_SIZE))
		return false;
	if (session_is_live(o) && !(s->processes = processes_new("/proc")))
		return false;
	return alert_copies_open(&s->copies) && (!o->json || json_open(&s->json, &s->out));
}

/* What only repeats, or is seen twice, tells nothing new; a capture file has all of it. */
static void want_news(struct tunnel_options *o)
{
	struct capture_config *c = &o->shared.capture;

	if (!session_is_live(&o->shared) || o->shared.write)
		return;
	c->novelty = (struct capture_novelty){.wanted = true, .window = o->detector.window};
	c->no_loopback_answers = true;
}

/* Only of processes of this host, now, can it be known what they were told. */
static void prepare_resolvers(struct tunnel_options *o)
{
	struct detector_config *d = &o->detector;

	if (o->no_resolvers || o->shared.capture.file)
		d->resolver_count = 0;
	else
		d->resolver_count = resolvers_read(NULL, d->resolvers, d->resolver_count,
						   DETECTOR_RESOLVERS_MAX);
}

static void release(struct tunnel *s)
{
	alerts_close(&s->options.alerts, tool_dnstunnel.name, SINK_PATIENCE);
	feeds_close(s->feeds);
	alert_copies_close(&s->copies);
	detector_free(s->detector);
	known_free(s->known);
	free(s->options.names);
	tunnel_summary_free(s->summary);
	processes_free(s->processes);
	json_close(&s->json);
	output_close(&s->out);
	dns_registered_close();
	shared_options_free(&s->options.shared);
}

int main(int argc, char **argv)
{
	static struct tunnel s = {.options = {
					  .shared = SHARED_OPTIONS_DEFAULTS,
					  .detector = DETECTOR_DEFAULTS,
				  }};
	struct tracing_handler handler = {
		.message = take_message,
		.open = open_children,
		.begin = begin,
		.batch = batch_done,
		.end = end,
		.context = &s,
	};
	enum options_result result;
	int rest, status;

	/* Servers on this host tell who asked. */
	s.options.shared.capture.no_server = false;
	output_reserve();
	loop_signals();
	result = tunnel_options_parse(&s.options, argc, argv, &rest);
	if (result != OPTIONS_RUN)
		return options_status(result);
	if (!dns_registered_open())
		return fail("no list of public suffixes is there: install libpsl and publicsuffix");
	if (!open_known(&s))
		return 1;
	if (s.options.explain) {
		status = explain(&s);
		release(&s);
		return status;
	}
	if (has_children(&s.options))
		handler.hangup = hangup;
	prepare_resolvers(&s.options);
	want_news(&s.options);
	if (!prepare(&s))
		return fail("not enough memory");
	status = tracing_run(&s.tracing, &tool_dnstunnel, &s.options.shared, argv + rest, &handler);
	release(&s);
	return status;
}
