/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every tool opens before its first packet: the source that the options name, and the
 * command that is traced; then the privileges go.
 */
#ifndef COMMON_CLI_SESSION_H
#define COMMON_CLI_SESSION_H

#include <stdbool.h>

#include "cli/command.h"
#include "cli/options_shared.h"

struct session {
	struct source *source;
	struct cgroups *cgroups;
	struct command *command; /* NULL: none */
	struct writer *writer;	 /* -w; NULL: none */
	const char *write;	 /* its file */
	int write_error;	 /* its first; a positive errno */
};

/* Options that exclude each other: OPTIONS_RUN, or a usage error that has been written. */
enum options_result session_check(const struct tool *tool, const struct shared_options *options,
				  char *const command[]);

/* Packets of now, not of a file: the clock is the machine's. */
bool session_is_live(const struct shared_options *options);

/*
 * `command` is what follows "--", ended by NULL; empty for none. It waits for session_start().
 * False with one line in `error`; session_close() is due in any case.
 */
bool session_open(struct session *s, struct shared_options *options, char *const command[],
		  char error[SOURCE_ERROR_MAX]);

/* The tool is ready: the command executes. */
void session_start(struct session *s);

/* After each reading of the wall clock: CLOCK_REALTIME - CLOCK_MONOTONIC, for what is written. */
void session_clock(struct session *s, uint64_t offset);

/* After each batch of packets: writes them. False when that failed. */
bool session_flush(struct session *s);

/* The last packet has come; `now` as their time. */
void session_finish(struct session *s, uint64_t now);

/* For struct loop: a traced command has ended. */
bool session_ended(struct session *s);
/*
 * For struct loop: without a command a signal is the end. With one it is the command that ends:
 * SIGTERM and SIGHUP are passed on as SIGTERM, and Ctrl-C reaches it from the terminal.
 */
bool session_interrupted(struct session *s);

/*
 * The exit status: the tool's own `status` if not 0, else 1 when packets could not be written
 * (one line is on stderr then), else the command's. Frees everything.
 */
int session_close(struct session *s, int status);

#endif
