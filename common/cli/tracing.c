/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tracing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "capture/file.h"
#include "capture/interface.h"
#include "capture/sockets.h"
#include "cli/accounting.h"
#include "cli/filter.h"
#include "cli/loop.h"
#include "cli/output.h"

/* -N and -q; and whose it is, where the kernel could not tell. */
static bool is_asked_for(const struct tracing *t, const struct lookup *lookup)
{
	return filter_question(&t->options->filter, lookup) &&
	       filter_owner(&t->options->capture, lookup);
}

static void lookup_ended(void *context, const struct lookup *lookup)
{
	const struct tracing *t = context;

	if (is_asked_for(t, lookup))
		t->handler->lookup(t->handler->context, lookup);
}

static void lookup_step(void *context, enum lookup_step step, const struct lookup *lookup,
			const struct endpoint *destination)
{
	const struct tracing *t = context;

	t->handler->step(t->handler->context, step, lookup, destination);
}

static void show_message(const struct tracing *t, const struct lookup *lookup)
{
	if (is_asked_for(t, lookup))
		t->handler->message(t->handler->context, lookup);
}

/* The kernel filters roles too; what it could not tell is sorted out here. */
static bool is_wanted(const struct tracing *t, enum lookup_role role)
{
	const struct capture_config *config = &t->options->capture;

	return !(role == ROLE_CLIENT && config->no_client) &&
	       !(role == ROLE_SERVER && config->no_server);
}

static void take_message(struct tracing *t, const struct packet *packet)
{
	struct dns_message message;
	struct lookup lookup;
	enum lookup_role role;

	/* What was cut by the capture is "truncated", not damaged on the wire. */
	if (!dns_message_read(&message, packet->payload, packet->size)) {
		t->malformed += packet->size == packet->wire_size;
		return;
	}
	dns_message_check(&message);
	t->malformed += message.malformed != NULL && packet->size == packet->wire_size;
	role = lookup_role(packet, &message);
	if (!is_wanted(t, role))
		return;
	if (t->handler->message) {
		lookup_from_message(&lookup, packet, &message);
		show_message(t, &lookup);
	}
	if (t->handler->lookup)
		transactions_packet(t->transactions, packet, &message, role);
}

/*
 * What went wrong inside the kernel. Of a TCP segment only one that is exactly one message is
 * read; what is nothing of the kind has no name.
 */
static void take_failure(struct tracing *t, const struct packet *packet)
{
	struct packet content = *packet;
	struct dns_message message, *read = NULL;
	struct lookup lookup;
	enum lookup_role role;

	if (packet_message(&content) && dns_message_read(&message, content.payload, content.size))
		read = &message;
	role = lookup_role(&content, read);
	if (!is_wanted(t, role))
		return;
	if (t->handler->message) {
		lookup_from_failure(&lookup, &content, read);
		show_message(t, &lookup);
	}
	if (t->handler->lookup)
		transactions_packet(t->transactions, &content, read, role);
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * A file's packets are its clock, and live ones are while some are left. What is written has the
 * wall-clock times that are shown.
 */
static void set_clock(struct tracing *t, uint64_t now)
{
	if (!session_is_live(t->options)) {
		file_times(t->session.source, &t->start, &t->now);
		t->latest = later(t->latest, t->now);
		return;
	}
	if (t->session.source->behind)
		now = later(t->now, t->session.source->behind);
	t->latest = now;
	t->now = now;
	wall_clock_refresh(&t->clock, now);
	session_clock(&t->session, t->clock.offset);
}

static void take_packet(void *context, const struct packet *packet)
{
	struct tracing *t = context;

	if (!session_is_live(t->options))
		set_clock(t, 0);
	if (packet->kind == PACKET_CALL || packet->kind == PACKET_CONNECT) {
		if (t->handler->event)
			t->handler->event(t->handler->context, packet);
		return;
	}
	if (packet->kind == PACKET_DNS)
		take_message(t, packet);
	else if (packet->kind != PACKET_UNREACHABLE)
		take_failure(t, packet);
	else if (t->handler->lookup)
		transactions_packet(t->transactions, packet, NULL, lookup_role(packet, NULL));
}

static bool batch_done(void *context, uint64_t now)
{
	struct tracing *t = context;
	bool goes_on;

	set_clock(t, now);
	transactions_expire(t->transactions, t->now);
	goes_on = t->handler->batch(t->handler->context);
	return session_flush(&t->session) && goes_on;
}

static uint64_t next_deadline(void *context)
{
	const struct tracing *t = context;
	uint64_t lookup, tool = UINT64_MAX;

	if (!session_is_live(t->options))
		return UINT64_MAX;
	lookup = transactions_next_deadline(t->transactions);
	if (t->handler->deadline)
		tool = t->handler->deadline(t->handler->context);
	return lookup < tool ? lookup : tool;
}

static bool ended(void *context)
{
	return session_ended(&((struct tracing *)context)->session);
}

static bool interrupted(void *context)
{
	return session_interrupted(&((struct tracing *)context)->session);
}

static void report(void *context)
{
	const struct tracing *t = context;
	struct accounting a = {.malformed = t->malformed};
	char text[ACCOUNTING_TEXT_MAX];

	t->session.source->operations->stats(t->session.source, &a.source);
	a.transactions = *transactions_stats(t->transactions);
	accounting_text(text, &a);
	fprintf(stderr, "%s\n", text);
}

static int fail(const struct tracing *t, const char *why)
{
	fprintf(stderr, "%s: %s\n", t->name, why);
	return 1;
}

static void begin(struct tracing *t)
{
	bool live = session_is_live(t->options);

	t->start = clock_monotonic();
	set_clock(t, t->start);
	t->handler->begin(t->handler->context);
	if (t->options->capture.verbose)
		fprintf(stderr, "%s: %s\n", t->name, live ? "tracing" : "reading");
	session_start(&t->session);
}

static void hangup(void *context)
{
	const struct tracing *t = context;

	t->handler->hangup(t->handler->context);
}

static int trace(struct tracing *t)
{
	struct loop loop = {
		.source = t->session.source,
		.packet = take_packet,
		.batch = batch_done,
		.deadline = next_deadline,
		.ended = ended,
		.interrupted = interrupted,
		.report = report,
		.hangup = t->handler->hangup ? hangup : NULL,
		.context = t,
		.duration = t->options->duration,
	};
	int error, status;

	begin(t);
	error = loop_run(&loop);
	if (t->session.source->operations->flush)
		t->session.source->operations->flush(t->session.source);
	transactions_finish(t->transactions);
	session_finish(&t->session, t->now);
	status = t->handler->end(t->handler->context);
	report(t);
	if (t->session.source->error[0])
		return fail(t, t->session.source->error);
	if (error)
		fprintf(stderr, "%s: reading packets: %s\n", t->name, strerror(-error));
	return error ? 1 : status;
}

static int print_program(const struct tool *tool, const struct capture_config *config)
{
	char *text = config->interface_count ? interface_program_text(config)
					     : sockets_program_text(config);
	struct output out;
	int status = 1;

	if (text && output_open(&out, STDOUT_FILENO, 4096)) {
		output_string(&out, text);
		status = output_finish(&out, tool->name);
		output_close(&out);
	}
	free(text);
	return status;
}

static bool prepare(struct tracing *t)
{
	const struct transactions_config config = {
		.timeout = t->options->timeout,
		.max_pending = t->options->max_pending,
		.across_interfaces = t->options->capture.hook == CAPTURE_HOOK_XDP,
		.ended = lookup_ended,
		.step = t->handler->step ? lookup_step : NULL,
		.context = t,
	};

	t->transactions = transactions_new(&config);
	return t->transactions;
}

int tracing_run(struct tracing *t, const struct tool *tool, struct shared_options *options,
		char *const command[], const struct tracing_handler *handler)
{
	enum options_result result = session_check(tool, options, command);
	char error[SOURCE_ERROR_MAX];
	int status;

	if (result != OPTIONS_RUN)
		return options_status(result);
	shared_options_finish(options);
	if (options->ebpf)
		return print_program(tool, &options->capture);
	/* The tables are sparse: huge pages would make their untouched parts resident. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	t->options = options;
	t->handler = handler;
	t->name = tool->name;
	if (!prepare(t))
		return fail(t, "not enough memory");
	if (handler->open && !handler->open(handler->context)) {
		transactions_free(t->transactions);
		return 1;
	}
	status = session_open(&t->session, options, command, error) ? trace(t) : fail(t, error);
	status = session_close(&t->session, status);
	transactions_free(t->transactions);
	return status;
}
