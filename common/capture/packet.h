/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One packet that belongs to a DNS exchange, whatever its source: what capture gives to the
 * layers above.
 */
#ifndef COMMON_CAPTURE_PACKET_H
#define COMMON_CAPTURE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMM_SIZE 16 /* TASK_COMM_LEN of the kernel, with the NUL */

/* An address and port. IPv4 is kept as an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2). */
struct endpoint {
	uint8_t address[16];
	uint16_t port; /* host order */
};

/*
 * The process that a socket belonged to when it last named a DNS server. `since` is that
 * moment, CLOCK_MONOTONIC in ns: whoever asks /proc about the pid must check that the process
 * found there is older.
 */
struct owner {
	uint32_t pid; /* the process: the kernel's tgid, in the tool's pid namespace */
	uint32_t tid;
	uint32_t uid;
	char comm[COMM_SIZE]; /* always ended by a NUL */
	uint64_t since;
	uint64_t cgroup; /* its id in cgroup v2, see capture/cgroup.h; 0: not known */
};

enum packet_direction {
	PACKET_DIRECTION_UNKNOWN, /* a capture file does not tell; no local socket is known */
	PACKET_OUT,		  /* a local socket sent it */
	PACKET_IN,
};

enum packet_kind {
	PACKET_DNS,	    /* `payload` is one DNS message (TCP: without its length prefix) */
	PACKET_UNREACHABLE, /* an ICMP error; `payload` is what it quotes of the message */
	PACKET_SEND_FAILED, /* the kernel refused to send it: `code` is the errno */
	PACKET_DROPPED,	    /* the kernel dropped it: `reason` says why */
	/* No packets, but what a process does before and after its queries. */
	PACKET_CALL,	/* of a resolver function: see capture/call.h */
	PACKET_CONNECT, /* `destination` is what a TCP socket is about to be connected to */
};

/* RFC 9293, section 3.1: as on the wire. */
enum tcp_flag {
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_ACK = 16,
};

/*
 * `payload` belongs to the source and is valid until the callback that got the packet returns.
 * For PACKET_UNREACHABLE source, destination and protocol are those of the quoted packet, so
 * that it looks like the query that caused the error.
 */
struct packet {
	enum packet_kind kind;
	enum packet_direction direction;
	uint64_t time;	 /* ns; CLOCK_MONOTONIC when live, since the epoch from a file */
	uint64_t cookie; /* the socket's, unique on this host; 0: not known */
	bool has_owner;
	struct owner owner;
	uint8_t protocol;  /* IPPROTO_UDP or IPPROTO_TCP */
	uint8_t icmp_type; /* PACKET_UNREACHABLE: as on the wire, ICMP or ICMPv6 */
	uint8_t icmp_code;
	bool ipv6;
	uint8_t tcp_flags;	   /* TCP only: enum tcp_flag */
	uint32_t tcp_sequence;	   /* TCP only: of the payload's first octet, or of the SYN */
	uint32_t tcp_acknowledged; /* TCP with TCP_ACK only: what its sender expects next */
	uint32_t ifindex;	   /* the interface it was seen on; 0: not known, or a socket */
	int32_t code;		   /* PACKET_SEND_FAILED: a positive errno */
	const char
		*reason; /* PACKET_DROPPED: "SOCKET_RCVBUFF"; the source's, as long as it is open */
	struct endpoint source;
	struct endpoint destination;
	/*
	 * Outgoing packets: the address that the process named, where it is known and is another
	 * than `destination` (the packet was redirected by NAT); its answer comes from there.
	 */
	bool has_asked;
	struct endpoint asked;
	/*
	 * Queries of the same client, server and question as this query or answer that the kernel
	 * has only counted since the last one that is here; the octets of their messages, and of
	 * those of answers. 0 but where capture_novelty is wanted.
	 */
	uint32_t repeats, repeats_up, repeats_down;
	const uint8_t *payload;
	uint32_t size;	    /* octets at `payload` */
	uint32_t wire_size; /* octets that the message had; more than `size`: it was cut */
};

/* True for 224.0.0.0/4, mapped, and ff00::/8. */
bool endpoint_is_multicast(const struct endpoint *e);
bool endpoint_is_ipv4(const struct endpoint *e);
/* :: or 0.0.0.0, as of a socket that was not bound to an address. */
bool endpoint_is_unspecified(const struct endpoint *e);
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

/*
 * Whether a server sent it, where there is no message to tell: a TCP connection begins at the
 * client; else the lower port is taken for the server's.
 */
bool packet_is_from_server(const struct packet *packet);

/*
 * Makes `payload` of a TCP segment that is exactly one message that message,
 * without its length; it may have been cut by the capture. False where the segment is anything
 * else.
 */
bool packet_message(struct packet *packet);

#define ENDPOINT_TEXT_MAX 48 /* INET6_ADDRSTRLEN, rounded up */
/* The address alone, an IPv4-mapped one as IPv4. Returns the length. */
size_t endpoint_address_to_text(char text[ENDPOINT_TEXT_MAX], const struct endpoint *e);

#endif
