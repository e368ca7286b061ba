/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which socket is behind a packet on an interface: its addresses and ports, as the cgroup's
 * egress hook saw them last. That hook comes after NAT: they are those of the wire.
 */

struct flow_socket {
	u64 cookie; /* 0: several sockets have this flow, in different network namespaces */
	u64 time;   /* when it was last noted, to FLOW_NOTE_EVERY */
	u64 known;  /* the process was known then */
};

#define FLOWS_MAX	16384
#define FLOW_NOTE_EVERY 1000000000ULL  /* ns */
#define FLOW_FORGOTTEN	60000000000ULL /* ns, after which a socket without a word is gone */

BPF_F_TABLE("lru_hash", struct flow, struct flow_socket, flows, FLOWS_MAX, 0);

/* True when the flow's socket may still be in use, and is another process' than `owner`. */
static __always_inline bool is_in_use(const struct flow_socket *old,
				      const struct socket_owner *owner, u64 now)
{
	u64 cookie = old->cookie;
	struct socket_owner *other;

	if (!cookie)
		return now - old->time < FLOW_FORGOTTEN;
	other = owners.lookup(&cookie);
	if (!other)
		return !old->known && now - old->time < FLOW_FORGOTTEN;
	return !owner || other->pid != owner->pid;
}

static __always_inline void note_flow(struct flow *flow, u64 cookie,
				      const struct socket_owner *owner)
{
	struct flow_socket *old = flows.lookup(flow);
	struct flow_socket new = {
		.cookie = cookie,
		.time = bpf_ktime_get_ns(),
		.known = owner != NULL,
	};

	if (old && old->cookie == cookie) {
		if (new.time - old->time > FLOW_NOTE_EVERY)
			old->time = new.time;
		if (new.known)
			old->known = 1;
		return;
	}
	/* Never a wrong process: rather none. */
	if (old && is_in_use(old, owner, new.time))
		new.cookie = 0;
	if (flows.update(flow, &new) != 0)
		count_loss(LOSS_OWNER);
}

/* The cookie of the socket that has this flow; 0: not known. */
static __always_inline u64 flow_cookie(struct flow *flow)
{
	struct flow_socket *found = flows.lookup(flow);

	return found ? found->cookie : 0;
}

/*
 * At cgroup egress. Of TCP only what has data: a SYN-ACK has the cookie of the listening socket,
 * a reset or a late ACK that of the kernel's own.
 */
int on_flow(void *context)
{
	struct __sk_buff *skb = context;
	struct layout layout = {};
	struct flow flow;
	struct view view;
	u64 cookie;

	if (!is_wanted_family(skb) || !read_layout(skb, &layout) ||
	    !is_wanted_protocol(layout.protocol) || !read_ports(skb, &layout))
		return 1;
	if (!IS_DNS_PORT(layout.source) && !IS_DNS_PORT(layout.destination))
		return 1;
	view_skb(&view, skb);
	if (!has_payload(&view, &layout) ||
	    !read_flow(&view, &layout, skb->protocol == bpf_htons(ETHERTYPE_IPV6), &flow))
		return 1;
	cookie = socket_cookie(skb);
	if (cookie)
		note_flow(&flow, cookie, owner_of(skb, cookie, &layout, true));
	return 1;
}
