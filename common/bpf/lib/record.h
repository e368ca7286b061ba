/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the BPF programs and user space share: records in the ring buffer, the owner map, the
 * control words. Joined into the BPF source and included by common/capture.
 */
#ifndef COMMON_BPF_LIB_RECORD_H
#define COMMON_BPF_LIB_RECORD_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/* Who used a socket for DNS, and which server was named (IPv4 as ::ffff:a.b.c.d). */
struct socket_owner {
	__u64 since; /* CLOCK_MONOTONIC, ns: when this was noted */
	__u32 pid;   /* the kernel's tgid */
	__u32 tid;
	__u32 uid;
	__u32 creator; /* the process at connect() or sendto(); `pid` may be its child */
	char comm[16];
	__u8 asked_address[16];
	__u8 asked_port[2] __attribute__((aligned(8))); /* network order; 0: none */
	__u8 reserved[6];
	__u64 cgroup; /* the process', its id in cgroup v2 */
};

enum socket_record_flags {
	RECORD_OUT = 1,		 /* the socket sent it; else it received it */
	RECORD_HAS_OWNER = 2,	 /* `owner` is filled */
	RECORD_SEND_FAILED = 4,	 /* never left; `code` is the errno */
	RECORD_DROPPED = 8,	 /* `code` is the kernel's enum skb_drop_reason */
	RECORD_NO_SIDE = 16,	 /* no local socket is known that sent or received it */
	RECORD_UNPAIRED = 32,	 /* what it answers or refuses may still wait in the tally */
	RECORD_HAS_REPEATS = 64, /* `repeats` and its octets are filled */
	RECORD_CALL = 128,	 /* no packet, but a struct call_record (lib/call.h) */
	RECORD_CONNECT = 256	 /* no packet, but a struct connect_record */
};

/* A packet, from its IP header on; `size` octets of it follow. */
struct socket_record {
	__u64 time;   /* CLOCK_MONOTONIC, ns */
	__u64 cookie; /* the socket's */
	__u32 wire_size;
	__u16 size;
	__u16 flags;
	__u32 ifindex; /* 0: seen at a socket */
	__s32 code;
	/* What lib/novelty.bpf.h has counted since the last record of the same client and name. */
	__u32 repeats;	    /* queries */
	__u32 repeats_up;   /* octets of these messages */
	__u32 repeats_down; /* and of answers */
	__u32 reserved;
	struct socket_owner owner;
	__u8 packet[];
};

/* The octets of a RECORD_CONNECT: a process connects a socket, to another port than DNS has. */
struct connect_record {
	__u8 address[16]; /* IPv4 as ::ffff:a.b.c.d */
	__u16 port;	  /* host order */
	__u16 protocol;	  /* IPPROTO_TCP or IPPROTO_UDP */
	__u32 reserved;
};

/*
 * The most of a packet that is copied. TCP's are as long as IP packets get, since segments are
 * joined before they are seen (GRO), and a stream that lacks octets is out of step. Into a small
 * ring buffer not so much: still more than any UDP message that servers send (RFC 9715) and jumbo
 * frames of multicast DNS (RFC 6762, section 17: 9000 octets).
 */
#define RECORD_PACKET_MAX   65535
#define RECORD_PACKET_SMALL 16384

/*
 * The words of the control map. A call that wakes the reader leaves its thread: who shares its
 * wake-ups, and looks at callers, need not wait until the reader has come to it. One of two that
 * call at once may be missing.
 */
enum control_word {
	CONTROL_STATE,	 /* enum reader_state */
	CONTROL_CALLERS, /* how many have been left so far */
	CONTROL_CALLER,	 /* the first of the last ones: pid << 32 | tid, at its number modulo
			    CALLERS_MAX */
	CALLERS_MAX = 16,
	CONTROL_WORDS = CONTROL_CALLER + CALLERS_MAX
};

/* How the reader waits. */
enum reader_state {
	READER_RUNNING,	  /* needs no wake-up: it comes by itself */
	READER_PAUSED,	  /* comes within milliseconds: wake it only when the ring fills */
	READER_ATTENTIVE, /* likewise, but wake it for what does not wait: a call that begins */
	READER_ASLEEP	  /* wake it at once */
};

/* What could not be handed over, in per-CPU words: index cpu * LOSS_CAUSES + cause. */
enum loss_cause {
	LOSS_RING,	 /* the ring buffer was full */
	LOSS_OWNER,	 /* the owner map was full */
	LOSS_UNREADABLE, /* a packet whose headers contradict its length */
	LOSS_FRAGMENT,	 /* a later IP fragment of UDP: its ports are in the first one */
	LOSS_CAUSES
};
#define LOSS_CPUS_MAX 1024

_Static_assert(sizeof(struct socket_owner) == 72, "shared with BPF");
_Static_assert(sizeof(struct socket_record) == 120, "shared with BPF");
_Static_assert(sizeof(struct connect_record) == 24, "shared with BPF");

#endif
