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

#define LIBRARIES_MAX 256 /* files */

struct libraries;

/* Gets a new library's file, open for reading; it is closed afterwards. */
typedef void (*library_fn)(void *context, int fd);

/* `proc` is "/proc". NULL when memory is short. */
struct libraries *libraries_new(const char *proc);
void libraries_free(struct libraries *l);

/*
 * Looks at the processes that were not looked at before, and again, for a few calls, at those that
 * are young: a program maps its libraries some time after it is executed. With `all` at every one,
 * since a library may be loaded later. Needs CAP_SYS_PTRACE for other users' processes.
 */
void libraries_scan(struct libraries *l, bool all, library_fn fn, void *context);

/* How often a file found no room, or could not be opened. */
uint32_t libraries_passed_over(const struct libraries *l);

/*
 * True when it is the path of a C library, glibc or musl, or of glibc's libresolv, whatever its
 * version; it may be followed by " (deleted)".
 */
bool library_is_resolver(const char *path);

#endif
