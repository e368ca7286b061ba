/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets that capture_novelty lets through, one JSON object a line, and the account of all:
 * a tool like the others, for tests.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/interface.h"
#include "cli/accounting.h"
#include "cli/clock.h"
#include "cli/json.h"
#include "cli/loop.h"
#include "cli/options.h"
#include "cli/options_shared.h"
#include "cli/parse.h"
#include "cli/session.h"
#include "dns/message.h"

struct dump {
	struct shared_options options; /* first */
	struct session session;
	struct output out;
	struct json json;
};

enum { OPTION_WINDOW = OPTION_OWN };

static bool set_window(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct capture_novelty *novelty = &((struct dump *)target)->options.capture.novelty;

	(void)error;
	novelty->wanted = true;
	return parse_fraction(value, NS_PER_MS, UINT64_MAX, &novelty->window);
}

static const struct option_spec options[] = {
	{OPTION_WINDOW, OPTIONS_LIMITS, "window", "MS", "names that were seen are not new",
	 set_window},
	SHARED_ROLE,
	SHARED_SOURCE,
	SHARED_RING,
	SHARED_JSON,
	SHARED_EBPF,
	SHARED_VERBOSE,
	{0},
};

static const struct tool tool = {
	.name = "novelty_dump",
	.synopsis = "[OPTION...] [-- COMMAND [ARGUMENT...]]",
	.description = "Shows packets whose names are new.",
	.options = options,
	.examples = "",
	.takes_command = true,
};

static void put_number(struct json *j, const char *key, uint64_t value)
{
	json_string(j, key);
	json_unsigned(j, value);
}

static void put_message(struct json *j, const struct dns_message *m)
{
	char name[DNS_NAME_TEXT_MAX];

	json_key(j, "event");
	json_string(j, dns_message_is_response(m) ? "response" : "query");
	put_number(j, "id", m->id);
	if (!m->has_question)
		return;
	json_key(j, "qname");
	json_text(j, name, dns_name_to_text(name, &m->question.name));
	put_number(j, "qtype", m->question.type);
}

static void put_packet(void *context, const struct packet *packet)
{
	struct dump *d = context;
	struct json *j = &d->json;
	struct dns_message message;

	json_line_begin(j);
	put_number(j, "time_ns", packet->time);
	if (packet->kind == PACKET_DNS && dns_message_read(&message, packet->payload, packet->size))
		put_message(j, &message);
	if (packet->has_owner)
		put_number(j, "pid", packet->owner.pid);
	put_number(j, "protocol", packet->protocol);
	put_number(j, "client_port",
		   packet_is_from_server(packet) ? packet->destination.port : packet->source.port);
	put_number(j, "ifindex", packet->ifindex);
	put_number(j, "size", packet->wire_size);
	put_number(j, "repeats", packet->repeats);
	put_number(j, "repeats_up", packet->repeats_up);
	put_number(j, "repeats_down", packet->repeats_down);
	json_line_end(j);
}

static bool batch_done(void *context, uint64_t now)
{
	struct dump *d = context;

	(void)now;
	output_flush(&d->out);
	return !d->out.error;
}

static bool ended(void *context)
{
	return session_ended(&((struct dump *)context)->session);
}

static bool interrupted(void *context)
{
	return session_interrupted(&((struct dump *)context)->session);
}

static void report(void *context)
{
	struct source *source = ((struct dump *)context)->session.source;
	struct accounting a = {0};
	char text[ACCOUNTING_TEXT_MAX];

	source->operations->stats(source, &a.source);
	accounting_text(text, &a);
	fprintf(stderr, "%s\n", text);
}

static int trace(struct dump *d)
{
	struct loop loop = {
		.source = d->session.source,
		.packet = put_packet,
		.batch = batch_done,
		.ended = ended,
		.interrupted = interrupted,
		.report = report,
		.context = d,
	};
	int error;

	fprintf(stderr, "%s: tracing\n", tool.name);
	session_start(&d->session);
	error = loop_run(&loop);
	report(d);
	return error ? 1 : output_finish(&d->out, tool.name);
}

static int print_program(const struct capture_config *config)
{
	char *text = config->interface_count ? interface_program_text(config)
					     : sockets_program_text(config);

	if (text)
		fputs(text, stdout);
	free(text);
	return text ? 0 : 1;
}

int main(int argc, char **argv)
{
	static struct dump d = {.options = SHARED_OPTIONS_DEFAULTS};
	char error[SOURCE_ERROR_MAX];
	int rest, status;

	loop_signals();
	if (options_parse(&tool, argc, argv, &d, &rest) != OPTIONS_RUN)
		return EXIT_USAGE;
	shared_options_finish(&d.options);
	if (d.options.ebpf)
		return print_program(&d.options.capture);
	if (!output_open(&d.out, STDOUT_FILENO, 65536) || !json_open(&d.json, &d.out))
		return 1;
	if (session_open(&d.session, &d.options, argv + rest, error)) {
		status = trace(&d);
	} else {
		fprintf(stderr, "%s: %s\n", tool.name, error);
		status = 1;
	}
	status = session_close(&d.session, status);
	json_close(&d.json);
	output_close(&d.out);
	shared_options_free(&d.options);
	return status;
}
