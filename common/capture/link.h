/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a frame to the IP packet in it. Pure: any octets may come.
 */
#ifndef COMMON_CAPTURE_LINK_H
#define COMMON_CAPTURE_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "capture/frame.h"

enum link_verdict {
	LINK_IP,
	LINK_OTHER,   /* another protocol: ARP, LLDP, … */
	LINK_DAMAGED, /* a header that was cut */
};

#define LINK_REFUSAL_MAX 96

/*
 * False for a link type that link_read() does not know; then `why` says which. Known are
 * Ethernet, Linux "cooked" versions 1 and 2, IP without a link layer, and BSD loopback.
 */
bool link_is_known(uint32_t link, char why[LINK_REFUSAL_MAX]);

/*
 * Takes the link layer off: `octets`, `size` and `wire_size` are then those of the IP packet.
 * VLAN tags (IEEE 802.1Q, 802.1ad), any number of them, and PPPoE (RFC 2516) are passed. Where the
 * link layer tells the direction, and the frame's is not known, it is set.
 */
enum link_verdict link_read(struct frame *frame);

#endif
