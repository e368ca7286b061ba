/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script of queries, answers, errors and passing time, from a small world in which much is
 * alike. Whatever comes, each transaction that began must end once, be given up, or be pending.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "track/transaction.h"
#include "fuzz.h"

#define MAX_PENDING 5
#define TIMEOUT	    5000000000ull
#define STEP	    50000000u
#define MESSAGE_MAX 192

struct script {
	const uint8_t *data;
	size_t size;
};

struct world {
	struct transactions *t;
	uint64_t now;
	uint64_t began, ended, attempts;
};

static volatile uint8_t sink;

static uint8_t next(struct script *s)
{
	if (s->size == 0)
		return 0;
	s->size--;
	return *s->data++;
}

static uint8_t choose(struct script *s, uint8_t count)
{
	return next(s) % count;
}

static void check_ended(struct world *w, const struct lookup *l)
{
	w->ended++;
	w->attempts += l->attempts;
	REQUIRE(l->attempts >= 1);
	REQUIRE(l->has_latency && l->has_question);
	REQUIRE(l->latency <= l->time);
	REQUIRE(l->unmatched == UNMATCHED_NOT);
	REQUIRE((l->event == LOOKUP_ANSWER) == (l->message != NULL));
}

static void note(void *context, const struct lookup *l)
{
	uint32_t i;

	if (l->event <= LOOKUP_REFUSED || (l->event == LOOKUP_SEND_FAILED && l->has_latency))
		check_ended(context, l);
	if (l->has_question)
		REQUIRE(l->question.name.len >= 1 &&
			l->question.name.wire[l->question.name.len - 1] == 0);
	if (!l->message)
		return;
	REQUIRE(l->message->id == l->id && l->message->flags == l->flags);
	for (i = 0; i < l->message->size; i++)
		sink ^= l->message->wire[i];
}

static struct endpoint endpoint(struct script *s, uint8_t host, const uint16_t ports[4])
{
	struct endpoint e = {.address = {[10] = 255, [11] = 255, [12] = 192}};
	uint8_t what = next(s);

	e.address[15] = (uint8_t)(host + (what & 1));
	if (what >= 250) /* multicast, of IPv4 and IPv6 */
		e.address[12] = 224;
	else if (what >= 245)
		e.address[0] = 0xff;
	e.port = ports[what >> 1 & 3];
	return e;
}

static struct packet packet(struct script *s, const struct world *w)
{
	static const uint16_t client_ports[] = {40000, 40000, 40001, 5353};
	static const uint16_t server_ports[] = {53, 53, 5353, 5355};
	struct packet p = {.kind = PACKET_DNS, .time = w->now};
	uint8_t what = next(s);

	p.protocol = what & 1 ? IPPROTO_UDP : IPPROTO_TCP;
	p.cookie = what >> 1 & 3;
	p.has_owner = what & 8;
	p.owner.pid = what >> 4 & 1;
	p.owner.tid = what >> 5 & 1;
	p.source = endpoint(s, 1, client_ports);
	p.destination = endpoint(s, 3, server_ports);
	if (what & 64) {
		p.has_asked = true;
		p.asked = endpoint(s, 3, server_ports);
	}
	return p;
}

/* SOAs of two serials, as zone transfers have, and A records. Returns the message's size. */
static uint32_t add_answers(struct script *s, uint8_t wire[MESSAGE_MAX], uint32_t n)
{
	static const uint8_t soa[] = {0, 0, 6, 0, 1, 0, 0, 0, 60, 0, 22};
	static const uint8_t a[] = {0, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};

	uint8_t count = choose(s, 5);

	for (wire[7] = 0; wire[7] < count; wire[7]++) {
		uint8_t what = choose(s, 3);

		if (what == 2) {
			memcpy(wire + n, a, sizeof(a));
			n += sizeof(a);
			continue;
		}
		memcpy(wire + n, soa, sizeof(soa));
		wire[n + 16] = what; /* its serial's last octet */
		n += sizeof(soa) + 22;
	}
	return n;
}

/* A name of one letter, or whatever octets the script has. */
static uint32_t message(struct script *s, uint8_t wire[MESSAGE_MAX], bool response)
{
	static const uint8_t types[] = {1, 28, 252, 251};
	uint8_t what = next(s);
	uint32_t n = 19;

	memset(wire, 0, MESSAGE_MAX);
	wire[1] = choose(s, 3);
	wire[2] = (uint8_t)((response ? 0x80 : 0) | (what & 1 ? 2 : 0) | (what & 2 ? 0x28 : 0));
	wire[5] = what & 4 && what & 8 ? 0 : 1;
	wire[12] = 1;
	wire[13] = what & 16 ? 'a' : 'A';
	wire[16] = types[what >> 5 & 3];
	wire[18] = 1;
	if (what < 128)
		return response && wire[5] ? add_answers(s, wire, n) : n;
	for (n = 12; n < MESSAGE_MAX && s->size; n++)
		wire[n] = next(s);
	return n;
}

/* Now and then what never left, or was dropped; perhaps with a message that nobody could read. */
static struct dns_message *fail(struct script *s, struct packet *p, struct dns_message *m)
{
	uint8_t what = next(s);

	if (what < 192)
		return m;
	p->kind = what & 1 ? PACKET_SEND_FAILED : PACKET_DROPPED;
	p->code = what & 2 ? EPERM : ECONNREFUSED;
	p->reason = p->kind == PACKET_DROPPED ? "NO_SOCKET" : NULL;
	p->tcp_flags = what & 4 ? TCP_SYN | TCP_ACK : 0;
	return what & 8 ? NULL : m;
}

static void take_message(struct script *s, struct world *w, bool response)
{
	struct packet p = packet(s, w);
	enum lookup_role role = choose(s, 3);
	uint8_t wire[MESSAGE_MAX];
	struct dns_message m;
	uint8_t *copy;

	p.size = p.wire_size = message(s, wire, response);
	if (response) {
		struct endpoint e = p.source;

		p.source = p.destination;
		p.destination = e;
	}
	copy = malloc(p.size);
	REQUIRE(copy != NULL);
	memcpy(copy, wire, p.size);
	p.payload = copy;
	if (dns_message_read(&m, copy, p.size))
		transactions_packet(w->t, &p, fail(s, &p, &m), role);
	free(copy);
}

static void take_error(struct script *s, const struct world *w)
{
	struct packet p = packet(s, w);
	uint8_t quoted[2] = {0, choose(s, 3)};
	uint8_t *copy;

	p.kind = PACKET_UNREACHABLE;
	p.size = choose(s, sizeof(quoted) + 1);
	p.wire_size = p.size ? 19 : 0;
	copy = p.size ? malloc(p.size) : NULL;
	REQUIRE(copy || p.size == 0);
	if (copy)
		memcpy(copy, quoted, p.size);
	p.payload = copy;
	transactions_packet(w->t, &p, NULL, choose(s, 3));
	free(copy);
}

static uint64_t accounted(const struct world *w)
{
	const struct transactions_stats *stats = transactions_stats(w->t);

	return w->ended + stats->evicted + stats->pending;
}

static void step(struct script *s, struct world *w)
{
	uint8_t what = next(s);
	bool query = what % 8 < 4;
	uint64_t before = accounted(w);

	if (what >= 128)
		w->now += (uint64_t)(what & 0x78) * STEP;
	else if (what >= 120 && w->now >= STEP)
		w->now -= STEP; /* of another CPU */
	if (query)
		take_message(s, w, false);
	else if (what % 8 < 6)
		take_message(s, w, true);
	else if (what % 8 == 6)
		take_error(s, w);
	else
		transactions_expire(w->t, w->now);
	/* Nothing begins but by a query, and nothing is lost. */
	REQUIRE(accounted(w) == before || (query && accounted(w) == before + 1));
	w->began += accounted(w) - before;
	REQUIRE(transactions_stats(w->t)->pending <= MAX_PENDING);
	if (what % 8 == 7)
		REQUIRE(transactions_next_deadline(w->t) > w->now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = {.now = 1000 * (uint64_t)STEP};
	struct transactions_config config = {
		.timeout = TIMEOUT, .max_pending = MAX_PENDING, .ended = note, .context = &w};
	struct script s = {data, size};
	const struct transactions_stats *stats;

	w.t = transactions_new(&config);
	REQUIRE(w.t != NULL);
	stats = transactions_stats(w.t);
	while (s.size)
		step(&s, &w);
	transactions_expire(w.t, UINT64_MAX / 2);
	REQUIRE(stats->pending == 0);
	REQUIRE(transactions_next_deadline(w.t) == UINT64_MAX);
	REQUIRE(w.began == w.ended + stats->evicted);
	REQUIRE(w.attempts <= stats->queries);
	transactions_free(w.t);
	return 0;
}
