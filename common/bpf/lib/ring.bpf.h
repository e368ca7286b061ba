/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packet's way into the ring buffer, whatever hook it was seen at.
 */

/* libbcc 0.26 has no method for it. */
static u64 (*ring_query)(void *ring, u64 what) = (void *)BPF_FUNC_ringbuf_query;
static void *(*ring_reserve)(void *ring, u64 size, u64 flags) = (void *)BPF_FUNC_ringbuf_reserve;
static void (*ring_submit)(void *record, u64 flags) = (void *)BPF_FUNC_ringbuf_submit;
static void (*ring_discard)(void *record, u64 flags) = (void *)BPF_FUNC_ringbuf_discard;

BPF_F_TABLE("array", u32, u64, control, CONTROL_WORDS, BPF_F_MMAPABLE);

#define RING ((void *)bpf_pseudo_fd(1, RING_FD))

/* More than this of a packet is never copied. */
#ifdef XDP_COPY_MAX
#define PACKET_MAX XDP_COPY_MAX
#elif RING_SIZE < 16 * RECORD_PACKET_MAX
#define PACKET_MAX RECORD_PACKET_SMALL
#else
#define PACKET_MAX RECORD_PACKET_MAX
#endif

/* An IP packet at a hook. */
struct view {
	void *context;
	u32 start; /* offset of the IP header */
	u32 size;  /* octets from there on */
	bool xdp;  /* known when it is compiled; else the context is a struct __sk_buff */
};

/* What a record tells of a packet beside its octets. */
struct label {
	u64 cookie;
	const struct socket_owner *owner; /* NULL: not known */
	u32 ifindex;
	u16 flags; /* enum socket_record_flags, but RECORD_HAS_ ones */
	u32 repeats, repeats_up, repeats_down;
};

/*
 * The same value, of which the verifier knows nothing any more: what follows is looked at once,
 * not for each value that came out of a loop. `unknown` is any value that it does not know.
 */
static __always_inline u64 forget_bounds(u64 value, u64 unknown)
{
	value += unknown;
	asm volatile("" : "+r"(value));
	return value - unknown;
}

static __always_inline bool load(const struct view *view, u32 offset, void *to, u32 size)
{
#ifdef HOOK_XDP
	if (view->xdp)
		return xdp_load(view->context, view->start + offset, to, size);
#endif
	return bpf_skb_load_bytes(view->context, view->start + offset, to, size) >= 0;
}

/* The packet's first octets into a record, which has room for `room`. */
static __always_inline bool load_packet(const struct view *view, u8 *to, u32 size, const u32 room)
{
#ifdef XDP_COPY_MAX
	if (view->xdp)
		return xdp_copy(view->context, view->start, to, size, room);
#endif
	return load(view, 0, to, size);
}

/* Wake-ups cost the most: the reader says whether it needs one. `patient`: it can wait so far. */
static __always_inline u64 wakeup_beyond(u64 patient)
{
	u32 zero = 0;
	u64 *state = control.lookup(&zero);

	if (!state || *state == READER_RUNNING)
		return BPF_RB_NO_WAKEUP;
	if (*state <= patient && ring_query(RING, BPF_RB_AVAIL_DATA) < RING_SIZE / 4)
		return BPF_RB_NO_WAKEUP;
	*state = READER_RUNNING;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline u64 wakeup_flag(void)
{
	return wakeup_beyond(READER_ATTENTIVE);
}

static __always_inline void fill_record(struct socket_record *r, const struct view *view, u32 size,
					const struct label *label)
{
	r->time = bpf_ktime_get_ns();
	r->cookie = label->cookie;
	r->wire_size = view->size;
	r->size = size;
	r->flags = label->flags;
	r->ifindex = label->ifindex;
	r->code = 0;
#ifdef WANT_NOVELTY
	r->flags |= RECORD_HAS_REPEATS;
	r->repeats = label->repeats;
	r->repeats_up = label->repeats_up;
	r->repeats_down = label->repeats_down;
#endif
	if (label->owner) {
		r->flags |= RECORD_HAS_OWNER;
		r->owner = *label->owner;
	}
}

/*
 * Fills a record with room for `room` octets of packet, a power of two, in place. There are a
 * few sizes, since a reservation's must be constant. A per-CPU buffer and bpf_ringbuf_output()
 * would allow any, but these programs can be preempted and interrupted by each other between
 * the filling of such a buffer and its output. False: it was not handed over, which is counted.
 */
static __always_inline bool hand_over(const struct view *view, u32 size, const u32 room,
				      const struct label *label)
{
	struct socket_record *r = ring_reserve(RING, sizeof(*r) + room, 0);

	if (!r) {
		count_loss(LOSS_RING);
		return false;
	}
	/* Changes nothing, but shows the verifier of 5.10 that 1 <= size <= room. */
	size = (size - 1) & (room - 1);
	asm volatile("" : "+r"(size));
	size += 1;
	if (!load_packet(view, r->packet, size, room)) {
		ring_discard(r, BPF_RB_NO_WAKEUP);
		count_loss(LOSS_UNREADABLE);
		return false;
	}
	fill_record(r, view, size, label);
	ring_submit(r, wakeup_flag());
	return true;
}

static __always_inline bool hand_over_large(const struct view *view, u32 size,
					    const struct label *label)
{
#if PACKET_MAX > RECORD_PACKET_SMALL
	if (size <= RECORD_PACKET_SMALL)
		return hand_over(view, size, RECORD_PACKET_SMALL, label);
	return hand_over(view, size, RECORD_PACKET_MAX + 1, label);
#else
	return hand_over(view, size, PACKET_MAX, label);
#endif
}

static __always_inline bool record_packet(const struct view *view, const struct label *label)
{
	u32 size = view->size < PACKET_MAX ? view->size : PACKET_MAX;

	if (size == 0)
		return false;
	if (size <= 128)
		return hand_over(view, size, 128, label);
	if (size <= 256)
		return hand_over(view, size, 256, label);
	if (size <= 512)
		return hand_over(view, size, 512, label);
	if (size <= 2048)
		return hand_over(view, size, 2048, label);
	return hand_over_large(view, size, label);
}
