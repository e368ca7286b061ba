/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets that are older than the tool: no hook will tell who owns them, so they are looked
 * for once.
 */
#ifndef COMMON_CAPTURE_OWNERS_H
#define COMMON_CAPTURE_OWNERS_H

#include <stdbool.h>
#include <stdint.h>

/* The raw ICMP sockets of that many network namespaces at most. */
#define OWNERS_NAMESPACES_MAX 256

struct owners_config {
	const uint16_t *ports; /* DNS */
	unsigned int port_count;
	bool servers; /* sockets with a local DNS port too */
	int map;      /* the BPF map: cookie -> struct socket_owner */
	int cgroups;  /* the root of cgroup v2; -1: none */
};

struct owners_result {
	uint32_t namespaces;  /* network namespaces that were looked at */
	uint32_t sockets;     /* owners that were put into the map */
	uint32_t passed_over; /* sockets for which there was no room: no process is known */
	/*
	 * Descriptors to keep open, the caller's: in each namespace raw sockets for ICMP and
	 * ICMPv6 errors. While one is there, the kernel shows such packets to the ingress hook.
	 * They receive nothing themselves.
	 */
	int icmp[2 * OWNERS_NAMESPACES_MAX];
	uint32_t icmp_count;
};

/*
 * Asks sock_diag(7) in every network namespace that a process is in, and /proc for the
 * processes. Call it after the hooks are attached: what they noted is newer and stays.
 * False when not even this process' own namespace could be looked at (errno says why).
 */
bool owners_scan(struct owners_result *result, const struct owners_config *config);

#endif
