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

#include <stdbool.h>
#include <stddef.h>
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

/*
 * For what was read elsewhere of a process, or a thread, and does not change when it executes
 * another program. When it started, ns of CLOCK_BOOTTIME, by `size` octets of its stat in /proc;
 * false: they do not say.
 */
bool processes_started(const struct processes *p, const char *stat, size_t size, uint64_t *started);
/*
 * Whether the process with a pid that was noted at `since`, and the one with that pid that was read
 * at `time` (both CLOCK_MONOTONIC) and that had `started`, are the same: it started no later than
 * `since`, and `time` is not before that, or by no more than pids need to come around.
 */
bool processes_is_same(struct processes *p, uint64_t started, uint64_t time, uint64_t since);
/* How long a reading is good for who is noted after it, ns; 0 where pids come around quickly. */
uint64_t processes_lasting(const struct processes *p);

#endif
