/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the BPF programs at the cgroup a configuration needs, and the #defines that make the
 * rest of their text fit it.
 */
#ifndef COMMON_CAPTURE_PROGRAM_H
#define COMMON_CAPTURE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bpf/loader.h"
#include "capture/calls.h"
#include "capture/probes.h"
#include "capture/sockets.h"

#define PROGRAM_HOOKS_MAX 16

struct program_hook {
	struct loader_program program;
	bool optional;	     /* newer than the oldest kernel */
	const char *without; /* what is lost where it cannot be attached */
};

/* Those that tell the processes; common/bpf/lib/owner.bpf.h. Returns how many. */
size_t program_owner_hooks(struct program_hook hooks[PROGRAM_HOOKS_MAX], bool servers);

/* Fills `hooks`, owners' hooks first so that no packet precedes them; returns how many. */
size_t program_hooks(struct program_hook hooks[PROGRAM_HOOKS_MAX],
		     const struct capture_config *config);

/* The #defines that every text needs; all sides, owners and so on where `config` has them so. */
void program_write_defines(FILE *out, const struct capture_config *config);

/*
 * As sockets_program_text(), with what belongs to it of the kernel's inside; probes_close() and
 * calls_close() are due afterwards in any case.
 */
char *program_text(const struct capture_config *config, struct probes *probes, struct calls *calls);

#endif
