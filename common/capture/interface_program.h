/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BPF programs of common/bpf/interface.bpf.c that a configuration needs, and their text.
 */
#ifndef COMMON_CAPTURE_INTERFACE_PROGRAM_H
#define COMMON_CAPTURE_INTERFACE_PROGRAM_H

#include "capture/config.h"
#include "capture/netdev.h"
#include "capture/program.h"

/* tcx, socket or xdp: what CAPTURE_HOOK_DEFAULT stands for here. */
enum capture_hook interface_hook(const struct capture_config *config);

/* True when "any" is among the interfaces. */
bool interface_is_any(const struct capture_config *config);

/*
 * Fills `hooks`: those for the cgroup, then those for interfaces. Returns how many, in *cgroup
 * how many of them are for the cgroup.
 */
size_t interface_program_hooks(struct program_hook hooks[PROGRAM_HOOKS_MAX], enum capture_hook hook,
			       size_t *cgroup);

/* The text where there are these devices; NULL when memory is short. Freed by the caller. */
char *interface_program_for(const struct capture_config *config, const struct netdevs *devices);

#endif
