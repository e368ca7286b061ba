/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/link.h"

#include <stdio.h>

#include "capture/byte_order.h"

/* https://www.tcpdump.org/linktypes.html, and DLT_RAW as some systems have written it. */
enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_BSD = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_RAW = 101,
	LINK_IEEE80211 = 105,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_IEEE80211_PRISM = 119,
	LINK_IEEE80211_RADIOTAP = 127,
	LINK_IEEE80211_AVS = 163,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_LINUX_SLL2 = 276,
};

enum {
	TYPE_IPV4 = 0x0800,
	TYPE_VLAN = 0x8100,
	TYPE_IPV6 = 0x86dd,
	TYPE_PPPOE = 0x8864,
	TYPE_QINQ = 0x88a8,
	TYPE_QINQ_OLD = 0x9100,
};

enum {
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
};

#define VLAN_TAG	4
#define PPPOE_HEADER	8 /* with PPP's protocol (RFC 2516, section 4) */
#define ETHERNET_TYPE	12
#define ETHERNET_HEADER 14
#define NULL_HEADER	4
#define SLL_HEADER	16
#define SLL2_HEADER	20

/* <linux/if_packet.h> and <linux/if_arp.h>, as the cooked headers have them. */
#define SLL_OTHERHOST 3
#define SLL_OUTGOING  4
#define SLL_LOOPBACK  772

static bool skip(struct frame *frame, uint32_t n)
{
	if (frame->size < n)
		return false;
	frame->octets += n;
	frame->size -= n;
	frame->wire_size -= n < frame->wire_size ? n : frame->wire_size;
	return true;
}

static bool is_vlan(uint16_t type)
{
	return type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD;
}

static enum link_verdict read_pppoe(struct frame *frame)
{
	const uint8_t *header = frame->octets;
	uint16_t protocol;

	if (!skip(frame, PPPOE_HEADER))
		return LINK_DAMAGED;
	protocol = get_u16(header + 6);
	return protocol == PPP_IPV4 || protocol == PPP_IPV6 ? LINK_IP : LINK_OTHER;
}

/* What follows a header that ends with, or names, an EtherType. */
static enum link_verdict read_type(struct frame *frame, uint16_t type)
{
	while (is_vlan(type)) {
		if (frame->size < VLAN_TAG)
			return LINK_DAMAGED;
		type = get_u16(frame->octets + 2);
		skip(frame, VLAN_TAG);
	}
	if (type == TYPE_PPPOE)
		return read_pppoe(frame);
	return type == TYPE_IPV4 || type == TYPE_IPV6 ? LINK_IP : LINK_OTHER;
}

static enum link_verdict read_ethernet(struct frame *frame)
{
	const uint8_t *header = frame->octets;

	if (!skip(frame, ETHERNET_HEADER))
		return LINK_DAMAGED;
	return read_type(frame, get_u16(header + ETHERNET_TYPE));
}

/*
 * On the loopback interface a packet that was sent is captured as it comes in: both sides of an
 * exchange are here. What is for another host was seen in passing.
 */
static void set_direction(struct frame *frame, uint16_t hardware, uint16_t type)
{
	if (frame->direction != PACKET_DIRECTION_UNKNOWN || hardware == SLL_LOOPBACK)
		return;
	if (type == SLL_OUTGOING)
		frame->direction = PACKET_OUT;
	else if (type < SLL_OTHERHOST)
		frame->direction = PACKET_IN;
}

static enum link_verdict read_sll(struct frame *frame)
{
	const uint8_t *header = frame->octets;

	if (!skip(frame, SLL_HEADER))
		return LINK_DAMAGED;
	set_direction(frame, get_u16(header + 2), get_u16(header));
	return read_type(frame, get_u16(header + 14));
}

static enum link_verdict read_sll2(struct frame *frame)
{
	const uint8_t *header = frame->octets;

	if (!skip(frame, SLL2_HEADER))
		return LINK_DAMAGED;
	set_direction(frame, get_u16(header + 8), header[10]);
	return read_type(frame, get_u16(header));
}

/* AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 24, 28 or 30 on the BSDs and Darwin. */
static bool is_ip_family(uint32_t family)
{
	return family == 2 || family == 10 || family == 24 || family == 28 || family == 30;
}

/* The family is in the byte order of whoever captured, which nobody tells. */
static enum link_verdict read_null(struct frame *frame)
{
	const uint8_t *header = frame->octets;

	if (!skip(frame, NULL_HEADER))
		return LINK_DAMAGED;
	if (is_ip_family(order_u32(false, header)) || is_ip_family(order_u32(true, header)))
		return LINK_IP;
	return LINK_OTHER;
}

static enum link_verdict read_version(const struct frame *frame, unsigned int version)
{
	if (frame->size == 0)
		return LINK_DAMAGED;
	return frame->octets[0] >> 4 == version ? LINK_IP : LINK_OTHER;
}

enum link_verdict link_read(struct frame *frame)
{
	switch (frame->link) {
	case LINK_ETHERNET:
		return read_ethernet(frame);
	case LINK_LINUX_SLL:
		return read_sll(frame);
	case LINK_LINUX_SLL2:
		return read_sll2(frame);
	case LINK_NULL:
	case LINK_LOOP:
		return read_null(frame);
	case LINK_IPV4:
		return read_version(frame, 4);
	case LINK_IPV6:
		return read_version(frame, 6);
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
		return LINK_IP;
	default:
		return LINK_OTHER;
	}
}

bool link_is_known(uint32_t link, char why[LINK_REFUSAL_MAX])
{
	switch (link) {
	case LINK_NULL:
	case LINK_ETHERNET:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_RAW:
	case LINK_LOOP:
	case LINK_LINUX_SLL:
	case LINK_IPV4:
	case LINK_IPV6:
	case LINK_LINUX_SLL2:
		return true;
	case LINK_IEEE80211:
	case LINK_IEEE80211_PRISM:
	case LINK_IEEE80211_RADIOTAP:
	case LINK_IEEE80211_AVS:
		snprintf(why, LINK_REFUSAL_MAX,
			 "802.11 frames (link type %u) are not read: capture above the radio",
			 link);
		return false;
	default:
		snprintf(why, LINK_REFUSAL_MAX, "unknown link type %u", link);
		return false;
	}
}
