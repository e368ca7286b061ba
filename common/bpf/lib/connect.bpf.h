/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process connects to after it has looked up a name. Runs in connect(), before the kernel
 * tries.
 */
#define CONNECT_STREAM 1 /* SOCK_STREAM */

static __always_inline void read_peer(struct connect_record *to, struct bpf_sock_addr *address,
				      bool ipv6)
{
	u32 *word = (u32 *)to->address;

	if (ipv6) {
		word[0] = address->user_ip6[0];
		word[1] = address->user_ip6[1];
		word[2] = address->user_ip6[2];
		word[3] = address->user_ip6[3];
	} else {
		word[0] = word[1] = 0;
		word[2] = bpf_htonl(0xffff);
		word[3] = address->user_ip4;
	}
}

/*
 * getaddrinfo() connects datagram sockets to learn which of its answers has a route: to port 0 or
 * the service's, and nothing is sent. So only streams count.
 */
static __always_inline void record_connect(struct bpf_sock_addr *address, bool ipv6)
{
	u16 port = bpf_ntohs((u16)address->user_port);
	struct connect_record to = {};
	struct socket_record *r;

	if (IS_DNS_PORT(port) || address->type != CONNECT_STREAM)
		return;
	read_peer(&to, address, ipv6);
	r = ring_reserve(RING, sizeof(*r) + sizeof(to), 0);
	if (!r) {
		count_loss(LOSS_RING);
		return;
	}
	to.port = port;
	to.protocol = PROTOCOL_TCP;
	r->cookie = socket_cookie(address);
	r->size = r->wire_size = sizeof(to);
	r->flags = RECORD_CONNECT | RECORD_HAS_OWNER | RECORD_OUT;
	r->ifindex = 0;
	r->code = 0;
	__builtin_memset(&r->owner, 0, sizeof(r->owner));
	note_caller(&r->owner);
	r->time = r->owner.since;
	__builtin_memcpy(r->packet, &to, sizeof(to));
	ring_submit(r, wakeup_flag());
}
