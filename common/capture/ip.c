/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/ip.h"

#include <netinet/in.h>
#include <string.h>

#include "dns/octets.h"

#define IPV4_HEADER_MIN	    20
#define IPV6_HEADER	    40
#define IPV6_EXTENSIONS_MAX 8
#define UDP_HEADER	    8
#define TCP_HEADER_MIN	    20
#define PORTS		    4
#define ICMP_HEADER	    8

enum {
	ICMPV4_UNREACHABLE = 3, /* RFC 792 */
	ICMPV4_TOO_BIG = 4,	/* its code "fragmentation needed": the path's, not a refusal */
	ICMPV6_UNREACHABLE = 1, /* RFC 4443, 3.1 */
};

/* What is left to read: `size` octets are there, of `wire` that the packet had. */
struct span {
	const uint8_t *octets;
	size_t size;
	size_t wire;
};

/* An IP header's word on what follows it. */
struct ip_content {
	uint8_t protocol;
	struct span span;
};

static uint16_t read16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void skip(struct span *s, size_t n)
{
	s->octets += n;
	s->size -= n;
	s->wire -= n;
}

/* To `wire` octets, though fewer may have been captured; never to more than are there. */
static void limit(struct span *s, size_t wire)
{
	s->wire = wire;
	if (s->size > wire)
		s->size = wire;
}

static void set_ipv4(struct endpoint *e, const uint8_t *address)
{
	memset(e->address, 0, 10);
	memset(e->address + 10, 0xff, 2);
	memcpy(e->address + 12, address, 4);
}

static enum ip_verdict read_ipv4(struct packet *packet, struct ip_content *c)
{
	const uint8_t *ip = c->span.octets;
	size_t header, total;
	uint16_t fragment;

	if (c->span.size < IPV4_HEADER_MIN)
		return IP_DAMAGED;
	header = (size_t)(ip[0] & 15) * 4;
	total = read16(ip + 2);
	if (total == 0) /* left to the network card: segmentation offload */
		total = c->span.wire;
	if (header < IPV4_HEADER_MIN || header > c->span.size || header > total)
		return IP_DAMAGED;
	packet->ipv6 = false;
	set_ipv4(&packet->source, ip + 12);
	set_ipv4(&packet->destination, ip + 16);
	c->protocol = ip[9];
	fragment = read16(ip + 6);
	limit(&c->span, total);
	skip(&c->span, header);
	return fragment & 0x1fff ? IP_FRAGMENT : IP_MESSAGES;
}

/* The length of an extension header (RFC 8200, 4.2 to 4.6; RFC 4302, 2.2); 0: it is none. */
static size_t extension_size(uint8_t protocol, const uint8_t *octets)
{
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return ((size_t)octets[1] + 1) * 8;
	case IPPROTO_AH:
		return ((size_t)octets[1] + 2) * 4;
	case IPPROTO_FRAGMENT:
		return 8;
	default:
		return 0;
	}
}

static bool is_extension(uint8_t protocol)
{
	static const uint8_t none[2];

	return extension_size(protocol, none) != 0;
}

static enum ip_verdict skip_extensions(struct ip_content *c)
{
	unsigned int count;

	for (count = 0; is_extension(c->protocol); count++) {
		const uint8_t *extension = c->span.octets;
		bool fragment = c->protocol == IPPROTO_FRAGMENT;
		size_t size;

		if (count == IPV6_EXTENSIONS_MAX || c->span.size < 8)
			return IP_DAMAGED;
		size = extension_size(c->protocol, extension);
		if (size > c->span.size)
			return IP_DAMAGED;
		c->protocol = extension[0];
		skip(&c->span, size);
		if (fragment && read16(extension + 2) & 0xfff8)
			return IP_FRAGMENT;
	}
	return IP_MESSAGES;
}

static enum ip_verdict read_ipv6(struct packet *packet, struct ip_content *c)
{
	const uint8_t *ip = c->span.octets;
	size_t payload;

	if (c->span.size < IPV6_HEADER)
		return IP_DAMAGED;
	packet->ipv6 = true;
	memcpy(packet->source.address, ip + 8, 16);
	memcpy(packet->destination.address, ip + 24, 16);
	c->protocol = ip[6];
	payload = read16(ip + 4);
	/* A jumbogram (RFC 2675) says its length in an option; else it is left to the card. */
	if (payload == 0 && c->protocol == IPPROTO_HOPOPTS)
		return IP_DAMAGED;
	if (payload)
		limit(&c->span, IPV6_HEADER + payload);
	skip(&c->span, IPV6_HEADER);
	return skip_extensions(c);
}

static enum ip_verdict read_header(struct packet *packet, struct ip_content *c)
{
	if (c->span.size == 0)
		return IP_DAMAGED;
	switch (c->span.octets[0] >> 4) {
	case 4:
		return read_ipv4(packet, c);
	case 6:
		return read_ipv6(packet, c);
	default:
		return IP_DAMAGED;
	}
}

static void set_payload(struct packet *packet, const struct span *s)
{
	packet->payload = s->octets;
	packet->size = (uint32_t)s->size;
	packet->wire_size = (uint32_t)s->wire;
}

static void set_ports(struct packet *packet, const struct ip_content *c)
{
	packet->protocol = c->protocol;
	packet->source.port = read16(c->span.octets);
	packet->destination.port = read16(c->span.octets + 2);
}

/*
 * A length beyond what IP carries makes the message a cut one: so it is in a first fragment, and
 * in what an ICMP error quotes.
 */
static enum ip_verdict read_udp(struct packet *packet, struct ip_content *c)
{
	size_t length;

	if (c->span.size >= PORTS)
		set_ports(packet, c);
	if (c->span.size < UDP_HEADER)
		return IP_DAMAGED;
	length = read16(c->span.octets + 4);
	if (length < UDP_HEADER)
		return IP_DAMAGED;
	limit(&c->span, length);
	skip(&c->span, UDP_HEADER);
	set_payload(packet, &c->span);
	return c->span.wire ? IP_MESSAGES : IP_EMPTY;
}

static enum ip_verdict read_tcp(struct packet *packet, struct ip_content *c)
{
	size_t header;

	if (c->span.size >= PORTS)
		set_ports(packet, c);
	if (c->span.size < TCP_HEADER_MIN)
		return IP_DAMAGED;
	header = (size_t)(c->span.octets[12] >> 4) * 4;
	if (header < TCP_HEADER_MIN || header > c->span.size)
		return IP_DAMAGED;
	packet->tcp_sequence = get_u32(c->span.octets + 4);
	packet->tcp_acknowledged = get_u32(c->span.octets + 8);
	packet->tcp_flags = c->span.octets[13];
	skip(&c->span, header);
	set_payload(packet, &c->span);
	return packet->wire_size ? IP_MESSAGES : IP_EMPTY;
}

/* Eight octets of the quoted packet's content are all that RFC 792 promises. */
static enum ip_verdict read_quoted_ports(struct packet *packet, struct ip_content *c)
{
	if (c->span.size < UDP_HEADER)
		return IP_DAMAGED;
	if (c->protocol == IPPROTO_UDP)
		return read_udp(packet, c) == IP_DAMAGED ? IP_DAMAGED : IP_MESSAGES;
	if (c->protocol != IPPROTO_TCP)
		return IP_OTHER;
	set_ports(packet, c);
	skip(&c->span, c->span.size);
	c->span.wire = 0;
	set_payload(packet, &c->span);
	return IP_MESSAGES;
}

static bool is_refusal(uint8_t protocol, const uint8_t *icmp)
{
	if (protocol == IPPROTO_ICMP)
		return icmp[0] == ICMPV4_UNREACHABLE && icmp[1] != ICMPV4_TOO_BIG;
	return icmp[0] == ICMPV6_UNREACHABLE;
}

/* How much is quoted where extensions follow (RFC 4884, section 4); 0: to the end. */
static size_t quoted_size(uint8_t protocol, const uint8_t *icmp)
{
	return protocol == IPPROTO_ICMP ? (size_t)icmp[5] * 4 : (size_t)icmp[4] * 8;
}

static enum ip_verdict read_icmp(struct packet *packet, struct ip_content *c)
{
	const uint8_t *icmp = c->span.octets;
	bool ipv6 = packet->ipv6;
	enum ip_verdict verdict;
	size_t quoted;

	if (c->span.size < ICMP_HEADER)
		return IP_DAMAGED;
	if (!is_refusal(c->protocol, icmp))
		return IP_OTHER;
	quoted = quoted_size(c->protocol, icmp);
	skip(&c->span, ICMP_HEADER);
	if (quoted && quoted < c->span.wire)
		limit(&c->span, quoted);
	verdict = read_header(packet, c);
	if (verdict != IP_MESSAGES)
		return verdict == IP_FRAGMENT ? IP_OTHER : verdict;
	if (packet->ipv6 != ipv6)
		return IP_DAMAGED;
	packet->kind = PACKET_UNREACHABLE;
	packet->icmp_type = icmp[0];
	packet->icmp_code = icmp[1];
	return read_quoted_ports(packet, c);
}

enum ip_verdict ip_packet_read(struct packet *packet, const uint8_t *octets, size_t size,
			       size_t wire_size)
{
	struct ip_content c = {.span = {octets, size, wire_size > size ? wire_size : size}};
	enum ip_verdict verdict = read_header(packet, &c);

	if (verdict != IP_MESSAGES)
		return verdict;
	packet->kind = PACKET_DNS;
	packet->icmp_type = 0;
	packet->icmp_code = 0;
	if (c.protocol == IPPROTO_UDP)
		return read_udp(packet, &c);
	if (c.protocol == IPPROTO_TCP)
		return read_tcp(packet, &c);
	if (c.protocol == (packet->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return read_icmp(packet, &c);
	return IP_OTHER;
}
