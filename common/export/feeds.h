/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of names, files and URLs, kept up to date: a child process reads and downloads them,
 * without privileges, and hands over one finished set of names after the other. This process
 * never reads a list, and never waits for one.
 *
 * Lists are read again when their file changes, each interval from their URL, and when they are
 * asked for. One that cannot be read or downloaded, is a page of HTML, has no name any more, or,
 * from a URL, less than a tenth of those it had, changes nothing: what was loaded before stays.
 * That is said once, and once when it is over.
 */
#ifndef COMMON_EXPORT_FEEDS_H
#define COMMON_EXPORT_FEEDS_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/source.h"
#include "track/name_set.h"

#define FEEDS_LISTS_MAX 256 /* as many as there are tags */
#define FEEDS_LINE_MAX	640 /* octets of a line that is said, with its NUL */

/* Formats: track/list_line.h. What begins with http:// or https:// is a URL, else a file. */
struct feeds_config {
	const char *const *block;
	unsigned int block_count;
	/* All their names are exceptions, as are the exceptions of block lists: for all lists. */
	const char *const *allow;
	unsigned int allow_count;
	uint64_t names_max;   /* of all lists together; 0: five million */
	uint64_t interval_ns; /* from one download of a URL to the next; 0: 24 hours */
	uint64_t retry_ns;    /* after one that failed; doubles up to the interval; 0: a minute */
	uint64_t timeout_ns;  /* of a download; 0: five minutes */
	uint64_t size_max;    /* octets of a list; 0: 256 MiB */
};

struct feeds;

/* A line for the user, escaped, without newline. `trouble`: it should be seen in any case. */
typedef void (*feeds_say_fn)(void *context, bool trouble, const char *line);

/*
 * Starts the child, as root if the files need that; must come before the tool's own seccomp
 * filter. Returns when the files have been loaded: one that cannot be, or is none, is an error.
 * Downloads have only begun then. What `config` names must stay. NULL with one line in `error`.
 */
struct feeds *feeds_open(const struct feeds_config *config, char error[SOURCE_ERROR_MAX]);

/*
 * The calls below need no privileges: of system calls recvmsg, fcntl, lseek, mmap without
 * PROT_EXEC, munmap, close, write. None waits. SIGPIPE has to be ignored.
 */

/* To be polled: readable when feeds_take() has something to do. -1: it never will any more. */
int feeds_descriptor(const struct feeds *feeds);

/*
 * Takes what the child has sent. True: there is a new set; the last one is gone. `say` gets what
 * happened to the lists, also that the child has ended: then the last set stays.
 */
bool feeds_take(struct feeds *feeds, feeds_say_fn say, void *context);

/*
 * The names of all lists: a match's tag is the number of its list, block lists first, each in the
 * order of the config. A name that is on several has the first one's. Valid until feeds_take()
 * returns true.
 */
const struct name_set *feeds_set(const struct feeds *feeds);

/*
 * A list as it was given, but for the password of a URL, for a match's tag; "?": there is none
 * with it.
 */
const char *feeds_list(const struct feeds *feeds, uint8_t tag);

/* All lists again (SIGHUP); what comes of it is for feeds_take(). */
void feeds_reload(struct feeds *feeds);

/* Ends the child and frees all. NULL is allowed. */
void feeds_close(struct feeds *feeds);

#endif
