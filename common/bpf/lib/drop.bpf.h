/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS packets that the kernel drops, and why: the tracepoint skb:kfree_skb, without its mount.
 * The places of members (SKB_) and what is known of reasons (DROP_) come from the kernel's BTF:
 * capture/probes.c.
 */

#define DROP_PACKET_MAX 2048

/* A packet in the hands of the network stack, at whatever layer. */
struct dropped {
	const u8 *ip; /* the IP header's address in the kernel */
	u32 there;    /* octets that lie together from there on */
	u32 length;   /* of the whole packet from there on */
	u32 transport;
	u16 source, destination; /* host order */
	u8 protocol;
	bool ipv6;
	u16 reserved;
};

/* skb->network_header and skb->tail count from skb->head. */
static __always_inline bool find_ip(struct dropped *d, const void *skb)
{
	u16 protocol = probe_u16(skb, SKB_PROTOCOL);
	u64 head = probe_u64(skb, SKB_HEAD);
	u32 network = probe_u16(skb, SKB_NETWORK_HEADER);
	u32 tail = probe_u32(skb, SKB_TAIL);

	d->ipv6 = protocol == bpf_htons(ETHERTYPE_IPV6);
	if (!(d->ipv6 ? WANT_IPV6 : protocol == bpf_htons(0x0800) && WANT_IPV4))
		return false;
	if (network == 0xffff || network >= tail)
		return false;
	d->ip = (const u8 *)(head + network);
	d->there = tail - network;
	d->length = probe_u32(skb, SKB_LEN) + (u32)(probe_u64(skb, SKB_DATA) - head) - network;
	return true;
}

static __always_inline bool find_transport(struct dropped *d)
{
	u8 ip[20], header[2];

	if (d->there < 20 || probe_kernel(ip, sizeof(ip), d->ip) < 0 ||
	    ip[0] >> 4 != (d->ipv6 ? 6 : 4))
		return false;
	if (!d->ipv6) {
		d->protocol = ip[9];
		d->transport = (ip[0] & 15) * 4;
		return true;
	}
	d->protocol = ip[6];
	d->transport = 40;
#pragma unroll
	for (int i = 0; i < 4; i++) {
		if (!is_extension_header(d->protocol))
			return true;
		if (d->transport + 2 > d->there ||
		    probe_kernel(header, 2, d->ip + d->transport) < 0)
			return false;
		d->transport += d->protocol == 51 ? (header[1] + 2) * 4 : (header[1] + 1) * 8;
		d->protocol = header[0];
	}
	return true;
}

/* Of TCP only what has data, or begins a connection. */
static __always_inline bool has_content(const struct dropped *d)
{
	u8 header[14];

	if (d->protocol == PROTOCOL_UDP)
		return WANT_UDP;
	if (!WANT_TCP || d->protocol != PROTOCOL_TCP || d->transport + 20 > d->there ||
	    probe_kernel(header, sizeof(header), d->ip + d->transport) < 0)
		return false;
	return header[13] & 2 || d->length > d->transport + (header[12] >> 4) * 4;
}

static __always_inline bool find_ports(struct dropped *d)
{
	u16 ports[2];

	if (d->transport + 8 > d->there || probe_kernel(ports, 4, d->ip + d->transport) < 0)
		return false;
	d->source = bpf_ntohs(ports[0]);
	d->destination = bpf_ntohs(ports[1]);
	return IS_DNS_PORT(d->source) || IS_DNS_PORT(d->destination);
}

/*
 * Which way it went is told by the reason or by its socket's port, if by anything: a packet also
 * belongs to a socket while other hosts' interfaces forward it.
 */
static __always_inline u16 direction_flag(const struct dropped *d, const void *sk, u32 reason)
{
	u16 local = sk ? sock_local_port(sk) : 0;

	if (DROP_IS_RECEIVERS(reason))
		return 0;
	if (!local || d->source == d->destination)
		return RECORD_NO_SIDE;
	if (local == d->source)
		return RECORD_OUT;
	return local == d->destination ? 0 : RECORD_NO_SIDE;
}

static __always_inline bool is_wanted_side(const struct dropped *d, u16 direction)
{
	bool out = direction == RECORD_OUT;

	if (direction == RECORD_NO_SIDE)
		return true;
	if (WANT_CLIENT && IS_DNS_PORT(out ? d->destination : d->source))
		return true;
	return WANT_SERVER && IS_DNS_PORT(out ? d->source : d->destination);
}

static __always_inline void hand_over_dropped(const struct dropped *d, const void *skb, u64 cookie,
					      const struct socket_owner *owner, u16 flags,
					      u32 reason)
{
	struct socket_record *r = ring_reserve(RING, sizeof(*r) + DROP_PACKET_MAX, 0);
	u32 size = d->there < d->length ? d->there : d->length;

	if (!r) {
		count_loss(LOSS_RING);
		return;
	}
	if (size > DROP_PACKET_MAX)
		size = DROP_PACKET_MAX;
	/* Changes nothing, but shows the verifier that 1 <= size <= DROP_PACKET_MAX. */
	size = (size - 1) & (DROP_PACKET_MAX - 1);
	asm volatile("" : "+r"(size));
	size += 1;
	if (probe_kernel(r->packet, size, d->ip) < 0) {
		ring_discard(r, BPF_RB_NO_WAKEUP);
		count_loss(LOSS_UNREADABLE);
		return;
	}
	r->time = bpf_ktime_get_ns();
	r->cookie = cookie;
	r->wire_size = d->length;
	r->size = size;
	r->flags = flags | RECORD_DROPPED;
	r->ifindex = 0;
	r->code = reason;
	if (owner) {
		r->flags |= RECORD_HAS_OWNER;
		r->owner = *owner;
	}
	ring_submit(r, wakeup_flag());
}

/* (struct sk_buff *, the caller's address, enum skb_drop_reason, from 6.11 the receiver) */
int on_kfree_skb(void *context)
{
	const u64 *arguments = context;
	const void *skb = (const void *)arguments[0], *sk;
	u32 reason = (u32)arguments[2];
	struct socket_owner *owner = NULL;
	struct dropped d = {};
	u64 cookie = 0;
	u16 direction;

	if (DROP_IS_NONE(reason) || !find_ip(&d, skb) || !find_transport(&d) || !has_content(&d) ||
	    !find_ports(&d))
		return 0;
	sk = (const void *)probe_u64(skb, SKB_SK);
#ifdef DROP_HAS_RECEIVER
	if (arguments[3])
		sk = (const void *)arguments[3];
#endif
	direction = direction_flag(&d, sk, reason);
	if (!is_wanted_side(&d, direction))
		return 0;
	if (sk && direction != RECORD_NO_SIDE) {
		cookie = sock_cookie(sk);
		owner = owners.lookup(&cookie);
	}
#ifdef FILTER_CGROUP
	if (!sk || !sock_is_wanted(sk))
		return 0;
#endif
	if (is_wanted_owner(owner))
		hand_over_dropped(&d, skb, cookie, owner, direction, reason);
	return 0;
}
