/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an IP packet to the DNS message in it. Pure: any octets may come.
 */
#ifndef COMMON_CAPTURE_IP_H
#define COMMON_CAPTURE_IP_H

#include <stddef.h>
#include <stdint.h>

#include "capture/packet.h"

enum ip_verdict {
	IP_MESSAGES, /* UDP or TCP with payload, or an ICMP error that quotes such a packet */
	IP_EMPTY,    /* UDP or TCP without payload: a SYN, an ACK */
	IP_FRAGMENT, /* a later fragment: no ports, no message */
	IP_OTHER,    /* another protocol */
	IP_DAMAGED,  /* lengths that contradict each other, or a header that was cut */
};

/*
 * Reads IPv4 (with options) or IPv6 (with extension headers, RFC 8200 section 4, at most eight)
 * and then UDP, TCP, or ICMP and ICMPv6 "destination unreachable" (RFC 792, RFC 4443 3.1).
 * `size` octets were captured of `wire_size`. Fills kind, protocol, addresses, ports, icmp_*,
 * ipv6, payload, size and wire_size, and leaves the rest of `packet` alone. For TCP `payload`
 * is the segment's data, length prefixes and all: see capture/stream.h. A first fragment is a
 * cut message. UDP's length field is obeyed where it is smaller than what IP carries. Ports are
 * filled where they can be read, also of what is IP_DAMAGED behind them.
 */
enum ip_verdict ip_packet_read(struct packet *packet, const uint8_t *octets, size_t size,
			       size_t wire_size);

#endif
