/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnssnoop: every DNS lookup on this host, with the process that made it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "capture/cgroup.h"
#include "capture/file.h"
#include "capture/intake.h"
#include "capture/sockets.h"
#include "capture/writer.h"
#include "cli/accounting.h"
#include "cli/clock.h"
#include "cli/json_lookup.h"
#include "cli/lookup.h"
#include "cli/loop.h"
#include "cli/options_shared.h"
#include "cli/process.h"
#include "cli/summary.h"
#include "cli/table.h"

#define OUTPUT_SIZE (256 * 1024)

struct options {
	struct shared_options shared;
	bool all;
	bool summary;
};

static bool set_all(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	(void)value;
	(void)error;
	((struct options *)target)->all = true;
	return true;
}

static bool set_summary(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	(void)value;
	(void)error;
	((struct options *)target)->summary = true;
	return true;
}

static const struct option_spec option_table[] = {
	SHARED_PID,
	SHARED_TID,
	SHARED_UID,
	SHARED_COMM,
	SHARED_ROLE,
	SHARED_NAME,
	SHARED_QTYPE,
	SHARED_RCODE,
	SHARED_FAILURES,
	SHARED_LATENCY,
	SHARED_PORT,
	SHARED_IPV4,
	SHARED_IPV6,
	SHARED_UDP,
	SHARED_TCP,
	SHARED_CGROUP,
	SHARED_READ,
	SHARED_WRITE,
	{'a', OPTIONS_OUTPUT, "all", NULL, "each message as it passes, not each lookup", set_all},
	{'S', OPTIONS_OUTPUT, "summary", NULL, "at the end: totals, top names, processes, servers",
	 set_summary},
	SHARED_WALL_CLOCK,
	SHARED_USER,
	SHARED_WIDE,
	SHARED_JSON,
	SHARED_DURATION,
	SHARED_TIMEOUT,
	SHARED_RING,
	SHARED_MAX_PENDING,
	SHARED_EBPF,
	SHARED_VERBOSE,
	{0},
};

static const struct tool tool = {
	.name = "dnssnoop",
	.synopsis = "[OPTION]...",
	.description = "Shows every DNS lookup on this host, with the process that made it.",
	.options = option_table,
	.examples = "  dnssnoop                            every lookup, as it ends\n"
		    "  dnssnoop -x                         failures and timeouts only\n"
		    "  dnssnoop -m 100                     what took 100 ms or more\n"
		    "  dnssnoop -c curl -N example.com     what curl asks below example.com\n"
		    "  dnssnoop -N '*.corp' -N '!x.corp'   names that match, but one\n"
		    "  dnssnoop -q AAAA -R NXDOMAIN        names that do not exist\n"
		    "  dnssnoop --role server -a           each message of a name server here\n"
		    "  dnssnoop -S -d 60                   a minute, then the summary\n"
		    "  dnssnoop -j | jq .qname             JSON, one object a line\n"
		    "  dnssnoop -w dns.pcapng              keep the packets, with their processes\n"
		    "  dnssnoop -r dns.pcapng -x           the failures of a capture file\n",
};

struct snoop {
	struct options options;
	struct source *source;
	struct cgroups *cgroups;
	struct writer *writer; /* -w only */
	int write_error;       /* of it; a positive errno */
	struct transactions *transactions;
	struct processes *processes; /* JSON only */
	struct summary *summary;     /* -S only */
	struct output out;
	struct json json;
	struct table table;
	struct wall_clock clock;
	uint64_t now; /* of the batch: CLOCK_MONOTONIC; the packets' time where they are a file's */
	uint64_t malformed;
};

static bool is_live(const struct snoop *s)
{
	return !s->options.shared.capture.file;
}

static void show(struct snoop *s, const struct lookup *lookup)
{
	uint64_t time = wall_clock_time(&s->clock, lookup->time);
	const char *cmdline = NULL;

	if (!filter_outcome(&s->options.shared.filter, lookup))
		return;
	if (!s->options.shared.json) {
		table_lookup(&s->table, lookup, time);
		return;
	}
	/* The process of a file is not one of now. */
	if (lookup->has_owner && is_live(s))
		cmdline = processes_cmdline(s->processes, &lookup->owner, s->now);
	json_lookup(&s->json, lookup, time, cmdline);
}

static void lookup_ended(void *context, const struct lookup *lookup)
{
	struct snoop *s = context;

	if (!filter_question(&s->options.shared.filter, lookup))
		return;
	if (s->summary)
		summary_add(s->summary, lookup);
	if (!s->options.all)
		show(s, lookup);
}

static void show_message(struct snoop *s, const struct packet *packet, struct dns_message *message)
{
	struct lookup lookup;

	lookup_from_message(&lookup, packet, message);
	if (filter_question(&s->options.shared.filter, &lookup))
		show(s, &lookup);
}

/* The kernel filters roles too; what it could not tell is sorted out here. */
static bool is_wanted(const struct snoop *s, enum lookup_role role)
{
	const struct capture_config *config = &s->options.shared.capture;

	return !(role == ROLE_CLIENT && config->no_client) &&
	       !(role == ROLE_SERVER && config->no_server);
}

static void take_message(struct snoop *s, const struct packet *packet)
{
	struct dns_message message;
	enum lookup_role role;

	if (!dns_message_read(&message, packet->payload, packet->size)) {
		s->malformed++;
		return;
	}
	/* What was cut by the capture is "truncated", not damaged on the wire. */
	dns_message_check(&message);
	s->malformed += message.malformed != NULL && packet->size == packet->wire_size;
	role = lookup_role(packet, &message);
	if (!is_wanted(s, role))
		return;
	if (s->options.all)
		show_message(s, packet, &message);
	transactions_packet(s->transactions, packet, &message, role);
}

/* A file's packets are its clock. */
static void read_file_clock(struct snoop *s)
{
	file_times(s->source, &s->table.config.start, &s->now);
}

static void take_packet(void *context, const struct packet *packet)
{
	struct snoop *s = context;

	if (!is_live(s))
		read_file_clock(s);
	if (packet->kind == PACKET_UNREACHABLE)
		transactions_packet(s->transactions, packet, NULL, lookup_role(packet, NULL));
	else
		take_message(s, packet);
}

/* What is written has the wall-clock times that are shown. */
static void set_clock(struct snoop *s, uint64_t now)
{
	s->now = now;
	wall_clock_refresh(&s->clock, now);
	if (s->writer)
		writer_clock(s->writer, s->clock.offset);
}

static void flush_writer(struct snoop *s)
{
	if (s->writer && !s->write_error)
		s->write_error = -writer_flush(s->writer);
}

static bool batch_done(void *context, uint64_t now)
{
	struct snoop *s = context;

	if (is_live(s))
		set_clock(s, now);
	else
		read_file_clock(s);
	transactions_expire(s->transactions, s->now);
	output_flush(&s->out);
	flush_writer(s);
	if (s->table.config.terminal)
		table_resize(&s->table, terminal_width(s->out.fd));
	return s->out.error == 0 && !s->write_error;
}

static uint64_t next_deadline(void *context)
{
	const struct snoop *s = context;

	return is_live(s) ? transactions_next_deadline(s->transactions) : UINT64_MAX;
}

static void report(void *context)
{
	const struct snoop *s = context;
	struct accounting a = {.malformed = s->malformed};
	char text[ACCOUNTING_TEXT_MAX];

	s->source->operations->stats(s->source, &a.source);
	a.transactions = *transactions_stats(s->transactions);
	accounting_text(text, &a);
	fprintf(stderr, "%s\n", text);
}

static bool prepare_output(struct snoop *s)
{
	const struct shared_options *o = &s->options.shared;
	const struct table_config config = {
		.wall_clock = o->wall_clock,
		.user = o->user,
		.wide = o->wide,
		.clients = o->capture.no_client,
		.role = !o->capture.no_client && !o->capture.no_server,
		.colour = terminal_has_colour(STDOUT_FILENO),
		.terminal = terminal_width(STDOUT_FILENO),
		.start = clock_monotonic(),
	};

	table_init(&s->table, &config, &s->out);
	if (o->json && (!(s->processes = processes_new("/proc")) || !json_open(&s->json, &s->out)))
		return false;
	if (s->options.summary && !(s->summary = summary_new()))
		return false;
	return output_open(&s->out, STDOUT_FILENO, OUTPUT_SIZE);
}

static bool prepare(struct snoop *s)
{
	const struct transactions_config config = {
		.timeout = s->options.shared.timeout,
		.max_pending = s->options.shared.max_pending,
		.ended = lookup_ended,
		.context = s,
	};

	s->transactions = transactions_new(&config);
	s->cgroups = cgroups_new();
	if (is_live(s))
		set_clock(s, clock_monotonic());
	return s->transactions && s->cgroups && prepare_output(s);
}

static void release(struct snoop *s)
{
	transactions_free(s->transactions);
	cgroups_free(s->cgroups);
	processes_free(s->processes);
	summary_free(s->summary);
	json_close(&s->json);
	output_close(&s->out);
	shared_options_free(&s->options.shared);
}

static int fail(const char *why)
{
	fprintf(stderr, "%s: %s\n", tool.name, why);
	return 1;
}

static int print_program(const struct capture_config *config)
{
	char *text = sockets_program_text(config);
	struct output out;
	int status = 1;

	if (text && output_open(&out, STDOUT_FILENO, 4096)) {
		output_string(&out, text);
		status = output_finish(&out, tool.name);
		output_close(&out);
	}
	free(text);
	return status;
}

static void print_summary(struct snoop *s)
{
	if (!s->summary)
		return;
	if (s->options.shared.json)
		summary_json(s->summary, &s->json, wall_clock_time(&s->clock, s->now));
	else
		summary_print(s->summary, &s->out);
}

/* A reader that closed the pipe is as quiet here as on standard output. */
static bool close_writer(struct snoop *s)
{
	int error;

	if (!s->writer)
		return true;
	error = -writer_close(s->writer);
	s->writer = NULL;
	if (!s->write_error)
		s->write_error = error;
	if (!s->write_error || s->write_error == EPIPE)
		return true;
	fprintf(stderr, "%s: %s: %s\n", tool.name, s->options.shared.write,
		strerror(s->write_error));
	return false;
}

static int run(struct snoop *s)
{
	struct loop loop = {
		.source = s->source,
		.packet = take_packet,
		.batch = batch_done,
		.deadline = next_deadline,
		.report = report,
		.context = s,
		.duration = s->options.shared.duration,
	};
	int error, status;

	if (!s->options.shared.json)
		table_heading(&s->table);
	output_flush(&s->out);
	if (s->options.shared.capture.verbose)
		fprintf(stderr, "%s: %s\n", tool.name, is_live(s) ? "tracing" : "reading");
	error = loop_run(&loop);
	print_summary(s);
	status = output_finish(&s->out, tool.name);
	if (!close_writer(s))
		status = 1;
	report(s);
	if (!error)
		return status;
	if (*s->source->error)
		return fail(s->source->error);
	fprintf(stderr, "%s: reading packets: %s\n", tool.name, strerror(-error));
	return 1;
}

static bool open_source(struct snoop *s, char *error)
{
	const struct shared_options *o = &s->options.shared;

	s->source = is_live(s) ? sockets_open(&o->capture, error)
			       : file_open(&o->capture, s->cgroups, error);
	if (!s->source)
		return false;
	if (!o->write)
		return true;
	s->writer = writer_open(o->write, s->cgroups, error);
	if (!s->writer)
		return false;
	if (is_live(s))
		writer_clock(s->writer, s->clock.offset);
	intake_tap(s->source->intake, writer_packet, s->writer);
	return true;
}

int main(int argc, char **argv)
{
	static struct snoop s = {.options = {.shared = SHARED_OPTIONS_DEFAULTS}};
	char error[SOURCE_ERROR_MAX];
	enum options_result result;
	int status;

	loop_signals();
	result = options_parse(&tool, argc, argv, &s.options, NULL);
	if (result != OPTIONS_RUN)
		return options_status(result);
	shared_options_finish(&s.options.shared);
	if (s.options.shared.ebpf)
		return print_program(&s.options.shared.capture);
	/* The tables are sparse: huge pages would make their untouched parts resident. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (!prepare(&s))
		return fail("not enough memory");
	if (!open_source(&s, error)) {
		if (s.source)
			s.source->operations->close(s.source);
		release(&s);
		return fail(error);
	}
	status = run(&s);
	s.source->operations->close(s.source);
	release(&s);
	return status;
}
