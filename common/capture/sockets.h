/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets of all local sockets, with their processes: cgroup hooks, no interface named.
 */
#ifndef COMMON_CAPTURE_SOCKETS_H
#define COMMON_CAPTURE_SOCKETS_H

#include "capture/config.h"
#include "capture/source.h"

/*
 * Compiles, loads and attaches. NULL on failure: then `error` is one line without a newline.
 */
struct source *sockets_open(const struct capture_config *config, char error[SOURCE_ERROR_MAX]);

/* The BPF program's text for this configuration, as --ebpf prints it. Freed by the caller. */
char *sockets_program_text(const struct capture_config *config);

#endif
