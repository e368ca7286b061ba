/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process gives up for good once it has what it needs: its user, its capabilities, and the
 * system calls that it never makes. The tools do so themselves, and so do their children that
 * deliver alerts or load lists.
 */
#ifndef COMMON_EXPORT_CONFINE_H
#define COMMON_EXPORT_CONFINE_H

#include <stdbool.h>

#include "capture/source.h"

/*
 * The system calls that are left besides those of every process: reading and writing open
 * descriptors, waiting, memory that is not executed, its own signals, the end. All others fail
 * with EPERM.
 */
enum confine_calls {
	CONFINE_READ_FILES = 1 << 0,	 /* open files for reading, list folders */
	CONFINE_APPEND_FILES = 1 << 1,	 /* open files with O_APPEND, create them */
	CONFINE_LOCAL_CLIENT = 1 << 2,	 /* connect AF_UNIX sockets, send on them */
	CONFINE_NETWORK_CLIENT = 1 << 3, /* the same for IPv4 and IPv6; threads, and what it takes
					    to look up a name, besides CONFINE_READ_FILES */
	CONFINE_WATCH_FILES = 1 << 4,	 /* inotify */
	CONFINE_SHARE_MEMORY = 1 << 5,	 /* memfds, and passing descriptors on open sockets */
};

struct confinement {
	unsigned int calls; /* of enum confine_calls */
	bool same_user;	    /* stays who it is; else root becomes nobody, without groups */
	bool any_file;	    /* keeps CAP_DAC_OVERRIDE, where it has that */
};

/*
 * All of it: first the user and the capabilities, then the calls. False with one line in `error`;
 * what was given up until then is gone.
 */
bool confine(const struct confinement *confinement, char error[SOURCE_ERROR_MAX]);

/*
 * The two steps of confine(), for a process that has something to do between them: as nobody, but
 * with all calls. In some containers root may not become anybody else, and stays.
 */
bool confine_user(const struct confinement *confinement, char error[SOURCE_ERROR_MAX]);
/* Sets no_new_privs, and a seccomp filter for the threads to come as well. */
bool confine_calls(const struct confinement *confinement, char error[SOURCE_ERROR_MAX]);

#endif
