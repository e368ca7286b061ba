/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries that never left: probes at the beginning and the end of the kernel's functions that
 * send a datagram and that connect a TCP socket. What they hand over looks like the packet that
 * it would have been. ARGUMENT_ and RETURN_VALUE are places in struct pt_regs; MSGHDR_ and ITER_
 * come from the kernel's BTF: capture/probes.c.
 */

static long (*probe_user)(void *place, u32 size,
			  const void *from) = (void *)BPF_FUNC_probe_read_user;

/* More than any query has that is not padded to more than two blocks (RFC 8467, section 4.1). */
#define SEND_PAYLOAD_MAX  1024
#define SEND_SEGMENTS_MAX 4

/* A call that is under way, of a thread. */
struct send_attempt {
	void *sk;
	void *data;   /* the user's; or the kernel's copy of his struct iovec[] */
	u64 segments; /* of these; 0: `data` are the octets themselves, if not NULL */
	u64 length;
	u8 server[16]; /* IPv4 as ::ffff:a.b.c.d */
	u16 port;      /* host order */
	u16 family;
	u32 reserved;
};

/* A call may end without its probe (the kernel has few for returns): the oldest goes. */
BPF_F_TABLE("lru_hash", u64, struct send_attempt, sends, 1024, 0);

static __always_inline void *argument(void *context, u32 place)
{
	return (void *)*(u64 *)((char *)context + place);
}

static __always_inline bool is_mapped(const u8 address[16])
{
	const u32 *words = (const u32 *)address;

	return !words[0] && !words[1] && words[2] == bpf_htonl(0xffff);
}

static __always_inline void map_ipv4(u8 address[16], u32 ipv4)
{
	u32 *words = (u32 *)address;

	words[0] = words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = ipv4;
}

static __always_inline void set_family(struct send_attempt *a)
{
	a->family = is_mapped(a->server) ? FAMILY_INET : FAMILY_INET6;
}

/* struct sockaddr_in or sockaddr_in6. */
static __always_inline void read_named_server(struct send_attempt *a, const void *name)
{
	a->port = bpf_ntohs(probe_u16(name, 2));
	if (probe_u16(name, 0) == FAMILY_INET6)
		probe_kernel(a->server, sizeof(a->server), (const char *)name + 8);
	else
		map_ipv4(a->server, probe_u32(name, 4));
	set_family(a);
}

static __always_inline void read_connected_server(struct send_attempt *a)
{
	a->port = bpf_ntohs(probe_u16(a->sk, SOCK_DPORT));
	if (probe_u16(a->sk, SOCK_FAMILY) == FAMILY_INET6)
		probe_kernel(a->server, sizeof(a->server), (const char *)a->sk + SOCK_V6_DADDR);
	else
		map_ipv4(a->server, probe_u32(a->sk, SOCK_DADDR));
	set_family(a);
}

static __always_inline bool is_wanted_attempt(const struct send_attempt *a)
{
	if (!IS_DNS_PORT(a->port))
		return false;
	return a->family == FAMILY_INET6 ? WANT_IPV6 : WANT_IPV4;
}

static __always_inline u32 iterator_type(const void *iterator)
{
#if ITER_TYPE_SIZE == 1
	u8 type = 0;

	probe_kernel(&type, sizeof(type), (const char *)iterator + ITER_TYPE);
	return type;
#else
	return probe_u32(iterator, ITER_TYPE) & ~1U; /* with the direction */
#endif
}

/* Where the message is in the process: it is read when the call has failed. */
static __always_inline void note_message(struct send_attempt *a, const void *iterator)
{
	u32 type = iterator_type(iterator);

#ifdef ITER_UBUF
	if (type == ITER_UBUF) {
		a->data = (void *)(probe_u64(iterator, ITER_UBUF_DATA) +
				   probe_u64(iterator, ITER_OFFSET));
		return;
	}
#endif
	if (type != ITER_IOVEC)
		return;
	a->data = (void *)probe_u64(iterator, ITER_IOV);
	a->segments = probe_u64(iterator, ITER_SEGMENTS);
}

/* One that is not wanted takes an earlier one's place, too, whose end was not seen. */
static __always_inline void begin_attempt(struct send_attempt *a, bool wanted)
{
	u64 thread = bpf_get_current_pid_tgid();

	if (wanted)
		sends.update(&thread, a);
	else if (sends.lookup(&thread))
		sends.delete(&thread);
}

/* (struct sock *, struct msghdr *, size_t) */
int on_send_begin(void *context)
{
	struct send_attempt a = {.sk = argument(context, ARGUMENT_1)};
	char *message = argument(context, ARGUMENT_2);
	void *name = (void *)probe_u64(message, MSGHDR_NAME);
	bool wanted;

	if (name)
		read_named_server(&a, name);
	else
		read_connected_server(&a);
	wanted = is_wanted_attempt(&a);
	if (wanted) {
		a.length = (u64)argument(context, ARGUMENT_3);
		note_message(&a, message + MSGHDR_ITER);
	}
	begin_attempt(&a, wanted);
	return 0;
}

/*
 * (struct sock *, struct sockaddr *, int), of UDP too: a resolver library connects its socket, and
 * sends nothing when that fails.
 */
int on_connect_beg(void *context)
{
	struct send_attempt a = {.sk = argument(context, ARGUMENT_1)};

	read_named_server(&a, argument(context, ARGUMENT_2));
	begin_attempt(&a, is_wanted_attempt(&a));
	return 0;
}

/*
 * EINTR, EAGAIN, EALREADY, EINPROGRESS, and what restarts a system call (ERESTARTSYS to
 * ERESTART_RESTARTBLOCK): the call goes on, or is made again.
 */
static __always_inline bool is_failure(s32 result)
{
	if (result >= 0 || result == -4 || result == -11 || result == -114 || result == -115)
		return false;
	return result > -512 || result < -516;
}

static __always_inline u32 read_segment(u8 *place, u32 at, const void *data, u64 size)
{
	u32 n = size < SEND_PAYLOAD_MAX ? size : SEND_PAYLOAD_MAX;

	if (n > SEND_PAYLOAD_MAX - at)
		n = SEND_PAYLOAD_MAX - at;
	if (n == 0)
		return 0;
	/* Changes nothing, but shows the verifier that the octets are within two halves. */
	n -= 1;
	asm volatile("" : "+r"(n), "+r"(at));
	at &= SEND_PAYLOAD_MAX - 1;
	n &= SEND_PAYLOAD_MAX - 1;
	asm volatile("" : "+r"(n), "+r"(at));
	n += 1;
	return probe_user(place + at, n, data) < 0 ? 0 : n;
}

/* Copies what was to be sent; returns how much. */
static __always_inline u32 read_message(u8 *place, const struct send_attempt *a)
{
	u64 segment[2]; /* struct iovec */
	u32 at = 0;

	if (!a->data)
		return 0;
	if (!a->segments)
		return read_segment(place, 0, a->data, a->length);
#pragma unroll
	for (int i = 0; i < SEND_SEGMENTS_MAX; i++) {
		u32 n;

		if (i >= a->segments || at >= SEND_PAYLOAD_MAX ||
		    probe_kernel(segment, sizeof(segment), (char *)a->data + i * 16) < 0)
			break;
		n = read_segment(place, at, (void *)segment[0], segment[1]);
		at += n;
		if (n < segment[1])
			break;
	}
	return at;
}

static __always_inline void put_u16(u8 *place, u32 value)
{
	place[0] = value >> 8;
	place[1] = value & 0xff;
}

/* RFC 791, section 3.1. A length that has no room is left open, as for the network card. */
static __always_inline void put_ipv4(u8 *ip, const struct send_attempt *a, u8 protocol, u64 length)
{
	u32 source = probe_u32(a->sk, SOCK_SADDR);

	__builtin_memset(ip, 0, 20);
	ip[0] = 0x45;
	put_u16(ip + 2, length > 0xffff ? 0 : length);
	ip[8] = 64;
	ip[9] = protocol;
	__builtin_memcpy(ip + 12, &source, 4);
	__builtin_memcpy(ip + 16, a->server + 12, 4);
}

/* RFC 8200, section 3. */
static __always_inline void put_ipv6(u8 *ip, const struct send_attempt *a, u8 protocol, u64 length)
{
	u64 source[2] = {};

	probe_kernel(source, sizeof(source), (char *)a->sk + SOCK_V6_SADDR);
	__builtin_memset(ip, 0, 8);
	ip[0] = 0x60;
	put_u16(ip + 4, length > 0xffff ? 0 : length);
	ip[6] = protocol;
	ip[7] = 64;
	__builtin_memcpy(ip + 8, source, 16);
	__builtin_memcpy(ip + 24, a->server, 16);
}

static __always_inline void put_udp(u8 *udp, const struct send_attempt *a)
{
	put_u16(udp, sock_local_port(a->sk));
	put_u16(udp + 2, a->port);
	put_u16(udp + 4, a->length > 0xffff - 8 ? 0xffff : a->length + 8);
	put_u16(udp + 6, 0);
}

/* The SYN (RFC 9293, section 3.1). */
static __always_inline void put_tcp(u8 *tcp, const struct send_attempt *a)
{
	__builtin_memset(tcp, 0, 20);
	put_u16(tcp, sock_local_port(a->sk));
	put_u16(tcp + 2, a->port);
	tcp[12] = 5 << 4;
	tcp[13] = 2;
}

static __always_inline u32 put_headers(u8 *packet, const struct send_attempt *a, const bool ipv6,
				       const bool tcp)
{
	const u32 ip = ipv6 ? 40 : 20, transport = tcp ? 20 : 8;
	const u8 protocol = tcp ? PROTOCOL_TCP : PROTOCOL_UDP;

	if (ipv6)
		put_ipv6(packet, a, protocol, transport + a->length);
	else
		put_ipv4(packet, a, protocol, ip + transport + a->length);
	if (tcp)
		put_tcp(packet + ip, a);
	else
		put_udp(packet + ip, a);
	return ip + transport;
}

static __always_inline void hand_over_attempt(const struct send_attempt *a,
					      const struct socket_owner *owner, s32 result,
					      const bool ipv6, const bool tcp)
{
	const u32 headers = (ipv6 ? 40 : 20) + (tcp ? 20 : 8);
	struct socket_record *r =
		ring_reserve(RING, sizeof(*r) + 64 + (tcp ? 0 : 2 * SEND_PAYLOAD_MAX), 0);

	if (!r) {
		count_loss(LOSS_RING);
		return;
	}
	r->time = bpf_ktime_get_ns();
	r->cookie = sock_cookie(a->sk);
	r->flags = RECORD_OUT | RECORD_HAS_OWNER | RECORD_SEND_FAILED;
	r->ifindex = 0;
	r->code = -result;
	r->owner = *owner;
	r->wire_size = put_headers(r->packet, a, ipv6, tcp) + a->length;
	r->size = headers + (tcp ? 0 : read_message(r->packet + headers, a));
	ring_submit(r, wakeup_flag());
}

static __always_inline void report_attempt(const struct send_attempt *a, s32 result, const bool tcp)
{
	struct socket_owner owner = {};

	note_caller(&owner);
	if (!is_wanted_owner(&owner) || !sock_is_wanted(a->sk))
		return;
	if (a->family == FAMILY_INET6)
		hand_over_attempt(a, &owner, result, true, tcp);
	else
		hand_over_attempt(a, &owner, result, false, tcp);
}

static __always_inline void end_attempt(void *context, const bool tcp)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct send_attempt *a = sends.lookup(&thread);
	s32 result = (s32)(u64)argument(context, RETURN_VALUE);

	if (!a)
		return;
	if (is_failure(result))
		report_attempt(a, result, tcp);
	sends.delete(&thread);
}

int on_udp_end(void *context)
{
	end_attempt(context, false);
	return 0;
}

int on_tcp_end(void *context)
{
	end_attempt(context, true);
	return 0;
}
