/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Details of a process from /proc, or nothing: never those of another process that has the
 * same pid now.
 *
 * A reading taken at time R is the owner's if the process found there started no later than
 * owner.since, that is no later than R, and its command name is the owner's. What cannot be
 * told apart: a process that executed another program of the same name between the two.
 */
#ifndef COMMON_CLI_PROCESS_H
#define COMMON_CLI_PROCESS_H

#include <stdint.h>

#include "capture/packet.h"

/* Of the escaped text with its NUL and the mark "…" of what was cut. */
#define PROCESS_CMDLINE_MAX 4096

struct processes;

/* `proc` is "/proc". NULL when memory is short. */
struct processes *processes_new(const char *proc);
void processes_free(struct processes *p);

/*
 * The owner's command line, arguments parted by blanks, escaped as for JSON; NULL when it is
 * not certain or the process is gone. At most 2,000 processes are read in one second: a name
 * server that takes a socket for each query shall not make the tool live in /proc.
 * `now` is CLOCK_MONOTONIC. Valid until the next call.
 */
const char *processes_cmdline(struct processes *p, const struct owner *owner, uint64_t now);

#endif
