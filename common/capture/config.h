/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be captured; one struct for every source.
 */
#ifndef COMMON_CAPTURE_CONFIG_H
#define COMMON_CAPTURE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/packet.h"

#define CAPTURE_PORTS_MAX      16
#define CAPTURE_INTERFACES_MAX 16

enum capture_hook {
	CAPTURE_HOOK_DEFAULT, /* tcx where the kernel has it (6.6), else socket */
	CAPTURE_HOOK_TCX,
	CAPTURE_HOOK_SOCKET, /* an AF_PACKET socket */
	CAPTURE_HOOK_XDP,    /* incoming packets only */
};

/* Ordinary lookups are counted in the kernel, and seen no more; see capture/tally.h. */
struct capture_tally {
	bool wanted;
	uint64_t limit;	       /* ns; what takes longer is seen */
	uint64_t memory;       /* ns; a lookup that is seen ends in that time */
	const uint64_t *steps; /* ns, rising: the upper limits of the steps that are counted */
	uint32_t step_count;
};

/*
 * What only repeats is counted in the kernel, and told with the next packet of the same name, see
 * packet.repeats; each name is seen at once. Not together with a tally.
 */
struct capture_novelty {
	bool wanted;
	uint64_t window; /* ns, after which a name that was not seen is new again */
};

/* Whatever can be is filtered in the kernel. Zero means "all" everywhere. */
struct capture_config {
	uint16_t ports[CAPTURE_PORTS_MAX];
	unsigned int port_count;
	bool no_ipv4, no_ipv6, no_udp, no_tcp;
	bool no_client, no_server; /* the side of the exchange: see enum lookup_role */
	bool has_role;		   /* the side was asked for */
	bool has_pid, has_tid, has_uid, has_comm;
	uint32_t pid, tid, uid;
	char comm[COMM_SIZE];
	uint32_t ring_kib;  /* a power of two */
	const char *cgroup; /* a folder of cgroup v2; NULL: its root */
	bool whole_host;    /* all the same: who is in `cgroup` is sorted out by the tool */
	const char *interfaces[CAPTURE_INTERFACES_MAX]; /* "any": all; none: sockets */
	unsigned int interface_count;
	enum capture_hook hook;
	struct capture_tally tally;
	struct capture_novelty novelty;
	bool calls;		  /* of the C library's resolver functions: PACKET_CALL */
	bool connects;		  /* PACKET_CONNECT */
	bool no_loopback_answers; /* on the side of servers, where clients are seen too */
	const char *file;	  /* pcap or pcapng, "-" for stdin; NULL: live */
	bool verbose;		  /* say on stderr what is missing, the verifier's log too */
};

#endif
