/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ordinary lookups, counted here, so that they cost user space nothing: one query over UDP, and
 * within TALLY_LIMIT ns its answer, whole, on the same path. A query waits here; whatever happens
 * to it that is not ordinary (a retry, a truncated or late answer, one of another server, a
 * refusal) hands it over to user space as the packet that it was, before what happened. From then
 * on all that belongs to it goes there. User space takes what has waited for TALLY_LIMIT.
 *
 * So a key that two lookups share, or one that is not found, costs time and is never wrong.
 */
#include "lib/tally.h"

#define TALLY_QUESTION_WORDS 16
#define TALLY_QUESTION_MAX   (TALLY_QUESTION_WORDS * 8)
#define TALLY_MARKS	     8
#define MDNS_PORT	     5353
#define DNS_QR		     0x8000
#define DNS_TC		     0x0200
#define DNS_OPCODE	     0x7800
#define DNS_RCODE	     0x000f

BPF_F_TABLE("hash", struct tally_key, struct tally_pending, pendings, TALLY_PENDING_MAX, 0);
/* When it was handed over. */
BPF_F_TABLE("lru_hash", struct tally_key, u64, handed, TALLY_HANDED_MAX, 0);
/* The latest of those answered, by hash. */
struct tally_answered {
	u64 count;
	u64 marks[TALLY_MARKS];
};

BPF_F_TABLE("array", u32, struct tally_answered, answered, TALLY_ANSWERED_MAX, 0);
/* A value that is too large for the stack. */
BPF_F_TABLE("array", u32, struct tally_pending, blank, 1, 0);
BPF_F_TABLE("array", u32, struct tally_counts, tallies, TALLY_CPUS *TALLY_ROLES, BPF_F_MMAPABLE);

static long (*ring_output)(void *ring, void *data, u64 size,
			   u64 flags) = (void *)BPF_FUNC_ringbuf_output;

/* The beginning of a DNS message (RFC 1035, section 4.1), in network order. */
struct tally_header {
	u16 id, flags, questions, answers, authority, additional;
};

static __always_inline struct tally_counts *tally_of(u32 role)
{
	u32 index = bpf_get_smp_processor_id() * TALLY_ROLES + role;

	return tallies.lookup(&index);
}

/* Answers may have another case (RFC 4343). Octets that are no letters may change too. */
static __always_inline u64 lower_case(u64 octets)
{
	const u64 ones = 0x0101010101010101ULL, low = octets & 0x7f7f7f7f7f7f7f7fULL;
	u64 from_a = low + ones * (0x80 - 'A'), above_z = low + ones * (0x7f - 'Z');

	return octets | ((from_a & ~above_z & ~octets & ones * 0x80) >> 2);
}

static __always_inline u64 mix(u64 hash, u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 29;
}

/* The octets of a word that is read from memory, which are within the first `count`. */
static __always_inline u64 first_octets(u64 word, u32 count)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return word & ((1ULL << count * 8) - 1);
#else
	return word & ~(~0ULL >> count * 8);
#endif
}

/* Where the question ends that begins here: type and class follow the name. 0: not in sight. */
static __always_inline u32 question_size(const u8 *question)
{
	u32 at = 0;

	for (int i = 0; i < TALLY_QUESTION_MAX / 2; i++) {
		u32 here = at;
		u8 length;

		/* Changes nothing, but shows the verifier the bound. */
		asm volatile("" : "+r"(here));
		length = question[here & (TALLY_QUESTION_MAX - 1)];
		if (length == 0)
			return at + 5 <= TALLY_QUESTION_MAX ? at + 5 : 0;
		at += length + 1;
		if (length > 63 || at >= TALLY_QUESTION_MAX)
			return 0;
	}
	return 0;
}

static __always_inline u64 question_hash(const u64 *words, u32 size)
{
	u64 hash = TALLY_SEED;

#pragma unroll
	for (u32 i = 0; i < TALLY_QUESTION_WORDS; i++) {
		if (size <= i * 8)
			return hash;
		hash = mix(hash,
			   lower_case(size >= i * 8 + 8 ? words[i]
							: first_octets(words[i], size - i * 8)));
	}
	return hash;
}

/*
 * A message's header and the key of its only question; `offset` is the message's. It is read from
 * four octets before it, which belong to the UDP header, so that its question is aligned.
 */
static __always_inline bool read_question(const struct view *view, u32 offset,
					  struct tally_header *header, struct tally_key *key)
{
	u64 words[2 + TALLY_QUESTION_WORDS];
	u32 size, n;

	if (view->size <= offset + sizeof(*header))
		return false;
	n = view->size - offset - sizeof(*header);
	if (n > TALLY_QUESTION_MAX)
		n = TALLY_QUESTION_MAX;
	/* Changes nothing, but shows the verifier the bounds. */
	n = (n - 1) & (TALLY_QUESTION_MAX - 1);
	asm volatile("" : "+r"(n));
	n += 1;
	__builtin_memset(words, 0, sizeof(words));
	if (!load(view, offset - 4, words, 16 + n))
		return false;
	__builtin_memcpy(header, (u8 *)words + 4, sizeof(*header));
	if (header->questions != bpf_htons(1))
		return false;
	size = question_size((u8 *)(words + 2));
	if (size == 0 || size > n)
		return false;
	key->question = question_hash(words + 2, size);
	key->id = header->id;
	return true;
}

static __always_inline u64 path_hash(const struct view *view, const struct layout *layout,
				     bool ipv6, bool out)
{
	u64 address[2] = {};
	u64 hash = mix(TALLY_SEED, (u32)layout->source << 16 | layout->destination);

	/* So that both directions are alike. */
	if (out)
		hash = mix(TALLY_SEED, (u32)layout->destination << 16 | layout->source);
	if (ipv6)
		load(view, out ? 24 : 8, address, 16);
	else
		load(view, out ? 16 : 12, address, 4);
	return mix(mix(hash, address[0]), address[1]);
}

/* Few are: most of the time none has been for a while, which takes less time to see. */
static __always_inline bool is_handed(struct tally_key *key, u64 now)
{
	u64 *time;
	struct tally_counts *first;
	u32 zero = 0;

	first = tallies.lookup(&zero);
	if (first && now - first->handed_last > TALLY_HANDED_NS)
		return false;
	time = handed.lookup(key);
	return time && now - *time < TALLY_HANDED_NS;
}

static __always_inline void mark_handed(struct tally_key *key, u64 now)
{
	struct tally_counts *first;
	u32 zero = 0;

	first = tallies.lookup(&zero);
	if (first)
		first->handed_last = now;
	handed.update(key, &now);
}

static __always_inline void hand_over_pending(struct tally_key *key, struct tally_pending *p,
					      struct tally_counts *counts, u64 now)
{
	mark_handed(key, now);
	p->record.flags |= RECORD_HELD;
	if (ring_output(RING, &p->record, sizeof(*p) - sizeof(p->path), wakeup_flag()) < 0)
		count_loss(LOSS_RING);
	if (pendings.delete(key) == 0)
		__sync_fetch_and_add(&counts->handed, 1);
}

/* Its time is set last: without one it is not complete. */
static __always_inline bool fill_pending(struct tally_pending *p, const struct view *view,
					 const struct label *label, u64 path, u64 now)
{
	u32 size = view->size;

	size = (size - 1) & (TALLY_PACKET_MAX - 1);
	asm volatile("" : "+r"(size));
	size += 1;
	if (!load(view, 0, p->record.packet, size))
		return false;
	p->path = path;
	p->record.cookie = label->cookie;
	p->record.wire_size = view->size;
	p->record.size = size;
	p->record.flags = label->flags;
	if (label->owner) {
		p->record.flags |= RECORD_HAS_OWNER;
		p->record.owner = *label->owner;
	}
	asm volatile("" : : : "memory");
	p->record.time = now;
	return true;
}

/* False: there is no room, or it cannot be. */
static __always_inline bool keep_query(struct tally_key *key, const struct view *view,
				       const struct label *label, u64 path,
				       struct tally_counts *counts, u64 now)
{
	struct tally_pending *p;
	u32 zero = 0;

	if (view->size > TALLY_PACKET_MAX || is_handed(key, now))
		return false;
	p = blank.lookup(&zero);
	if (!p || pendings.update(key, p) != 0)
		return false;
	p = pendings.lookup(key);
	if (!p)
		return false;
	if (!fill_pending(p, view, label, path, now)) {
		pendings.delete(key);
		return false;
	}
	__sync_fetch_and_add(&counts->queries, 1);
	if (!label->owner)
		__sync_fetch_and_add(&counts->unattributed, 1);
	return true;
}

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

static __always_inline void count_answer(struct tally_counts *counts, u32 rcode, u64 latency)
{
	u32 bucket = tally_bucket(latency), step = TALLY_STEP_OF(latency);

	__sync_fetch_and_add(&counts->answers, 1);
	__sync_fetch_and_add(&counts->sum, latency);
	if (rcode < TALLY_RCODES)
		__sync_fetch_and_add(&counts->rcodes[rcode], 1);
	if (step < TALLY_STEPS)
		__sync_fetch_and_add(&counts->steps[step], 1);
	if (bucket < TALLY_BUCKETS)
		__sync_fetch_and_add(&counts->histogram[bucket], 1);
	count_extremes(counts, latency);
}

static __always_inline u64 answer_mark(const struct tally_key *key, u64 path)
{
	return mix(mix(path, key->question), (u64)key->role << 32 | key->id) | 1;
}

static __always_inline struct tally_answered *answered_like(u64 mark)
{
	u32 index = mark >> 32 & (TALLY_ANSWERED_MAX - 1);

	return answered.lookup(&index);
}

static __always_inline void note_answered(u64 mark)
{
	struct tally_answered *a = answered_like(mark);
	u64 place;

	if (!a)
		return;
	place = a->count++;
	/* Changes nothing, but shows the verifier the bound. */
	asm volatile("" : "+r"(place));
	a->marks[place & (TALLY_MARKS - 1)] = mark;
}

static __always_inline bool was_answered(u64 mark)
{
	struct tally_answered *a = answered_like(mark);

	if (!a)
		return false;
#pragma unroll
	for (int i = 0; i < TALLY_MARKS; i++)
		if (a->marks[i] == mark)
			return true;
	return false;
}

/*
 * Whole, and its rcode in the header: BADVERS looks there like an answer without any record, and
 * other codes from 16 on like ones of 6 and above (RFC 6891, section 6.1.3).
 */
static __always_inline bool is_ordinary(const struct tally_header *header)
{
	u16 flags = bpf_ntohs(header->flags);

	if (flags & (DNS_TC | DNS_OPCODE) || (flags & DNS_RCODE) >= TALLY_RCODES)
		return false;
	return flags & DNS_RCODE || header->answers || header->authority;
}

static __always_inline void tally_query(const struct view *view, const struct label *label,
					struct tally_key *key, u64 path)
{
	struct tally_counts *counts = tally_of(key->role);
	struct tally_pending *p = pendings.lookup(key);
	u64 now = bpf_ktime_get_ns();

	if (!counts)
		return;
	if (p)
		hand_over_pending(key, p, counts, now);
	else if (keep_query(key, view, label, path, counts, now))
		return;
	mark_handed(key, now);
	record_packet(view, label);
}

static __always_inline void tally_unexpected(const struct view *view, struct label *label,
					     struct tally_key *key, u64 path,
					     struct tally_counts *counts, u64 now)
{
	if (!is_handed(key, now)) {
		if (was_answered(answer_mark(key, path))) {
			__sync_fetch_and_add(&counts->duplicates, 1);
			return;
		}
		label->flags |= RECORD_UNPAIRED;
	}
	record_packet(view, label);
}

static __always_inline void tally_answer(const struct view *view, struct label *label,
					 struct tally_key *key, u64 path,
					 const struct tally_header *header)
{
	struct tally_counts *counts = tally_of(key->role);
	struct tally_pending *p = pendings.lookup(key);
	u64 now = bpf_ktime_get_ns(), latency;

	if (!counts)
		return;
	if (!p) {
		tally_unexpected(view, label, key, path, counts, now);
		return;
	}
	latency = now - p->record.time;
	if (!is_ordinary(header) || p->path != path || p->record.cookie != label->cookie ||
	    latency >= TALLY_LIMIT) {
		hand_over_pending(key, p, counts, now);
		record_packet(view, label);
		return;
	}
	/* First, as its duplicate may be looked at at the same time. */
	note_answered(answer_mark(key, path));
	if (pendings.delete(key) == 0)
		count_answer(counts, bpf_ntohs(header->flags) & DNS_RCODE, latency);
	else /* user space has just taken it */
		record_packet(view, label);
}

/* What a refusal quotes, if it quotes enough. */
static __always_inline void tally_refusal(const struct view *view, struct label *label,
					  const struct layout *layout, bool ipv6)
{
	u32 quoted = layout->transport + 8;
	struct tally_key key = {.role = TALLY_CLIENT};
	struct tally_header header;
	struct tally_pending *p;
	struct tally_counts *counts = tally_of(TALLY_CLIENT);
	u8 version = 0;

	load(view, quoted, &version, 1);
	quoted += (ipv6 ? 40 : (version & 15) * 4) + 8;
	if (!read_question(view, quoted, &header, &key)) {
		label->flags |= RECORD_UNPAIRED;
	} else {
		p = pendings.lookup(&key);
		if (p && counts)
			hand_over_pending(&key, p, counts, bpf_ktime_get_ns());
	}
	record_packet(view, label);
}

/* In place of record_packet(). */
static __always_inline void tally_packet(struct __sk_buff *skb, const struct view *view,
					 struct label *label, const struct layout *layout, bool out)
{
	u16 remote = out ? layout->destination : layout->source;
	u16 local = out ? layout->source : layout->destination;
	bool ipv6 = skb->protocol == bpf_htons(ETHERTYPE_IPV6);
	struct tally_key key = {};
	struct tally_header header;
	u64 path;

	if (layout->protocol != PROTOCOL_UDP || remote == MDNS_PORT || local == MDNS_PORT ||
	    !read_question(view, layout->transport + 8, &header, &key)) {
		if (layout->protocol == PROTOCOL_UDP)
			label->flags |= RECORD_UNPAIRED;
		record_packet(view, label);
		return;
	}
	/* asked_for_dns(): neither port is DNS's, and then it is a client's. */
	key.role = IS_DNS_PORT(remote) || !IS_DNS_PORT(local) ? TALLY_CLIENT : TALLY_SERVER;
	path = path_hash(view, layout, ipv6, out);
	if (header.flags & bpf_htons(DNS_QR))
		tally_answer(view, label, &key, path, &header);
	else
		tally_query(view, label, &key, path);
}
