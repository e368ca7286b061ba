/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Executable files that any process maps, as soon as it does: told by perf_event_open(2), one
 * event for each processor, all gone when they are closed.
 */
#ifndef COMMON_CAPTURE_MAPPINGS_H
#define COMMON_CAPTURE_MAPPINGS_H

#include <stdint.h>

struct mappings;

/* A file that was mapped. Valid until the callback returns. */
struct mapping {
	uint32_t pid; /* in this pid namespace */
	unsigned int major, minor;
	uint64_t inode;
	const char *path; /* as the kernel has it, cut at PATH_MAX */
};

typedef void (*mapping_fn)(void *context, const struct mapping *mapping);

/*
 * NULL with errno: this kernel, or its security policy, does not tell them, or memory is short.
 * Needs CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8. Processors that come later are not seen.
 */
struct mappings *mappings_open(void);
void mappings_close(struct mappings *m);

/* Readable, for poll(2), when there may be something to read; -1 where `m` is NULL. */
int mappings_fd(const struct mappings *m);

/* Tells what was mapped since; what found no room in the kernel's buffer is not told. */
void mappings_read(struct mappings *m, mapping_fn fn, void *context);

#endif
