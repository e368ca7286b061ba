/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP errors reach the ingress hook only through a socket that would receive them.
 */
#ifndef COMMON_CAPTURE_ICMP_H
#define COMMON_CAPTURE_ICMP_H

#include <stdint.h>

/*
 * Opens raw sockets for "destination unreachable", ICMP and ICMPv6, in the current network
 * namespace. They queue nothing. Puts up to two descriptors, the caller's, into `fds` and
 * returns how many: none where the kernel or the privileges do not allow it.
 */
uint32_t icmp_open_listeners(int fds[2]);

#endif
