/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in an IP packet its ports and its DNS are.
 */

#define ETHERTYPE_IPV4	  0x0800
#define ETHERTYPE_IPV6	  0x86dd
#define PROTOCOL_ICMP	  1
#define PROTOCOL_TCP	  6
#define PROTOCOL_UDP	  17
#define PROTOCOL_FRAGMENT 44
#define PROTOCOL_ICMPV6	  58
#define DNS_QR		  0x8000 /* of a message's flags: a response */

/* Where a packet's DNS is, if it has any. */
struct layout {
	u32 transport; /* offset of the UDP, TCP or ICMP header */
	u8 protocol;
	u16 source, destination; /* ports, host order */
};

/* A packet's, or a socket's, own side and the other. Ports in host order. */
struct flow {
	u8 local[16], remote[16]; /* IPv4 mapped */
	u16 local_port, remote_port;
	u32 protocol;
};

static __always_inline bool is_extension_header(u8 protocol)
{
	/* Hop-by-hop, routing, authentication, destination options (RFC 8200, section 4). */
	return protocol == 0 || protocol == 43 || protocol == 51 || protocol == 60;
}

/* Passes up to eight IPv6 extension headers. */
static __always_inline bool skip_extensions(const struct view *view, struct layout *layout)
{
	u8 header[2];

#pragma unroll
	for (int i = 0; i < 8; i++) {
		if (!is_extension_header(layout->protocol))
			break;
		if (!load(view, layout->transport, header, sizeof(header)))
			return false;
		/* AH counts in units of four octets (RFC 4302, section 2.2), the others of eight.
		 */
		layout->transport +=
			layout->protocol == 51 ? (header[1] + 2) * 4 : (header[1] + 1) * 8;
		layout->protocol = header[0];
	}
#ifdef WANT_NOVELTY
	layout->transport = forget_bounds(layout->transport, view->size);
#endif
	return !is_extension_header(layout->protocol);
}

/* The ways to here are many: the verifier shall not look at what follows for each of them. */
static __always_inline void forget_ways(struct layout *layout, u64 unknown)
{
	layout->transport = forget_bounds(layout->transport, unknown);
	layout->protocol = forget_bounds(layout->protocol, unknown);
	layout->source = forget_bounds(layout->source, unknown);
	layout->destination = forget_bounds(layout->destination, unknown);
}

/* Who sent a packet, by its headers; those of `layout` have been read. */
static __always_inline bool read_flow(const struct view *view, const struct layout *layout,
				      bool ipv6, struct flow *flow)
{
	__builtin_memset(flow, 0, sizeof(*flow));
	flow->local_port = layout->source;
	flow->remote_port = layout->destination;
	flow->protocol = layout->protocol;
	if (ipv6)
		return load(view, 8, flow->local, 16) && load(view, 24, flow->remote, 16);
	flow->local[10] = flow->local[11] = flow->remote[10] = flow->remote[11] = 0xff;
	return load(view, 12, flow->local + 12, 4) && load(view, 16, flow->remote + 12, 4);
}

static __always_inline void flow_reverse(struct flow *to, const struct flow *flow)
{
	__builtin_memcpy(to->local, flow->remote, 16);
	__builtin_memcpy(to->remote, flow->local, 16);
	to->local_port = flow->remote_port;
	to->remote_port = flow->local_port;
	to->protocol = flow->protocol;
}

/* TCP segments without data (SYN, ACK, FIN) carry no message. */
static __always_inline bool has_payload(const struct view *view, const struct layout *layout)
{
	u8 offset;

	if (layout->protocol == PROTOCOL_UDP)
		return true;
	if (!load(view, layout->transport + 12, &offset, 1)) {
		count_loss(LOSS_UNREADABLE);
		return false;
	}
	return view->size > layout->transport + (offset >> 4) * 4;
}

/*
 * "Destination unreachable" that quotes a packet to a DNS port: the refusal of a query.
 * RFC 792; "fragmentation needed" (code 4) is none. RFC 4443, section 3.1.
 */
static __always_inline bool is_dns_refusal(const struct view *view, const struct layout *layout)
{
	bool ipv6 = layout->protocol == PROTOCOL_ICMPV6;
	u32 quoted = layout->transport + 8, transport;
	u8 type_code[2], version, protocol;
	u16 ports[2];

	if (!load(view, layout->transport, type_code, 2))
		return false;
	if (ipv6 ? type_code[0] != 1 : type_code[0] != 3 || type_code[1] == 4)
		return false;
	if (!load(view, quoted, &version, 1) || !load(view, quoted + (ipv6 ? 6 : 9), &protocol, 1))
		return false;
	transport = quoted + (ipv6 ? 40 : (version & 15) * 4);
	if (protocol != PROTOCOL_UDP || !load(view, transport, ports, 4))
		return false;
	return IS_DNS_PORT(bpf_ntohs(ports[1]));
}
