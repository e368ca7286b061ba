/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's list of UDP and TCP sockets, sock_diag(7), of the current network namespace.
 */
#ifndef COMMON_CAPTURE_SOCK_DIAG_H
#define COMMON_CAPTURE_SOCK_DIAG_H

#include <stdint.h>

struct diag_socket {
	uint64_t cookie;		  /* the number that BPF programs get for the socket */
	unsigned long inode;		  /* 0: no process has it */
	uint16_t local_port, remote_port; /* host order; remote 0: not connected */
	uint8_t remote_address[16];	  /* IPv4 mapped */
};

typedef void (*diag_fn)(void *context, const struct diag_socket *socket);

/*
 * `fn` for every UDP and TCP socket, IPv4 and IPv6, that is bound or connected. Kernels without
 * the module for a protocol show none of it.
 */
void sock_diag_dump(diag_fn fn, void *context);

#endif
