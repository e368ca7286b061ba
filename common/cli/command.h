/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command to be traced ("dnssnoop -- curl …"), in a cgroup of its own.
 *
 * A launcher process, the command's parent, keeps the privileges that moving, waiting, signalling
 * and removing the cgroup need; it never sees a packet. It outlives the tool where it must.
 */
#ifndef COMMON_CLI_COMMAND_H
#define COMMON_CLI_COMMAND_H

#include <stdbool.h>

#include "capture/source.h"

struct command;

/* As the shell has them. */
#define COMMAND_NOT_EXECUTABLE 126
#define COMMAND_NOT_FOUND      127
#define COMMAND_LOST	       125 /* its launcher was killed */

/*
 * Makes the cgroup and a child in it that waits. Under sudo the child is the invoking user.
 * NULL with one line in `error`.
 */
struct command *command_new(char *const argv[], char error[SOURCE_ERROR_MAX]);

/* The folder to attach to; valid as long as the command. */
const char *command_cgroup(const struct command *c);

/* Lets it execute. */
void command_start(struct command *c);

/* True once it has ended; never waits. */
bool command_ended(struct command *c);

/* Passes SIGTERM on. */
void command_terminate(struct command *c);

/*
 * The exit status to pass on: its own, 128 + the signal that killed it, 127 where it was not
 * found and 126 where it could not be executed (one line is on stderr then). -1 while it runs.
 */
int command_status(struct command *c);

/* Frees; the cgroup is removed when it is empty. A command that still runs goes on running. */
void command_free(struct command *c);

#endif
