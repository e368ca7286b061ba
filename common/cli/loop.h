/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop that every tool runs: packets in, until somebody says stop.
 */
#ifndef COMMON_CLI_LOOP_H
#define COMMON_CLI_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/source.h"

struct loop {
	struct source *source;
	packet_fn packet;
	/*
	 * After each batch of packets and at least every 100 ms: what is due at `now`
	 * (CLOCK_MONOTONIC), and the output. False stops the loop.
	 */
	bool (*batch)(void *context, uint64_t now);
	/* When batch() should next be called; UINT64_MAX: no matter. NULL: never matters. */
	uint64_t (*deadline)(void *context);
	/* Asked as often as batch(): true ends the loop as a signal does. May be NULL. */
	bool (*ended)(void *context);
	/* A signal asks to stop; false: not yet, the loop goes on until ended(). May be NULL. */
	bool (*interrupted)(void *context);
	/* SIGUSR1 came; may be NULL. */
	void (*report)(void *context);
	/* SIGHUP came: files are to be opened anew. NULL: it stops the loop. */
	void (*hangup)(void *context);
	void *context;
	uint64_t duration; /* ns; 0: no end */
};

/*
 * To be called before anything is attached or written. SIGINT, SIGTERM and, but for loop.hangup,
 * SIGHUP stop the loop; the second one of its kind kills, should stopping hang. SIGPIPE is ignored
 * (EPIPE says it), SIGUSR1 asks for a report. A signal that was ignored on start, as SIGHUP under
 * nohup(1), stays ignored.
 */
void loop_signals(void);

/* Returns 0 when it was stopped, or the negative errno of the source. */
int loop_run(struct loop *loop);

#endif
