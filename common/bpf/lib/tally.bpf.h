/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ordinary lookups, counted here, so that they cost user space nothing: one query over UDP, and
 * within TALLY_LIMIT ns its answer, whole, on the same path. A query waits here; whatever happens
 * to it that is not ordinary (a retry, a truncated or late answer, one of another server, a
 * refusal) hands it over to user space as the packet that it was, before what happened. From then
 * on all that belongs to it goes there. User space takes what has waited for TALLY_LIMIT.
 *
 * So a query that finds no place, or an answer that finds no query, costs time and is never wrong.
 *
 * All is in arrays that user space maps. Who swaps a query's tag for TALLY_TAKEN has the query.
 */
#include "lib/tally.h"

BPF_F_TABLE("array", u32, struct tally_tags, waiting, TALLY_WAITING_SETS, BPF_F_MMAPABLE);
BPF_F_TABLE("array", u32, struct tally_query, queries, TALLY_WAITING_MAX, BPF_F_MMAPABLE);
BPF_F_TABLE("array", u32, struct tally_handed, handed, TALLY_HANDED_SETS, BPF_F_MMAPABLE);
BPF_F_TABLE("array", u32, struct tally_answered, answered, TALLY_ANSWERED_SETS, 0);
BPF_F_TABLE("array", u32, struct tally_counts, tallies, TALLY_CPUS *TALLY_ROLES, BPF_F_MMAPABLE);

static long (*ring_output)(void *ring, void *data, u64 size,
			   u64 flags) = (void *)BPF_FUNC_ringbuf_output;

static __always_inline struct tally_counts *tally_of(u32 role)
{
	u32 index = bpf_get_smp_processor_id() * TALLY_ROLES + role;

	return tallies.lookup(&index);
}

/* The other side's address and both ports, alike in both directions. */
static __always_inline u64 path_hash(struct __sk_buff *skb, const struct layout *layout, bool ipv6,
				     bool out)
{
	u32 ports = out ? (u32)layout->destination << 16 | layout->source
			: (u32)layout->source << 16 | layout->destination;
	u8 *data = (void *)(long)skb->data;
	u8 *end = (void *)(long)skb->data_end;
	u64 hash = mix(HASH_SEED, ports);

	/* read_layout() has seen the header there. */
	if (ipv6) {
		if (data + 40 > end)
			return hash;
		data += out ? 24 : 8;
		return mix(mix(hash, *(u64 *)data), *(u64 *)(data + 8));
	}
	if (data + 20 > end)
		return hash;
	return mix(hash, *(u32 *)(data + (out ? 16 : 12)));
}

/* ---- Queries that wait ------------------------------------------------------------------------
 */

/* Where a query waits, or might. */
struct tally_place {
	u64 tag;
	u32 set;
	u32 way;
	struct tally_tags *tags;
	struct tally_query *query;
};

static __always_inline bool find_set(struct tally_place *place, u64 question, u32 role, u16 id)
{
	u64 tag = mix(question, role << 16 | id);

	place->tag = tag | (TALLY_TAKEN + 1);
	place->set = tag >> 32 & (TALLY_WAITING_SETS - 1);
	place->tags = waiting.lookup(&place->set);
	return place->tags;
}

static __always_inline bool swap_tag(struct tally_place *place, u64 old, u64 new)
{
	u32 way = place->way;

	/* Changes nothing, but shows the verifier the bound. */
	asm volatile("" : "+r"(way));
	return __sync_val_compare_and_swap(&place->tags->tags[way & (TALLY_WAYS - 1)], old, new) ==
	       old;
}

/* The first way that has the tag. */
static __always_inline bool find_way(struct tally_place *place, u64 tag)
{
#pragma unroll
	for (u32 i = 0; i < TALLY_WAYS; i++) {
		if (place->tags->tags[i] == tag) {
			place->way = i;
			return true;
		}
	}
	return false;
}

static __always_inline bool find_query(struct tally_place *place)
{
	u32 index = place->set * TALLY_WAYS + place->way;

	place->query = queries.lookup(&index);
	return place->query;
}

/* Few are: most of the time none has been for a while, which takes less time to see. */
static __always_inline bool is_handed(u64 tag, u64 now)
{
	u32 zero = 0, set = tag >> 32 & (TALLY_HANDED_SETS - 1);
	struct tally_counts *first = tallies.lookup(&zero);
	struct tally_handed *h;

	if (first && now - first->handed_last > TALLY_HANDED_NS)
		return false;
	h = handed.lookup(&set);
	if (!h)
		return false;
#pragma unroll
	for (int i = 0; i < TALLY_WAYS; i++)
		if (h->tags[i] == tag && now - h->times[i] < TALLY_HANDED_NS)
			return true;
	return false;
}

/* The oldest of the set makes room. */
static __always_inline u32 next_way(u64 *count)
{
	u64 way = __sync_fetch_and_add(count, 1);

	/* Changes nothing, but shows the verifier the bound. */
	asm volatile("" : "+r"(way));
	return way & (TALLY_WAYS - 1);
}

static __always_inline void mark_handed(u64 tag, u64 now)
{
	u32 zero = 0, set = tag >> 32 & (TALLY_HANDED_SETS - 1), way;
	struct tally_counts *first = tallies.lookup(&zero);
	struct tally_handed *h = handed.lookup(&set);

	if (!first || !h)
		return;
	first->handed_last = now;
	way = next_way(&h->count);
	h->times[way] = now;
	h->tags[way] = tag;
}

/* Unless somebody else has just done so. */
static __always_inline void hand_over_query(struct tally_place *place, u64 now)
{
	mark_handed(place->tag, now);
	if (!swap_tag(place, place->tag, TALLY_TAKEN))
		return;
	if (ring_output(RING, &place->query->record,
			sizeof(*place->query) - sizeof(place->query->path), wakeup_flag()) < 0)
		count_loss(LOSS_RING);
	swap_tag(place, TALLY_TAKEN, TALLY_FREE);
}

static __always_inline bool fill_query(struct tally_query *q, const struct view *view,
				       const struct label *label, u64 path, u64 now)
{
	u32 size = view->size;

	size = (size - 1) & (TALLY_PACKET_MAX - 1);
	asm volatile("" : "+r"(size));
	size += 1;
	if (!load(view, 0, q->record.packet, size))
		return false;
	q->path = path;
	q->record.time = now;
	q->record.cookie = label->cookie;
	q->record.wire_size = view->size;
	q->record.size = size;
	q->record.flags = label->flags;
	if (label->owner) {
		q->record.flags |= RECORD_HAS_OWNER;
		q->record.owner = *label->owner;
	}
	return true;
}

/* False: there is no room, or it cannot be. */
static __always_inline bool keep_query(struct tally_place *place, const struct view *view,
				       const struct label *label, u64 path, u64 now)
{
	bool filled;

	if (view->size > TALLY_PACKET_MAX || is_handed(place->tag, now) ||
	    !find_way(place, TALLY_FREE) || !find_query(place) ||
	    !swap_tag(place, TALLY_FREE, TALLY_TAKEN))
		return false;
	filled = fill_query(place->query, view, label, path, now);
	/* Whoever sees the tag sees all of the query. */
	swap_tag(place, TALLY_TAKEN, filled ? place->tag : TALLY_FREE);
	return filled;
}

/* ---- What is counted --------------------------------------------------------------------------
 */

/* track/histogram.c */
static __always_inline u32 tally_bucket(u64 value)
{
	u32 power = 0;
	u64 rest = value;

	if (value < 1 << TALLY_STEP_BITS)
		return value;
	if (value >> TALLY_VALUE_BITS)
		return TALLY_BUCKETS - 1;
#pragma unroll
	for (int bits = 32; bits; bits /= 2) {
		if (rest >> bits) {
			rest >>= bits;
			power += bits;
		}
	}
	return ((power - TALLY_STEP_BITS + 1) << TALLY_STEP_BITS) +
	       ((value >> (power - TALLY_STEP_BITS)) & ((1 << TALLY_STEP_BITS) - 1));
}

static __always_inline void count_extremes(struct tally_counts *counts, u64 latency)
{
	struct tally_extremes *e = &counts->extremes[counts->epoch & 1];

	if (latency > e->longest)
		e->longest = latency;
	if (~latency > e->headroom)
		e->headroom = ~latency;
}

static __always_inline void count_answer(const struct tally_query *q, u32 role, u32 rcode,
					 u64 latency)
{
	struct tally_counts *counts = tally_of(role);
	u32 bucket = tally_bucket(latency), step = TALLY_STEP_OF(latency);

	if (!counts)
		return;
	__sync_fetch_and_add(&counts->sum, latency);
	if (rcode && rcode < TALLY_RCODES)
		__sync_fetch_and_add(&counts->rcodes[rcode], 1);
	if (step < TALLY_STEPS)
		__sync_fetch_and_add(&counts->steps[step], 1);
	if (bucket < TALLY_BUCKETS)
		__sync_fetch_and_add(&counts->histogram[bucket], 1);
	if (!(q->record.flags & RECORD_HAS_OWNER))
		__sync_fetch_and_add(&counts->unattributed, 1);
	count_extremes(counts, latency);
}

static __always_inline struct tally_answered *answered_like(u64 mark)
{
	u32 set = mark >> 32 & (TALLY_ANSWERED_SETS - 1);

	return answered.lookup(&set);
}

static __always_inline void note_answered(u64 mark)
{
	struct tally_answered *a = answered_like(mark);

	if (a)
		a->marks[next_way(&a->count)] = mark;
}

static __always_inline bool was_answered(u64 mark)
{
	struct tally_answered *a = answered_like(mark);

	if (!a)
		return false;
#pragma unroll
	for (int i = 0; i < TALLY_WAYS; i++)
		if (a->marks[i] == mark)
			return true;
	return false;
}

/* ---- Packets ----------------------------------------------------------------------------------
 */

/*
 * Whole, and its rcode in the header: BADVERS looks there like an answer without any record, and
 * other codes from 16 on like ones of 6 and above (RFC 6891, section 6.1.3).
 */
static __always_inline bool is_ordinary(const struct message_header *header)
{
	u16 flags = bpf_ntohs(header->flags);

	if (flags & (DNS_TC | DNS_OPCODE) || (flags & DNS_RCODE) >= TALLY_RCODES)
		return false;
	return flags & DNS_RCODE || header->answers || header->authority;
}

static __always_inline bool tally_query(const struct view *view, const struct label *label,
					struct tally_place *place, u64 path)
{
	u64 now = bpf_ktime_get_ns();

	if (find_way(place, place->tag)) {
		if (find_query(place))
			hand_over_query(place, now);
	} else if (keep_query(place, view, label, path, now)) {
		return true;
	}
	mark_handed(place->tag, now);
	return false;
}

/* Of nothing that waits. */
static __always_inline bool tally_unexpected(struct label *label, u64 tag, u64 mark, u32 role)
{
	struct tally_counts *counts = tally_of(role);

	if (is_handed(tag, bpf_ktime_get_ns()))
		return false;
	if (counts && was_answered(mark)) {
		__sync_fetch_and_add(&counts->duplicates, 1);
		return true;
	}
	label->flags |= RECORD_UNPAIRED;
	return false;
}

static __always_inline bool tally_answer(struct label *label, struct tally_place *place, u64 path,
					 u32 role, const struct message_header *header)
{
	u64 mark = mix(path, place->tag), now, latency;
	struct tally_query *q;

	if (!find_way(place, place->tag) || !find_query(place))
		return tally_unexpected(label, place->tag, mark, role);
	q = place->query;
	now = bpf_ktime_get_ns();
	latency = now - q->record.time;
	if (!is_ordinary(header) || q->path != path || q->record.cookie != label->cookie ||
	    latency >= TALLY_LIMIT) {
		hand_over_query(place, now);
		return false;
	}
	/* First, as its duplicate may be looked at at the same time. */
	note_answered(mark);
	if (!swap_tag(place, place->tag, TALLY_TAKEN))
		return false; /* somebody has just handed it over */
	count_answer(q, role, bpf_ntohs(header->flags) & DNS_RCODE, latency);
	swap_tag(place, TALLY_TAKEN, TALLY_FREE);
	return true;
}

/* What a refusal quotes, if it quotes enough. */
static __always_inline void tally_refusal(const struct view *view, struct label *label,
					  const struct layout *layout)
{
	u32 quoted = layout->transport + 8;
	struct tally_place place = {};
	struct message_header header;
	u64 question;
	u8 version = 0;

	load(view, quoted, &version, 1);
	quoted += (layout->protocol == PROTOCOL_ICMPV6 ? 40 : (version & 15) * 4) + 8;
	if (!read_question(view, quoted, &header, &question) ||
	    !find_set(&place, question, TALLY_CLIENT, header.id))
		label->flags |= RECORD_UNPAIRED;
	else if (find_way(&place, place.tag) && find_query(&place))
		hand_over_query(&place, bpf_ktime_get_ns());
}

/* A message or a refusal. False: user space shall have it. */
static __always_inline bool tally_packet(struct __sk_buff *skb, const struct view *view,
					 struct label *label, const struct layout *layout, bool out)
{
	u16 remote = out ? layout->destination : layout->source;
	u16 local = out ? layout->source : layout->destination;
	bool ipv6 = skb->protocol == bpf_htons(ETHERTYPE_IPV6);
	/* asked_for_dns(): neither port is DNS's, and then it is a client's. */
	u32 role = IS_DNS_PORT(remote) || !IS_DNS_PORT(local) ? TALLY_CLIENT : TALLY_SERVER;
	struct tally_place place = {};
	struct message_header header;
	u64 question, path;

	if (is_icmp(layout)) {
		tally_refusal(view, label, layout);
		return false;
	}
	if (layout->protocol != PROTOCOL_UDP)
		return false;
	if (remote == MDNS_PORT || local == MDNS_PORT ||
	    !read_question(view, layout->transport + 8, &header, &question) ||
	    !find_set(&place, question, role, header.id)) {
		label->flags |= RECORD_UNPAIRED;
		return false;
	}
	path = path_hash(skb, layout, ipv6, out);
	if (header.flags & bpf_htons(DNS_QR))
		return tally_answer(label, &place, path, role, &header);
	return tally_query(view, label, &place, path);
}
