/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of network interfaces: which ones are DNS, and whose.
 */

#define ETHERTYPE_VLAN	 0x8100 /* IEEE 802.1Q */
#define ETHERTYPE_QINQ	 0x88a8 /* IEEE 802.1ad */
#define ETHERNET_TYPE	 12	/* its offset */
#define VLAN_TAG	 4
#define LOOPBACK_IFINDEX 1 /* in every network namespace */
#define UDP_HEADER	 8
#define IPV4_OFFSET	 0x1fff

struct frame {
	struct view view; /* of the IP packet, once that is found */
	struct layout layout;
	u32 ifindex;
	u16 protocol; /* as the kernel has it; 0: it does not tell */
	u64 sender;   /* the cookie of the socket that sent it; 0: not known */
	bool ipv6;
};

static __always_inline bool is_tag(u16 type)
{
	return type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ;
}

static __always_inline bool is_ip(u16 type)
{
	return type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6;
}

/*
 * Behind the link header, if the interface has one, and up to three VLAN tags. IS_RAW_IP() knows
 * the interfaces without one that were there at the start; of others, a frame that has the
 * kernel's protocol where Ethernet has its type is taken for Ethernet.
 */
static __always_inline bool find_ip(struct frame *f)
{
	u32 start = ETHERNET_TYPE + 2;
	u16 type;

	if (IS_RAW_IP(f->ifindex))
		return true;
	if (!load(&f->view, ETHERNET_TYPE, &type, sizeof(type)))
		return false;
	type = bpf_ntohs(type);
	if (f->protocol && type != f->protocol && !is_tag(type))
		return is_ip(f->protocol);
#pragma unroll
	for (int i = 0; i < 3; i++) {
		if (!is_tag(type))
			break;
		if (!load(&f->view, start + VLAN_TAG - 2, &type, sizeof(type)))
			return false;
		type = bpf_ntohs(type);
		start += VLAN_TAG;
	}
	if (!is_ip(type) || start > f->view.size)
		return false;
	f->view.start = start;
	f->view.size -= start;
	return true;
}

enum ip_content { CONTENT_NONE, CONTENT_TRANSPORT, CONTENT_DAMAGED };

static __always_inline enum ip_content later_fragment(u8 protocol)
{
	if (WANT_UDP && protocol == PROTOCOL_UDP)
		count_loss(LOSS_FRAGMENT);
	return CONTENT_NONE;
}

/* What follows the IP packet in the frame is padding; 0: its length was left to the card. */
static __always_inline void trim(struct view *view, u32 size)
{
	if (size && size < view->size)
		view->size = size;
}

static __always_inline enum ip_content read_ipv4(struct frame *f, const u8 header[20])
{
	u16 fragment = header[6] << 8 | header[7];

	f->layout.transport = (header[0] & 15) * 4;
	f->layout.protocol = header[9];
	if (f->layout.transport < 20)
		return CONTENT_DAMAGED;
	if (fragment & IPV4_OFFSET)
		return later_fragment(header[9]);
	trim(&f->view, header[2] << 8 | header[3]);
	return CONTENT_TRANSPORT;
}

static __always_inline enum ip_content read_ipv6(struct frame *f, const u8 header[20])
{
	u32 payload = header[4] << 8 | header[5];
	u8 fragment[4];

	f->layout.transport = 40;
	f->layout.protocol = header[6];
	trim(&f->view, payload ? payload + 40 : 0);
	if (!skip_extensions(&f->view, &f->layout))
		return CONTENT_DAMAGED;
	if (f->layout.protocol != PROTOCOL_FRAGMENT)
		return CONTENT_TRANSPORT;
	if (!load(&f->view, f->layout.transport, fragment, sizeof(fragment)))
		return CONTENT_DAMAGED;
	if (fragment[2] | (fragment[3] & 0xf8))
		return later_fragment(fragment[0]);
	f->layout.protocol = fragment[0];
	f->layout.transport += 8;
	return skip_extensions(&f->view, &f->layout) ? CONTENT_TRANSPORT : CONTENT_DAMAGED;
}

static __always_inline enum ip_content read_ip(struct frame *f)
{
	u8 header[20];

	if (!load(&f->view, 0, header, sizeof(header)))
		return CONTENT_DAMAGED;
	f->ipv6 = header[0] >> 4 == 6;
	if (f->ipv6)
		return WANT_IPV6 ? read_ipv6(f, header) : CONTENT_NONE;
	if (header[0] >> 4 != 4)
		return CONTENT_DAMAGED;
	return WANT_IPV4 ? read_ipv4(f, header) : CONTENT_NONE;
}

static __always_inline bool load_ports(struct frame *f)
{
	u16 ports[2];

	if (!load(&f->view, f->layout.transport, ports, sizeof(ports)))
		return false;
	f->layout.source = bpf_ntohs(ports[0]);
	f->layout.destination = bpf_ntohs(ports[1]);
	return true;
}

/* Between two DNS ports the message itself must tell. */
static __always_inline bool is_to_server(struct frame *f)
{
	u8 flags;

	if (!IS_DNS_PORT(f->layout.destination))
		return false;
	if (!IS_DNS_PORT(f->layout.source) || f->layout.protocol != PROTOCOL_UDP)
		return true;
	return !load(&f->view, f->layout.transport + UDP_HEADER + 2, &flags, 1) ||
	       !(flags & DNS_QR >> 8);
}

/*
 * The client's socket where it is local, else, of an answer, the server's: what has just been sent
 * was noted as it left, while the server's end of a query may be another namespace's. Only a
 * client's cookie is told: one socket of a server talks with many clients.
 */
static __always_inline void find_socket(struct frame *f, struct label *label)
{
	struct flow sent, received;
	bool to_server = is_to_server(f);
	u64 cookie;

	if (!read_flow(&f->view, &f->layout, f->ipv6, &sent))
		return;
	flow_reverse(&received, &sent);
	if (!f->sender)
		f->sender = flow_cookie(&sent);
	cookie = to_server ? f->sender : flow_cookie(&received);
	label->cookie = cookie;
	label->flags = to_server ? RECORD_OUT : 0;
	if (!cookie && !to_server) {
		cookie = f->sender;
		label->flags = RECORD_OUT;
	}
	if (cookie)
		label->owner = owners.lookup(&cookie);
	else
		label->flags = RECORD_NO_SIDE;
}

static __always_inline void look_at_frame(struct frame *f)
{
	struct label label = {.ifindex = f->ifindex, .flags = RECORD_NO_SIDE};
	enum ip_content content;

	if (!find_ip(f))
		return;
	content = read_ip(f);
	if (content == CONTENT_DAMAGED)
		count_loss(LOSS_UNREADABLE);
	if (content != CONTENT_TRANSPORT)
		return;
	if (f->layout.protocol == PROTOCOL_ICMP || f->layout.protocol == PROTOCOL_ICMPV6) {
		if (is_dns_refusal(&f->view, &f->layout))
			record_packet(&f->view, &label);
		return;
	}
	if (!is_wanted_protocol(f->layout.protocol))
		return;
	if (!load_ports(f)) {
		count_loss(LOSS_UNREADABLE);
		return;
	}
	if (!IS_DNS_PORT(f->layout.source) && !IS_DNS_PORT(f->layout.destination))
		return;
	if (!has_payload(&f->view, &f->layout))
		return;
#ifdef WANT_NOVELTY
	f->view.start = forget_bounds(f->view.start, f->view.size);
	forget_ways(&f->layout, f->view.size);
#endif
	find_socket(f, &label);
#ifdef WANT_NOVELTY
	label.flags = forget_bounds(label.flags, f->view.size);
	novelty_packet(&f->view, &label, &f->layout, f->ipv6);
#else
	record_packet(&f->view, &label);
#endif
}
