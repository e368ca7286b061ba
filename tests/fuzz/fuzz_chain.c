/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script of calls, queries on both of their sides, answers and passing time, from a small world
 * in which much is alike. Whatever comes, nothing is left in the end, each chain is told once, and
 * what is told is a tree.
 */
#include <netinet/in.h>
#include <string.h>

#include "fuzz.h"
#include "track/chain.h"

#define STEP	    50000000u
#define MESSAGE_MAX 512

struct script {
	const uint8_t *data;
	size_t size;
};

struct world {
	struct transactions *t;
	struct chains *c;
	uint64_t now;
	uint64_t told, last_id;
};

static volatile uint8_t sink;

static uint8_t next(struct script *s)
{
	if (s->size == 0)
		return 0;
	s->size--;
	return *s->data++;
}

/* ---- What is told ---------------------------------------------------------------------------- */

static const struct chain_hop *hop_of(const struct chain *chain, uint32_t number)
{
	for (uint32_t i = 0; i < chain->hop_count; i++)
		if (chain->hops[i].number == number)
			return &chain->hops[i];
	return NULL;
}

/* Parents come first, and one deeper each time. */
static void check_hop(const struct chain *chain, uint32_t i)
{
	const struct chain_hop *hop = &chain->hops[i], *parent = hop_of(chain, hop->parent);

	REQUIRE(hop->number >= 1 && hop->number <= chain->hop_count);
	REQUIRE(hop_of(chain, hop->number) == hop);
	REQUIRE((hop->parent == 0) == (hop->depth == 0));
	REQUIRE(hop->depth == 0 || (parent && parent < hop && parent->depth + 1 == hop->depth));
	REQUIRE(hop->exchange->attempts >= 1);
	sink ^= (uint8_t)chain_evidence_name(hop->linked_by)[0];
	sink ^= (uint8_t)chain_outcome_name(hop->exchange->outcome)[0];
}

static void check_events(const struct chain *chain)
{
	static struct chain_event
		events[CHAIN_EVENTS_PER_HOP * CHAIN_HOPS_MAX + CHAIN_EVENTS_BESIDE];
	uint32_t count = chain_events(chain, events);

	REQUIRE(count <= CHAIN_EVENTS_PER_HOP * chain->hop_count + CHAIN_EVENTS_BESIDE);
	for (uint32_t i = 0; i < count; i++) {
		REQUIRE(i == 0 || events[i - 1].time <= events[i].time);
		sink ^= (uint8_t)chain_event_name(events[i].kind)[0];
	}
}

static void done(void *context, const struct chain *chain)
{
	struct world *w = context;

	w->told++;
	if (chain->id > w->last_id)
		w->last_id = chain->id;
	REQUIRE((chain->call != NULL) == (chain->kind == CHAIN_CALL));
	REQUIRE(chain->call || chain->hop_count > 0 || chain->hops_left_out);
	REQUIRE(chain->end <= chain->begin || chain->upstream <= chain->end - chain->begin);
	for (uint32_t i = 0; i < chain->hop_count; i++)
		check_hop(chain, i);
	for (uint32_t i = 0; i < chain->share_count; i++)
		REQUIRE(hop_of(chain, chain->shares[i].hop));
	check_events(chain);
}

static void step(void *context, enum lookup_step kind, const struct lookup *lookup,
		 const struct endpoint *destination)
{
	chains_step(((struct world *)context)->c, kind, lookup, destination);
}

static void ended(void *context, const struct lookup *lookup)
{
	chains_lookup(((struct world *)context)->c, lookup);
}

/* ---- The world ------------------------------------------------------------------------------- */

static struct owner owner_of(uint8_t what)
{
	static const char *const comms[] = {"curl", "nscd", "unbound", "dnsmasq"};
	struct owner owner = {.pid = 1u + (what & 3), .tid = 1u + (what & 7)};

	snprintf(owner.comm, sizeof(owner.comm), "%s", comms[what & 3]);
	return owner;
}

static void call(struct world *w, struct script *s)
{
	static const char *const names[] = {"a", "a.b", "b", "..", "", "c.a.b"};
	uint8_t what = next(s), how = next(s);
	struct call c = {
		.function = (enum call_function)(how % CALL_FUNCTIONS),
		.time = w->now,
		.stack = 1000u - (how >> 5),
		.owner = owner_of(what),
		.result = what & 8 ? -2 : 0,
	};

	snprintf(c.name, sizeof(c.name), "%s", names[(what >> 4) % 6]);
	c.has_address = c.function == CALL_GETNAMEINFO;
	chains_call(w->c, &c);
}

static void connect_to(struct world *w, struct script *s)
{
	struct packet p = {.kind = PACKET_CONNECT, .time = w->now, .has_owner = true};

	p.owner = owner_of(next(s));
	p.destination.address[15] = next(s) & 3;
	chains_connect(w->c, &p);
}

static uint32_t put_name(uint8_t *wire, uint32_t n, uint8_t what)
{
	static const char *const names[] = {"\0",	   "\1a\0",    "\1b\0",	   "\1a\1b\0",
					    "\1c\1a\1b\0", "\1_\1b\0", "\1n\1b\0", "\1a\1n\1b\0"};
	static const uint8_t sizes[] = {1, 3, 3, 5, 7, 5, 5, 7};

	memcpy(wire + n, names[what & 7], sizes[what & 7]);
	return n + sizes[what & 7];
}

static uint32_t put_record(struct script *s, uint8_t *wire, uint32_t n)
{
	static const uint8_t types[] = {1, 2, 5, 6, 28, 43, 48, 1};
	uint8_t what = next(s), type = types[what & 7];
	uint32_t length_at;

	n = put_name(wire, n, what >> 3);
	wire[n + 1] = type;
	wire[n + 3] = 1;
	wire[n + 7] = what;
	length_at = n + 9;
	n += 10;
	if (type == 2 || type == 5)
		n = put_name(wire, n, next(s));
	else if (type == 28)
		n += 16;
	else if (type == 1)
		wire[n + 3] = what & 3, n += 4;
	else
		n += 22;
	wire[length_at] = (uint8_t)(n - length_at - 1);
	return n;
}

static uint32_t message(struct script *s, uint8_t wire[MESSAGE_MAX], bool response)
{
	static const uint8_t types[] = {1, 28, 2, 48};
	uint8_t what = next(s), name = next(s), counts = response ? next(s) : 0;
	uint32_t n;

	memset(wire, 0, MESSAGE_MAX);
	wire[1] = what & 3;
	wire[2] = (uint8_t)((response ? 0x80 : 0) | (what & 4 ? 2 : 0) | (what & 8 ? 4 : 0));
	wire[3] = (uint8_t)((response ? 0x80 : 0) | (what & 16 ? 3 : 0));
	wire[5] = 1;
	n = put_name(wire, 12, name);
	wire[n + 1] = types[name >> 3 & 3];
	wire[n + 3] = 1;
	n += 4;
	if (!response)
		return n;
	for (int section = 0; section < 3; section++) {
		wire[7 + 2 * section] = counts >> 2 * section & 3;
		for (int i = 0; i < wire[7 + 2 * section]; i++)
			n = put_record(s, wire, n);
	}
	/* Then whatever octets the script has, over it. */
	if (counts & 64)
		for (uint32_t i = 12; i < n && s->size; i++)
			wire[i] = next(s);
	return n;
}

static void exchange(struct world *w, struct script *s, bool response)
{
	uint8_t how = next(s), who = next(s), wire[MESSAGE_MAX];
	struct packet p = {
		.kind = PACKET_DNS,
		.time = w->now,
		.protocol = how & 1 ? IPPROTO_TCP : IPPROTO_UDP,
		.has_owner = !(how & 2),
		.owner = owner_of(who),
		.source = {.address = {[15] = who & 3}, .port = 40000},
		.destination = {.address = {[15] = who >> 2 & 3}, .port = 53},
		.payload = wire,
	};
	struct endpoint source = p.source;
	struct dns_message m;

	p.direction = how & 4 ? PACKET_OUT : how & 8 ? PACKET_IN : PACKET_DIRECTION_UNKNOWN;
	if (response) {
		p.source = p.destination;
		p.destination = source;
	}
	p.size = p.wire_size = message(s, wire, response);
	if (dns_message_read(&m, wire, p.size))
		transactions_packet(w->t, &p, &m, lookup_role(&p, &m));
}

static void pass_time(struct world *w, struct script *s)
{
	w->now += (uint64_t)next(s) * STEP;
	transactions_expire(w->t, w->now);
	chains_expire(w->c, w->now);
	REQUIRE(chains_next_deadline(w->c) > w->now);
}

static void run(struct world *w, struct script *s)
{
	while (s->size) {
		uint8_t what = next(s);

		w->now += what;
		if (what < 30)
			pass_time(w, s);
		else if (what < 80)
			call(w, s);
		else if (what < 90)
			connect_to(w, s);
		else
			exchange(w, s, what & 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script s = {.data = data, .size = size};
	struct world w = {.now = 1};
	struct transactions_config transactions = {.timeout = 5000000000u,
						   .max_pending = 100,
						   .ended = ended,
						   .step = step,
						   .context = &w};
	struct chains_config chains = {
		.max_hops = 64, .linger = 1000000000, .done = done, .context = &w};

	chains.connects = next(&s) & 1;
	w.t = transactions_new(&transactions);
	w.c = chains_new(&chains);
	REQUIRE(w.t && w.c);
	run(&w, &s);
	transactions_finish(w.t);
	chains_finish(w.c, w.now);
	REQUIRE(chains_stats(w.c)->open == 0);
	REQUIRE(chains_stats(w.c)->chains == w.told && w.told == w.last_id);
	transactions_free(w.t);
	chains_free(w.c);
	return 0;
}
