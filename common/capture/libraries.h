/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C libraries that running processes have mapped, the host's and every container's: each file
 * once, by device and inode.
 */
#ifndef COMMON_CAPTURE_LIBRARIES_H
#define COMMON_CAPTURE_LIBRARIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIBRARIES_MAX 256 /* at once */

struct libraries;

struct library_handler {
	/* A new library: its number, below LIBRARIES_MAX, and its file, open to be read. */
	void (*found)(void *context, uint32_t number, int fd);
	/* No process has it mapped any more; its number is free for another. */
	void (*gone)(void *context, uint32_t number);
	void *context;
};

/* `proc` is "/proc". NULL when memory is short. */
struct libraries *libraries_new(const char *proc, const struct library_handler *handler);
void libraries_free(struct libraries *l);

/*
 * Looks at the processes that were not looked at before, and again, for a few calls, at those that
 * are young: a program maps its libraries some time after it is executed. With `all` at every one,
 * since a library may be loaded later, and may have gone: which is said when two such looks in a
 * row have not seen it. Needs CAP_SYS_PTRACE for other users' processes.
 */
void libraries_scan(struct libraries *l, bool all);

/* How often a file found no room, or could not be opened, in the last look with `all`. */
uint32_t libraries_passed_over(const struct libraries *l);

/*
 * True when it is the path of a C library, glibc or musl, or of glibc's libresolv, whatever its
 * version; it may be followed by " (deleted)".
 */
bool library_is_resolver(const char *path);

#endif
