/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS on network interfaces, with the process where it is a local socket's: for tcx, AF_PACKET
 * sockets or XDP. What is compiled follows the #defines that common/capture/program.c writes
 * before this text: HOOK_TCX, HOOK_SOCKET or HOOK_XDP is one of them. RING_FD, RING_SIZE and the
 * TASK_ offsets are added by the loader.
 */
#include "lib/record.h"
#include "lib/owner.bpf.h"
#ifdef HOOK_XDP
#include "lib/xdp.bpf.h"
#endif
#include "lib/ring.bpf.h"
#include "lib/layout.bpf.h"
#include "lib/cgroup.bpf.h"
#include "lib/flow.bpf.h"
#ifdef WANT_NOVELTY
#include "lib/question.bpf.h"
#include "lib/novelty.bpf.h"
#endif
#include "lib/frame.bpf.h"

#ifdef HOOK_XDP
int on_xdp(void *context)
{
	struct xdp_md *xdp = context;
	struct frame frame = {
		.view = {.context = xdp, .size = xdp->data_end - xdp->data, .xdp = true},
		.ifindex = xdp->ingress_ifindex,
	};

	look_at_frame(&frame);
	return XDP_PASS;
}
#else
/* Most packets end here, without a look into them. */
static __always_inline void look_at_skb(struct __sk_buff *skb, u64 sender)
{
	struct frame frame = {
		.view = {.context = skb, .size = skb->len},
		.ifindex = skb->ifindex,
		.protocol = bpf_ntohs((u16)skb->protocol),
		.sender = sender,
	};

	if (is_ip(frame.protocol) || is_tag(frame.protocol))
		look_at_frame(&frame);
}
#endif

#ifdef HOOK_TCX
#define TCX_NEXT -1 /* whatever else is attached there goes on */

int on_ingress(void *context)
{
	look_at_skb(context, 0);
	return TCX_NEXT;
}

/* What leaves on the loopback interface comes in on it. */
int on_egress(void *context)
{
	struct __sk_buff *skb = context;

	if (skb->ifindex != LOOPBACK_IFINDEX)
		look_at_skb(skb, socket_cookie(skb));
	return TCX_NEXT;
}
#endif

#ifdef HOOK_SOCKET
#define PACKET_OUTGOING 4 /* linux/if_packet.h */

/* A filter that lets nothing through: the socket's own queue stays empty. */
int on_frame(void *context)
{
	struct __sk_buff *skb = context;

	if (skb->ifindex != LOOPBACK_IFINDEX || skb->pkt_type != PACKET_OUTGOING)
		look_at_skb(skb, 0);
	return 0;
}
#endif
