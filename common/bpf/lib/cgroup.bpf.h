/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packet at the cgroup hooks: it begins with its IP header, is whole (egress comes before
 * fragmentation, ingress after reassembly), and `skb` has its socket. Every packet of every
 * socket passes here: headers are read by direct access where they are plain.
 */

#define SOCKET_LISTENS 10 /* BPF_TCP_LISTEN */

static __always_inline void view_skb(struct view *view, struct __sk_buff *skb)
{
	view->context = skb;
	view->start = 0;
	view->size = skb->len;
	view->xdp = false;
}

static __always_inline bool read_layout(struct __sk_buff *skb, struct layout *layout)
{
	u8 *data = (void *)(long)skb->data;
	u8 *end = (void *)(long)skb->data_end;
	struct view view;

	if (skb->protocol == bpf_htons(ETHERTYPE_IPV6)) {
		if (data + 40 > end)
			return false;
		layout->protocol = data[6];
		layout->transport = 40;
		view_skb(&view, skb);
		return skip_extensions(&view, layout);
	}
	if (data + 20 > end)
		return false;
	layout->protocol = data[9];
	layout->transport = (data[0] & 15) * 4;
	return true;
}

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

static __always_inline bool is_connected(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk && sk->dst_port;
}

static __always_inline bool is_listening(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk && sk->state == SOCKET_LISTENS;
}

static __always_inline bool is_wanted_family(struct __sk_buff *skb)
{
	return skb->protocol == bpf_htons(ETHERTYPE_IPV6) ? WANT_IPV6 : WANT_IPV4;
}

static __always_inline bool is_wanted_protocol(u8 protocol)
{
	return (WANT_UDP && protocol == PROTOCOL_UDP) || (WANT_TCP && protocol == PROTOCOL_TCP);
}

/* The process behind a socket's outgoing or incoming packet; NULL: not known. */
static __always_inline struct socket_owner *owner_of(struct __sk_buff *skb, u64 cookie,
						     const struct layout *layout, bool out)
{
	struct socket_owner *owner = owners.lookup(&cookie);

#ifdef TASK_GROUP_LEADER
	if (out && owner && layout->protocol == PROTOCOL_UDP && is_connected(skb))
		owner = follow_sender(cookie, owner);
#endif
	return owner;
}
