/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets of all local sockets, with their processes: cgroup hooks, no interface named.
 */
#ifndef COMMON_CAPTURE_SOCKETS_H
#define COMMON_CAPTURE_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/source.h"

#define SOCKETS_PORTS_MAX 16

/* What is captured; whatever can be is filtered in the kernel. Zero means "all" everywhere. */
struct sockets_config {
	uint16_t ports[SOCKETS_PORTS_MAX];
	unsigned int port_count;
	bool no_ipv4, no_ipv6, no_udp, no_tcp;
	bool no_client, no_server; /* the side of the exchange: see enum lookup_role */
	bool has_pid, has_tid, has_uid, has_comm;
	uint32_t pid, tid, uid;
	char comm[COMM_SIZE];
	uint32_t ring_kib;  /* a power of two */
	const char *cgroup; /* a directory of cgroup v2; NULL: its root */
	bool verbose;	    /* say on stderr what is missing, the verifier's log too */
};

/*
 * Compiles, loads and attaches. NULL on failure: then `error` is one line without a newline.
 */
struct source *sockets_open(const struct sockets_config *config, char error[SOURCE_ERROR_MAX]);

/* The BPF program's text for this configuration, as --ebpf prints it. Freed by the caller. */
char *sockets_program_text(const struct sockets_config *config);

#endif
