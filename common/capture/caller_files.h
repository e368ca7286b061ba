/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that tell the C library of a process where names come from: /etc/hosts and
 * /etc/nsswitch.conf as a thread of it sees them, below its own root.
 *
 * A child that keeps CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, and nothing else, opens them on
 * request and passes the descriptors; it reads neither. What they say is read by the tool, which
 * has no privileges any more. Only these two files can be had, only regular ones, for reading.
 */
#ifndef COMMON_CAPTURE_CALLER_FILES_H
#define COMMON_CAPTURE_CALLER_FILES_H

#include <stdbool.h>
#include <stdint.h>

enum caller_file { CALLER_HOSTS, CALLER_NSSWITCH, CALLER_FILES };

/* Enough of /proc/PID/task/TID/stat for the time at which the thread started. */
#define CALLER_STAT_MAX 512

struct caller_files_request {
	uint32_t number; /* the tool's own, for the reply; not 0 */
	uint32_t pid, tid;
};

/*
 * All of it is of one thread, whichever has or had these numbers at `time`: the tool finds out by
 * `stat` whether that is the one that it means. Threads may have roots of their own.
 */
struct caller_files_reply {
	uint32_t number, pid, tid;   /* of the request; number 0: nobody asked */
	uint64_t time;		     /* CLOCK_MONOTONIC, ns: before anything was opened */
	int32_t error[CALLER_FILES]; /* 0: its descriptor is there; else a positive errno */
	uint32_t stat_size;
	char stat[CALLER_STAT_MAX]; /* what its stat begins with in /proc; no NUL at its end */
};

/* ---- The tool: needs no privileges ----------------------------------------------------------- */

/*
 * `channel` is the tool's end of a SOCK_SEQPACKET socket. False where the request does not fit in:
 * the child has too many before it, or has ended. Never waits.
 */
bool caller_files_ask(int channel, uint32_t number, uint32_t pid, uint32_t tid);

/*
 * The next reply; replies come in the order of the requests, but some may be missing. `files` are
 * the caller's to close, -1 where there is none. False when there is no reply. Never waits.
 */
bool caller_files_take(int channel, struct caller_files_reply *reply, int files[CALLER_FILES]);

/* ---- The child ------------------------------------------------------------------------------- */

/* A ring buffer whose wake-ups it shares, and the control map beside that; -1: there is none. */
struct caller_wakeups {
	int ring, control;
};

/*
 * Serves requests that come from `channel`, until its other end is closed; `proc` is "/proc". The
 * callers that the control map has it looks at unasked: when it is woken, they may be gone soon.
 * Closes all other descriptors but the standard ones. A file system that does not answer kills the
 * process with SIGALRM after a second: a new one may take its place.
 */
void caller_files_serve(int channel, const char *proc, const struct caller_wakeups *wakeups)
	__attribute__((noreturn));

#endif
