/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets of network interfaces, forwarded ones too, with the process where it is a local
 * socket's: tcx, AF_PACKET sockets or XDP.
 */
#ifndef COMMON_CAPTURE_INTERFACE_H
#define COMMON_CAPTURE_INTERFACE_H

#include "capture/config.h"
#include "capture/source.h"

/*
 * Compiles, loads and attaches to config->interfaces. NULL on failure: then `error` is one line
 * without a newline. poll() returns SOURCE_END when the last interface has gone.
 */
struct source *interface_open(const struct capture_config *config, char error[SOURCE_ERROR_MAX]);

/* The BPF program's text for this configuration, as --ebpf prints it. Freed by the caller. */
char *interface_program_text(const struct capture_config *config);

#endif
