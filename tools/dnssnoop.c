/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnssnoop: every DNS lookup on this host, with the process that made it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "capture/file.h"
#include "capture/interface.h"
#include "capture/sockets.h"
#include "cli/accounting.h"
#include "cli/clock.h"
#include "cli/details.h"
#include "cli/json_lookup.h"
#include "cli/lookup.h"
#include "cli/loop.h"
#include "cli/options_shared.h"
#include "cli/process.h"
#include "cli/session.h"
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
	SHARED_INTERFACE,
	SHARED_HOOK,
	SHARED_CGROUP,
	SHARED_READ,
	SHARED_WRITE,
	{'a', OPTIONS_OUTPUT, "all", NULL, "each message as it passes, not each lookup", set_all},
	{'S', OPTIONS_OUTPUT, "summary", NULL, "at the end: totals, top names, processes, servers",
	 set_summary},
	SHARED_WALL_CLOCK,
	SHARED_USER,
	SHARED_SHOW_CGROUP,
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
	struct session session;
	struct transactions *transactions;
	struct processes *processes; /* JSON only; NULL where they are not those of now */
	struct summary *summary;     /* -S only */
	struct output out;
	struct json json;
	struct table table;
	struct wall_clock clock;
	uint64_t now; /* of the batch: CLOCK_MONOTONIC; the packets' time where they are a file's */
	uint64_t malformed;
};

/* -N and -q; and whose it is, where the kernel could not tell. */
static bool is_asked_for(const struct snoop *s, const struct lookup *lookup)
{
	const struct shared_options *o = &s->options.shared;

	return filter_question(&o->filter, lookup) && filter_owner(&o->capture, lookup);
}

static void show(struct snoop *s, const struct lookup *lookup)
{
	uint64_t time = wall_clock_time(&s->clock, lookup->time);
	struct lookup_details details;

	if (!filter_outcome(&s->options.shared.filter, lookup))
		return;
	details_fill(&details, lookup, &s->session, s->processes, s->now);
	if (s->options.shared.json)
		json_lookup(&s->json, lookup, time, &details);
	else
		table_lookup(&s->table, lookup, time, &details);
}

static void lookup_ended(void *context, const struct lookup *lookup)
{
	struct snoop *s = context;

	if (!is_asked_for(s, lookup))
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
	if (is_asked_for(s, &lookup))
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
	file_times(s->session.source, &s->table.config.start, &s->now);
}

/*
 * What went wrong inside the kernel. Of a TCP segment only one that is exactly one message is
 * read; what is nothing of the kind has no name.
 */
static void take_failure(struct snoop *s, const struct packet *packet)
{
	struct packet content = *packet;
	struct dns_message message;
	struct lookup lookup;
	enum lookup_role role;
	bool read;

	read = packet_message(&content) &&
	       dns_message_read(&message, content.payload, content.size);
	role = lookup_role(&content, read ? &message : NULL);
	if (!is_wanted(s, role))
		return;
	if (s->options.all) {
		lookup_from_failure(&lookup, &content, read ? &message : NULL);
		if (filter_question(&s->options.shared.filter, &lookup))
			show(s, &lookup);
	}
	transactions_packet(s->transactions, &content, read ? &message : NULL, role);
}

static void take_packet(void *context, const struct packet *packet)
{
	struct snoop *s = context;

	if (!session_is_live(&s->options.shared))
		read_file_clock(s);
	if (packet->kind == PACKET_UNREACHABLE)
		transactions_packet(s->transactions, packet, NULL, lookup_role(packet, NULL));
	else if (packet->kind != PACKET_DNS)
		take_failure(s, packet);
	else
		take_message(s, packet);
}

/* What is written has the wall-clock times that are shown. */
static void set_clock(struct snoop *s, uint64_t now)
{
	s->now = now;
	wall_clock_refresh(&s->clock, now);
	session_clock(&s->session, s->clock.offset);
}

static bool batch_done(void *context, uint64_t now)
{
	struct snoop *s = context;

	if (session_is_live(&s->options.shared))
		set_clock(s, now);
	else
		read_file_clock(s);
	transactions_expire(s->transactions, s->now);
	output_flush(&s->out);
	if (s->table.config.terminal)
		table_resize(&s->table, terminal_width(s->out.fd));
	return session_flush(&s->session) && s->out.error == 0;
}

static uint64_t next_deadline(void *context)
{
	const struct snoop *s = context;

	return session_is_live(&s->options.shared) ? transactions_next_deadline(s->transactions)
						   : UINT64_MAX;
}

static bool ended(void *context)
{
	return session_ended(&((struct snoop *)context)->session);
}

static bool interrupted(void *context)
{
	return session_interrupted(&((struct snoop *)context)->session);
}

static void report(void *context)
{
	const struct snoop *s = context;
	struct accounting a = {.malformed = s->malformed};
	char text[ACCOUNTING_TEXT_MAX];

	s->session.source->operations->stats(s->session.source, &a.source);
	a.transactions = *transactions_stats(s->transactions);
	accounting_text(text, &a);
	fprintf(stderr, "%s\n", text);
}

static bool watches_several(const struct capture_config *config)
{
	return config->interface_count > 1 ||
	       (config->interface_count == 1 && strcmp(config->interfaces[0], "any") == 0);
}

/* Lines do not go between the packets of "-w -". */
static int lines_descriptor(const struct shared_options *o)
{
	if (o->write && strcmp(o->write, "-") == 0)
		return open("/dev/null", O_WRONLY | O_CLOEXEC);
	return STDOUT_FILENO;
}

static bool prepare_output(struct snoop *s)
{
	const struct shared_options *o = &s->options.shared;
	const struct table_config config = {
		.wall_clock = o->wall_clock,
		.user = o->user,
		.cgroup = o->show_cgroup,
		.wide = o->wide,
		.clients = o->capture.no_client,
		.role = o->capture.has_role && !o->capture.no_client && !o->capture.no_server,
		.ifname = watches_several(&o->capture),
		.colour = terminal_has_colour(STDOUT_FILENO),
		.terminal = terminal_width(STDOUT_FILENO),
		.start = clock_monotonic(),
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

static bool prepare(struct snoop *s)
{
	const struct transactions_config config = {
		.timeout = s->options.shared.timeout,
		.max_pending = s->options.shared.max_pending,
		.across_interfaces = s->options.shared.capture.hook == CAPTURE_HOOK_XDP,
		.ended = lookup_ended,
		.context = s,
	};

	s->transactions = transactions_new(&config);
	return s->transactions && prepare_output(s);
}

static void release(struct snoop *s)
{
	transactions_free(s->transactions);
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
	char *text = config->interface_count ? interface_program_text(config)
					     : sockets_program_text(config);
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

static int run(struct snoop *s)
{
	struct loop loop = {
		.source = s->session.source,
		.packet = take_packet,
		.batch = batch_done,
		.deadline = next_deadline,
		.ended = ended,
		.interrupted = interrupted,
		.report = report,
		.context = s,
		.duration = s->options.shared.duration,
	};
	int error, status;

	if (session_is_live(&s->options.shared))
		set_clock(s, clock_monotonic());
	if (!s->options.shared.json)
		table_heading(&s->table);
	output_flush(&s->out);
	if (s->options.shared.capture.verbose)
		fprintf(stderr, "%s: %s\n", tool.name,
			session_is_live(&s->options.shared) ? "tracing" : "reading");
	session_start(&s->session);
	error = loop_run(&loop);
	transactions_finish(s->transactions);
	session_finish(&s->session, s->now);
	print_summary(s);
	status = output_finish(&s->out, tool.name);
	report(s);
	if (s->session.source->error[0])
		return fail(s->session.source->error);
	if (error)
		fprintf(stderr, "%s: reading packets: %s\n", tool.name, strerror(-error));
	return error ? 1 : status;
}

int main(int argc, char **argv)
{
	static struct snoop s = {.options = {.shared = SHARED_OPTIONS_DEFAULTS}};
	char error[SOURCE_ERROR_MAX];
	enum options_result result;
	int rest, status;

	loop_signals();
	result = options_parse(&tool, argc, argv, &s.options, &rest);
	if (result != OPTIONS_RUN)
		return options_status(result);
	result = session_check(&tool, &s.options.shared, argv + rest);
	if (result != OPTIONS_RUN)
		return options_status(result);
	shared_options_finish(&s.options.shared);
	if (s.options.shared.ebpf)
		return print_program(&s.options.shared.capture);
	/* The tables are sparse: huge pages would make their untouched parts resident. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (!prepare(&s))
		return fail("not enough memory");
	status = session_open(&s.session, &s.options.shared, argv + rest, error) ? run(&s)
										 : fail(error);
	status = session_close(&s.session, status);
	release(&s);
	return status;
}
