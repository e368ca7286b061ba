/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child of calls.h: it probes what is there, then what processes map as time goes by.
 */
#ifndef COMMON_CAPTURE_ATTACHER_H
#define COMMON_CAPTURE_ATTACHER_H

struct caller_wakeups; /* of capture/caller_files.h */

/* What the kernel runs where a function begins, by its arguments, or returns. */
enum call_program {
	PROGRAM_RETURN,
	PROGRAM_GETADDRINFO,
	PROGRAM_GETNAMEINFO,
	PROGRAM_GETHOST,
	PROGRAM_GETHOST2,
	PROGRAM_GETHOST_R,
	PROGRAM_GETHOST2_R,
	PROGRAM_GETHOSTADDR,
	PROGRAM_RES_QUERY,
	PROGRAM_RES_SEARCH,
	PROGRAM_RES_NQUERY,
	PROGRAM_RES_NSEARCH,
	CALL_PROGRAMS
};

struct attacher_config {
	int channel;	     /* a SOCK_SEQPACKET to the tool */
	int files;	     /* another, which caller_files_serve() takes in a child of its own */
	const int *programs; /* descriptors, one for each enum call_program */
	const struct caller_wakeups *wakeups;
};

/*
 * Runs until the other end of `channel` is closed, and never returns. Sends a struct calls_report
 * there when it has probed what is there, and whenever it has found more.
 */
void attacher_run(const struct attacher_config *config) __attribute__((noreturn));

#endif
