/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What repeats is counted here, and what is new goes up: a query whose question the same client
 * has put to the same server within NOVELTY_WINDOW ns, and its answer. Of what repeats a query goes
 * up once in NOVELTY_QUERY_NS, and so does its answer; their records tell what was counted since
 * the last one. So user space sees all names at once, and all that happens to a name within a
 * second, but no more than that.
 *
 * Whatever is not an ordinary query or answer over UDP goes up.
 *
 * Nothing is locked. What two packets do to one entry at the same time may let one go up that
 * need not have, or count a packet with the name that has just taken the place of its own.
 */
#include "lib/novelty.h"

BPF_F_TABLE("array", u32, struct novelty_set, names_seen, NOVELTY_SETS, BPF_F_MMAPABLE);
BPF_F_TABLE("array", u32, struct novelty_counts, repeat_counts, NOVELTY_CPUS, BPF_F_MMAPABLE);

/*
 * What was not seen for longer than NOVELTY_QUERY_NS is due anyway: where the window is no shorter,
 * the times of a set serve only to find the oldest, and need not be written for each packet.
 */
#define SHORT_WINDOW (NOVELTY_WINDOW < NOVELTY_QUERY_NS)

/* A message that may be a repeat. */
struct novelty_message {
	u64 tag;
	u64 now;
	u64 asker; /* the query's port and id, never 0 */
	u32 octets;
	bool response;
};

/* Where it was seen before, or has a place now. */
struct novelty_place {
	struct novelty_set *set;
	u32 way;
	bool known;
};

static __always_inline bool is_past(u64 time, u64 now, u64 ns)
{
	return (s64)(now - time) >= (s64)ns;
}

/* ---- Whose message ---------------------------------------------------------------------------
 */

/* Words of struct flow. */
struct parties {
	u64 client[2];
	u64 server[2];
	u16 port; /* the server's */
};

static __always_inline void copy_address(u64 to[2], const void *address)
{
	const u64 *words = address;

	to[0] = words[0];
	to[1] = words[1];
}

/* A client's process where it is known: two of them are two clients. */
static __always_inline void find_client(struct parties *p, const struct label *label,
					const struct flow *flow, bool response)
{
	bool out = label->flags & RECORD_OUT;

	if (label->owner && out != response) {
		p->client[0] = ~0ULL; /* no address begins so */
		p->client[1] = label->owner->pid;
	} else {
		copy_address(p->client, response ? flow->remote : flow->local);
	}
}

/*
 * What a socket's process named is where the answer comes from, whatever NAT makes of it; an
 * interface shows both as they are on the wire.
 */
static __always_inline void find_server(struct parties *p, const struct label *label,
					const struct flow *flow, bool response)
{
	const struct socket_owner *owner = label->owner;

	if (!response && !label->ifindex && owner && label->flags & RECORD_OUT &&
	    (owner->asked_port[0] | owner->asked_port[1])) {
		copy_address(p->server, owner->asked_address);
		p->port = owner->asked_port[0] << 8 | owner->asked_port[1];
	} else {
		copy_address(p->server, response ? flow->local : flow->remote);
		p->port = response ? flow->local_port : flow->remote_port;
	}
}

/* At sockets both sides of an exchange on this host are seen, else the same on each interface. */
static __always_inline u32 place_of_sight(const struct label *label, bool response)
{
#ifdef HOOK_XDP
	return 0; /* an answer may come in on another interface */
#else
	bool out = label->flags & RECORD_OUT;

	return label->ifindex ? label->ifindex : out != response;
#endif
}

static __always_inline u64 parties_hash(const struct label *label, const struct flow *flow,
					bool response)
{
	const u64 keys[] = {PARTY_KEYS};
	struct parties p = {};

	find_client(&p, label, flow, response);
	find_server(&p, label, flow, response);
	return keyed((u64)place_of_sight(label, response) << 16 | p.port, keys[0]) +
	       keyed(p.client[0], keys[1]) + keyed(p.client[1], keys[2]) +
	       keyed(p.server[0], keys[3]) + keyed(p.server[1], keys[4]);
}

static __always_inline bool is_mdns(const struct layout *layout)
{
	return layout->source == MDNS_PORT || layout->destination == MDNS_PORT;
}

/* False: it goes up. */
static __always_inline bool read_novelty(struct novelty_message *m, const struct view *view,
					 const struct label *label, const struct layout *layout,
					 bool ipv6)
{
	u32 offset = layout->transport + 8;
	struct message_header header;
	struct flow flow;
	u64 hash;
	u16 port;

	if (layout->protocol != PROTOCOL_UDP || is_mdns(layout) ||
	    !read_question(view, offset, &header, &hash) ||
	    header.flags & bpf_htons(DNS_TC | DNS_OPCODE) || !read_flow(view, layout, ipv6, &flow))
		return false;
	m->now = bpf_ktime_get_ns();
	m->octets = view->size - offset;
	m->response = header.flags & bpf_htons(DNS_QR);
	port = m->response ? flow.remote_port : flow.local_port;
	m->asker = 1ULL << 32 | (u32)port << 16 | header.id;
	m->tag = mix(hash, parties_hash(label, &flow, m->response)) | 1;
	return true;
}

/* ---- Entries ---------------------------------------------------------------------------------
 */

static __always_inline bool find_tag(struct novelty_place *place, u64 tag)
{
#pragma unroll
	for (u32 i = 0; i < NOVELTY_WAYS; i++) {
		if (place->set->tags[i] == tag) {
			place->way = i;
			return true;
		}
	}
	return false;
}

/* To some ns, as the lowest bits of a time are taken for the way: so there is one comparison. */
static __always_inline void find_oldest(struct novelty_place *place)
{
	u64 oldest = ~0ULL;

#pragma unroll
	for (u32 i = 0; i < NOVELTY_WAYS; i++) {
		u64 seen = (place->set->seen[i] & ~(NOVELTY_WAYS - 1ULL)) | i;

		if (seen < oldest)
			oldest = seen;
	}
	place->way = oldest & (NOVELTY_WAYS - 1);
}

static __always_inline bool find_place(struct novelty_place *place, const struct novelty_message *m)
{
	u32 index = m->tag >> 32 & (NOVELTY_SETS - 1);

	place->set = names_seen.lookup(&index);
	if (!place->set)
		return false;
	place->known = find_tag(place, m->tag);
	if (!place->known)
		find_oldest(place);
	place->way = forget_bounds(place->way, m->now) & (NOVELTY_WAYS - 1);
	return true;
}

static __always_inline struct novelty_counts *own_counts(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return repeat_counts.lookup(&cpu);
}

static __always_inline void take_place(struct novelty_place *place, const struct novelty_message *m)
{
	struct novelty_entry *e = &place->set->entries[place->way];
	struct novelty_counts *counts = own_counts();

	place->set->tags[place->way] = NOVELTY_FREE;
	asm volatile("" ::: "memory");
	if (counts && e->queries > 0)
		__sync_fetch_and_add(&counts->forgotten, e->queries);
	e->up = e->query_up = e->waits = 0;
	e->queries = e->octets_up = e->octets_down = 0;
	asm volatile("" ::: "memory");
	place->set->tags[place->way] = m->tag;
}

/* ---- Up, or counted --------------------------------------------------------------------------
 */

static __always_inline bool is_due(const struct novelty_entry *e, const struct novelty_message *m)
{
	if (!m->response)
		return is_past(e->query_up, m->now, NOVELTY_QUERY_NS);
	return e->waits == m->asker || is_past(e->up, m->now, NOVELTY_ANSWER_NS);
}

static __always_inline void count_repeat(struct novelty_entry *e, const struct novelty_message *m,
					 const struct label *label)
{
	struct novelty_counts *counts = own_counts();

	if (m->response) {
		__sync_fetch_and_add(&e->octets_down, m->octets);
	} else {
		__sync_fetch_and_add(&e->queries, 1);
		__sync_fetch_and_add(&e->octets_up, m->octets);
	}
	if (!counts)
		return;
	__sync_fetch_and_add(&counts->packets, 1);
	if (!label->owner)
		__sync_fetch_and_add(&counts->unattributed, 1);
}

/* What a record has no room for is left to the next one. */
static __always_inline u32 take_count(s64 *count)
{
	s64 taken = *count;

	if (taken <= 0)
		return 0;
	if (taken > 0xffffffffLL)
		taken = 0xffffffffLL;
	__sync_fetch_and_add(count, -taken);
	return taken;
}

static __always_inline void note_up(struct novelty_entry *e, const struct novelty_message *m)
{
	e->up = m->now;
	if (!m->response) {
		e->query_up = m->now;
		e->waits = m->asker;
	} else if (e->waits == m->asker) {
		e->waits = 0;
	}
}

/* Where the ring is full, nothing has been told. */
static __always_inline void tell(struct novelty_entry *e, const struct novelty_message *m,
				 const struct view *view, struct label *label)
{
	label->repeats = take_count(&e->queries);
	label->repeats_up = take_count(&e->octets_up);
	label->repeats_down = take_count(&e->octets_down);
	if (record_packet(view, label)) {
		note_up(e, m);
		return;
	}
	__sync_fetch_and_add(&e->queries, label->repeats);
	__sync_fetch_and_add(&e->octets_up, label->repeats_up);
	__sync_fetch_and_add(&e->octets_down, label->repeats_down);
}

/* In place of record_packet(). */
static __always_inline void novelty_packet(const struct view *view, struct label *label,
					   const struct layout *layout, bool ipv6)
{
	struct layout l = *layout;
	struct novelty_message m = {};
	struct novelty_place place = {};
	struct novelty_entry *e;
	bool is_new;

	forget_ways(&l, view->size);
	if (!read_novelty(&m, view, label, &l, forget_bounds(ipv6, view->size) & 1) ||
	    !find_place(&place, &m)) {
		record_packet(view, label);
		return;
	}
	e = &place.set->entries[place.way];
	is_new = !place.known || (SHORT_WINDOW && !m.response &&
				  is_past(place.set->seen[place.way], m.now, NOVELTY_WINDOW));
	if (!place.known)
		take_place(&place, &m);
	if (is_new || is_due(e, &m)) {
		place.set->seen[place.way] = m.now;
		tell(e, &m, view, label);
	} else {
		if (SHORT_WINDOW)
			place.set->seen[place.way] = m.now;
		count_repeat(e, &m, label);
	}
}
