/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tools have in common that follow lookups: from the options to a source that runs, its
 * packets to lookups and messages, the clocks, and the account at the end.
 */
#ifndef COMMON_CLI_TRACING_H
#define COMMON_CLI_TRACING_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/clock.h"
#include "cli/lookup.h"
#include "cli/options_shared.h"
#include "cli/session.h"

/* What the tool does with it all. `context` is what it gave to tracing_new(). */
struct tracing_handler {
	/*
	 * A lookup has ended that -N, -q and the filters of processes let through. NULL: none is
	 * followed.
	 */
	lookup_fn lookup;
	/*
	 * A message passes, a send fails or a packet is dropped, as a lookup of its own, see
	 * lookup_from_message(); filtered alike. NULL: not wanted.
	 */
	lookup_fn message;
	/* A transaction begins or goes on; not filtered. NULL: not wanted. */
	lookup_step_fn step;
	/* PACKET_CALL and PACKET_CONNECT, where the options ask for them. */
	packet_fn event;
	/* Everything is attached, the first packet comes next. */
	void (*begin)(void *context);
	/* After each batch of packets. False stops. */
	bool (*batch)(void *context);
	/*
	 * When `batch` should next be called, in the clock of tracing.now; not asked of a file,
	 * whose packets are its clock. NULL: it does not matter.
	 */
	uint64_t (*deadline)(void *context);
	/* What is to be opened beside the source, before the privileges go. NULL: nothing. */
	bool (*open)(void *context);
	/* SIGHUP came, as struct loop has it. */
	void (*hangup)(void *context);
	/* The last packet has come; returns the exit status. */
	int (*end)(void *context);
	void *context;
};

struct tracing {
	const struct shared_options *options;
	const struct tracing_handler *handler;
	const char *name; /* the tool's */
	struct session session;
	struct transactions *transactions;
	struct wall_clock clock;
	/*
	 * Of the first packet where they are a file's, else when it began; and of the batch. In the
	 * packets' clock: CLOCK_MONOTONIC, or a file's time.
	 */
	uint64_t start, now;
	uint64_t latest; /* that `now` was so far: a file's time may step back */
	uint64_t malformed;
};

/*
 * After options_parse(): checks `options` against `command` (what follows "--", ended by NULL),
 * and does all there is: prints the program for --ebpf, or traces until the end. `t` is zero but
 * for what the tool's handler may look at meanwhile. Returns the exit status; errors are on stderr.
 */
int tracing_run(struct tracing *t, const struct tool *tool, struct shared_options *options,
		char *const command[], const struct tracing_handler *handler);

#endif
