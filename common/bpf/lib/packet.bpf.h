/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets of local sockets: which ones are DNS, and their way into the ring buffer.
 * At the cgroup hooks a packet begins with its IP header, is whole (egress comes before
 * fragmentation, ingress after reassembly), and `skb` has its socket.
 */

#define AF_INET6_ETHERTYPE 0x86dd
#define PROTOCOL_ICMP	   1
#define PROTOCOL_TCP	   6
#define PROTOCOL_UDP	   17
#define PROTOCOL_ICMPV6	   58

/* libbcc 0.26 has no method for it. */
static u64 (*ring_query)(void *ring, u64 what) = (void *)BPF_FUNC_ringbuf_query;
static void *(*ring_reserve)(void *ring, u64 size, u64 flags) = (void *)BPF_FUNC_ringbuf_reserve;
static void (*ring_submit)(void *record, u64 flags) = (void *)BPF_FUNC_ringbuf_submit;
static void (*ring_discard)(void *record, u64 flags) = (void *)BPF_FUNC_ringbuf_discard;

BPF_F_TABLE("array", u32, u64, control, 1, BPF_F_MMAPABLE);

#define RING ((void *)bpf_pseudo_fd(1, RING_FD))

/* Where a packet's DNS is, if it has any. */
struct layout {
	u32 transport; /* offset of the UDP, TCP or ICMP header */
	u8 protocol;
	u16 source, destination; /* ports, host order */
};

static __always_inline bool is_extension_header(u8 protocol)
{
	/* Hop-by-hop, routing, authentication, destination options (RFC 8200, section 4). */
	return protocol == 0 || protocol == 43 || protocol == 51 || protocol == 60;
}

/* Passes up to eight IPv6 extension headers. */
static __always_inline bool skip_extensions(struct __sk_buff *skb, struct layout *layout)
{
	u8 header[2];

#pragma unroll
	for (int i = 0; i < 8; i++) {
		if (!is_extension_header(layout->protocol))
			return true;
		if (bpf_skb_load_bytes(skb, layout->transport, header, sizeof(header)) < 0)
			return false;
		/* AH counts in units of four octets (RFC 4302, section 2.2), the others of eight.
		 */
		layout->transport +=
			layout->protocol == 51 ? (header[1] + 2) * 4 : (header[1] + 1) * 8;
		layout->protocol = header[0];
	}
	return !is_extension_header(layout->protocol);
}

static __always_inline bool read_layout(struct __sk_buff *skb, struct layout *layout)
{
	u8 *data = (void *)(long)skb->data;
	u8 *end = (void *)(long)skb->data_end;

	if (skb->protocol == bpf_htons(AF_INET6_ETHERTYPE)) {
		if (data + 40 > end)
			return false;
		layout->protocol = data[6];
		layout->transport = 40;
		return skip_extensions(skb, layout);
	}
	if (data + 20 > end)
		return false;
	layout->protocol = data[9];
	layout->transport = (data[0] & 15) * 4;
	return true;
}

/* The ports, by direct access where the headers are plain, which is nearly always. */
static __always_inline bool read_ports(struct __sk_buff *skb, struct layout *layout)
{
	u8 *data = (void *)(long)skb->data;
	u8 *end = (void *)(long)skb->data_end;
	u16 ports[2];

	if (layout->transport == 20 && data + 24 <= end) {
		ports[0] = *(u16 *)(data + 20);
		ports[1] = *(u16 *)(data + 22);
	} else if (layout->transport == 40 && data + 44 <= end) {
		ports[0] = *(u16 *)(data + 40);
		ports[1] = *(u16 *)(data + 42);
	} else if (bpf_skb_load_bytes(skb, layout->transport, ports, sizeof(ports)) < 0) {
		return false;
	}
	layout->source = bpf_ntohs(ports[0]);
	layout->destination = bpf_ntohs(ports[1]);
	return true;
}

/*
 * A local redirection (DNAT in the output chain, as for Docker's embedded resolver) happens
 * before this hook: the packet goes to another port than the process named. A connected
 * socket still knows the named one; for another one it was noted at sendto().
 */
static __always_inline bool asked_for_dns(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return false;
	if (sk->dst_port)
		return IS_DNS_PORT(bpf_ntohs((u16)sk->dst_port));
	u64 cookie = socket_cookie(skb);
	struct socket_owner *owner = owners.lookup(&cookie);

	return owner && (owner->asked_port[0] | owner->asked_port[1]);
}

static __always_inline bool is_connected(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk && sk->dst_port;
}

static __always_inline bool is_wanted(struct __sk_buff *skb, const struct layout *layout, bool out)
{
	u16 remote = out ? layout->destination : layout->source;
	u16 local = out ? layout->source : layout->destination;

	if (WANT_CLIENT && IS_DNS_PORT(remote))
		return true;
	if (IS_DNS_PORT(local))
		return WANT_SERVER;
	return WANT_CLIENT && out && asked_for_dns(skb);
}

/* TCP segments without data (SYN, ACK, FIN) carry no message. */
static __always_inline bool has_payload(struct __sk_buff *skb, const struct layout *layout)
{
	u8 offset;

	if (layout->protocol == PROTOCOL_UDP)
		return true;
	if (bpf_skb_load_bytes(skb, layout->transport + 12, &offset, 1) < 0) {
		count_loss(LOSS_UNREADABLE);
		return false;
	}
	return skb->len > layout->transport + (offset >> 4) * 4;
}

/*
 * "Destination unreachable" that quotes a packet to a DNS port: the refusal of a query.
 * RFC 792; "fragmentation needed" (code 4) is none. RFC 4443, section 3.1.
 */
static __always_inline bool is_dns_refusal(struct __sk_buff *skb, const struct layout *layout)
{
	bool ipv6 = layout->protocol == PROTOCOL_ICMPV6;
	u32 quoted = layout->transport + 8, transport;
	u8 type_code[2], version, protocol;
	u16 ports[2];

	if (bpf_skb_load_bytes(skb, layout->transport, type_code, 2) < 0)
		return false;
	if (ipv6 ? type_code[0] != 1 : type_code[0] != 3 || type_code[1] == 4)
		return false;
	if (bpf_skb_load_bytes(skb, quoted, &version, 1) < 0 ||
	    bpf_skb_load_bytes(skb, quoted + (ipv6 ? 6 : 9), &protocol, 1) < 0)
		return false;
	transport = quoted + (ipv6 ? 40 : (version & 15) * 4);
	if (protocol != PROTOCOL_UDP || bpf_skb_load_bytes(skb, transport, ports, 4) < 0)
		return false;
	return IS_DNS_PORT(bpf_ntohs(ports[1]));
}

static __always_inline bool is_wanted_owner(const struct socket_owner *owner)
{
#ifdef FILTER_PID
	if (!owner || owner->pid != FILTER_PID)
		return false;
#endif
#ifdef FILTER_TID
	if (!owner || owner->tid != FILTER_TID)
		return false;
#endif
#ifdef FILTER_UID
	if (!owner || owner->uid != FILTER_UID)
		return false;
#endif
#ifdef FILTER_COMM_LOW
	const u64 wanted[2] = {FILTER_COMM_LOW, FILTER_COMM_HIGH};

	if (!owner || !same_16(owner->comm, wanted))
		return false;
#endif
	return true;
}

/* Wake-ups cost the most: the reader says whether it needs one. */
static __always_inline u64 wakeup_flag(void)
{
	u32 zero = 0;
	u64 *state = control.lookup(&zero);

	if (!state || *state == READER_RUNNING)
		return BPF_RB_NO_WAKEUP;
	if (*state == READER_PAUSED && ring_query(RING, BPF_RB_AVAIL_DATA) < RING_SIZE / 4)
		return BPF_RB_NO_WAKEUP;
	*state = READER_RUNNING;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline void fill_record(struct socket_record *r, struct __sk_buff *skb, u32 size,
					u64 cookie, const struct socket_owner *owner, bool out)
{
	r->time = bpf_ktime_get_ns();
	r->cookie = cookie;
	r->wire_size = skb->len;
	r->size = size;
	r->flags = out ? RECORD_OUT : 0;
	r->ifindex = 0;
	r->code = 0;
	if (owner) {
		r->flags |= RECORD_HAS_OWNER;
		r->owner = *owner;
	}
}

/*
 * Fills a record with room for `room` octets of packet, a power of two, in place. There are a
 * few sizes, since a reservation's must be constant. A per-CPU buffer and bpf_ringbuf_output()
 * would allow any, but these programs can be preempted and interrupted by each other between
 * the filling of such a buffer and its output.
 */
static __always_inline void hand_over(struct __sk_buff *skb, u32 size, const u32 room, u64 cookie,
				      const struct socket_owner *owner, bool out)
{
	struct socket_record *r = ring_reserve(RING, sizeof(*r) + room, 0);

	if (!r) {
		count_loss(LOSS_RING);
		return;
	}
	/* Changes nothing, but shows the verifier of 5.10 that 1 <= size <= room. */
	size = (size - 1) & (room - 1);
	asm volatile("" : "+r"(size));
	size += 1;
	if (bpf_skb_load_bytes(skb, 0, r->packet, size) < 0) {
		ring_discard(r, BPF_RB_NO_WAKEUP);
		count_loss(LOSS_UNREADABLE);
		return;
	}
	fill_record(r, skb, size, cookie, owner, out);
	ring_submit(r, wakeup_flag());
}

static __always_inline void record_packet(struct __sk_buff *skb, u64 cookie,
					  const struct socket_owner *owner, bool out)
{
	u32 size = skb->len < RECORD_PACKET_MAX ? skb->len : RECORD_PACKET_MAX;

	if (size == 0)
		return;
	if (size <= 128)
		hand_over(skb, size, 128, cookie, owner, out);
	else if (size <= 256)
		hand_over(skb, size, 256, cookie, owner, out);
	else if (size <= 512)
		hand_over(skb, size, 512, cookie, owner, out);
	else if (size <= 2048)
		hand_over(skb, size, 2048, cookie, owner, out);
	else
		hand_over(skb, size, RECORD_PACKET_MAX, cookie, owner, out);
}

static __always_inline void look_at(struct __sk_buff *skb, bool out)
{
	struct layout layout = {};
	struct socket_owner *owner;
	u64 cookie;

	if (!read_layout(skb, &layout)) {
		count_loss(LOSS_UNREADABLE);
		return;
	}
	if (layout.protocol == PROTOCOL_ICMP || layout.protocol == PROTOCOL_ICMPV6) {
		if (is_dns_refusal(skb, &layout))
			record_packet(skb, 0, NULL, out);
		return;
	}
	if (!(WANT_UDP && layout.protocol == PROTOCOL_UDP) &&
	    !(WANT_TCP && layout.protocol == PROTOCOL_TCP))
		return;
	if (!read_ports(skb, &layout)) {
		count_loss(LOSS_UNREADABLE);
		return;
	}
	if (!is_wanted(skb, &layout, out) || !has_payload(skb, &layout))
		return;
	cookie = socket_cookie(skb);
	owner = owners.lookup(&cookie);
#ifdef TASK_GROUP_LEADER
	if (out && owner && layout.protocol == PROTOCOL_UDP && is_connected(skb))
		owner = follow_sender(cookie, owner);
#endif
	if (is_wanted_owner(owner))
		record_packet(skb, cookie, owner, out);
}

static __always_inline bool is_wanted_family(struct __sk_buff *skb)
{
	return skb->protocol == bpf_htons(AF_INET6_ETHERTYPE) ? WANT_IPV6 : WANT_IPV4;
}

int on_egress(void *context)
{
	if (is_wanted_family(context))
		look_at(context, true);
	return 1;
}

int on_ingress(void *context)
{
	if (is_wanted_family(context))
		look_at(context, false);
	return 1;
}
