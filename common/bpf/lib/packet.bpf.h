/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets of local sockets: which ones are DNS.
 */

#define LOOPBACK_IFINDEX 1 /* in each network namespace */

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

/* Over UDP: a TCP stream is wanted in both directions. */
static __always_inline bool is_left_out(struct __sk_buff *skb, const struct layout *layout,
					bool out)
{
#ifdef SKIP_LOOPBACK_ANSWERS
	return out && layout->protocol == PROTOCOL_UDP && skb->ifindex == LOOPBACK_IFINDEX;
#else
	return false;
#endif
}

static __always_inline bool is_wanted(struct __sk_buff *skb, const struct layout *layout, bool out)
{
	u16 remote = out ? layout->destination : layout->source;
	u16 local = out ? layout->source : layout->destination;

	if (WANT_CLIENT && IS_DNS_PORT(remote))
		return true;
	if (IS_DNS_PORT(local))
		return WANT_SERVER && !is_left_out(skb, layout, out);
	return WANT_CLIENT && out && asked_for_dns(skb);
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

static __always_inline bool is_icmp(const struct layout *layout)
{
	return layout->protocol == PROTOCOL_ICMP || layout->protocol == PROTOCOL_ICMPV6;
}

#ifdef WANT_TALLY
#include "lib/tally.bpf.h"
#elif defined(WANT_NOVELTY)
#include "lib/novelty.bpf.h"
#endif

static __always_inline void hand_over_unless_counted(struct __sk_buff *skb, const struct view *view,
						     struct label *label,
						     const struct layout *layout, bool out)
{
#ifdef WANT_TALLY
	if (tally_packet(skb, view, label, layout, out))
		return;
#elif defined(WANT_NOVELTY)
	novelty_packet(view, label, layout, skb->protocol == bpf_htons(ETHERTYPE_IPV6));
	return;
#endif
	record_packet(view, label);
}

/* A message that is asked for. */
static __always_inline bool is_message(struct __sk_buff *skb, const struct view *view,
				       struct label *label, struct layout *layout, bool out)
{
	if (!is_wanted_protocol(layout->protocol))
		return false;
	if (!read_ports(skb, layout)) {
		count_loss(LOSS_UNREADABLE);
		return false;
	}
	if (!is_wanted(skb, layout, out) || !has_payload(view, layout))
		return false;
	label->cookie = socket_cookie(skb);
	label->owner = owner_of(skb, label->cookie, layout, out);
	/* With TCP_DEFER_ACCEPT the query makes the socket that answers, and comes before it. */
	if (!out && layout->protocol == PROTOCOL_TCP && is_listening(skb))
		label->cookie = 0;
	return is_wanted_owner(label->owner);
}

/* What is long is called in one place, since there it stands: these are no calls in BPF. */
static __always_inline void look_at(struct __sk_buff *skb, bool out)
{
	struct layout layout = {};
	struct label label = {.flags = out ? RECORD_OUT : 0};
	struct view view;

	if (!read_layout(skb, &layout)) {
		count_loss(LOSS_UNREADABLE);
		return;
	}
	view_skb(&view, skb);
	if (is_icmp(&layout) ? !is_dns_refusal(&view, &layout)
			     : !is_message(skb, &view, &label, &layout, out))
		return;
	hand_over_unless_counted(skb, &view, &label, &layout, out);
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
