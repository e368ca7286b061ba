/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams of DNS messages, cut at random places, their segments sent again, overlapping and out
 * of order: always the same messages come out, once each and in order. The seeds are fixed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/stream.h"

#define ROUNDS	     400
#define FLOWS	     5
#define STREAM_MAX   200000
#define MESSAGES_MAX 400
#define SEGMENTS_MAX 20000

struct flow_under_test {
	struct packet segment;
	uint8_t octets[STREAM_MAX];
	uint32_t size;
	uint32_t starts[MESSAGES_MAX + 1]; /* where messages begin */
	uint32_t messages;
	uint32_t seen;
};

struct piece {
	struct flow_under_test *flow;
	uint32_t from, to;
	uint8_t flags;
};

static struct {
	uint64_t random;
	struct flow_under_test flows[FLOWS];
	struct piece pieces[SEGMENTS_MAX];
	uint32_t count;
} world;

static uint32_t below(uint32_t n)
{
	world.random ^= world.random << 13;
	world.random ^= world.random >> 7;
	world.random ^= world.random << 17;
	return (uint32_t)(world.random >> 20) % n;
}

static void see(void *context, const struct packet *p)
{
	struct flow_under_test *flow = &world.flows[p->cookie - 1];
	uint32_t start = flow->starts[flow->seen];

	(void)context;
	assert_true(flow->seen < flow->messages);
	assert_int_equal(p->wire_size, flow->starts[flow->seen + 1] - start - 2);
	assert_int_equal(p->size, p->wire_size);
	assert_memory_equal(p->payload, flow->octets + start + 2, p->size);
	flow->seen++;
}

/* Lengths of all magnitudes; a response's header, and whatever behind it. */
static void write_message(struct flow_under_test *flow)
{
	static const uint8_t header[] = {0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0};
	uint32_t size = 12 + 5 + 11 + below(2u << below(16)), i;
	uint8_t *at = flow->octets + flow->size;

	if (size > 65535)
		size = 65535;
	if (flow->size + size + 2 > STREAM_MAX || flow->messages == MESSAGES_MAX)
		return;
	at[0] = (uint8_t)(size >> 8);
	at[1] = (uint8_t)size;
	for (i = 2; i < size + 2; i++)
		at[i] = (uint8_t)below(256);
	memcpy(at + 4, header, sizeof(header));
	flow->size += size + 2;
	flow->starts[++flow->messages] = flow->size;
}

static void add_piece(struct flow_under_test *flow, uint32_t from, uint32_t to, uint8_t flags)
{
	assert_true(world.count < SEGMENTS_MAX);
	world.pieces[world.count++] = (struct piece){flow, from, to, flags};
}

/* Cut anyhow; some go back a little, as what is sent again does. */
static void cut(struct flow_under_test *flow, uint32_t largest, bool syn)
{
	uint32_t at = 0;

	largest = 1 + below(2u << below(largest));

	if (flow->size / largest > SEGMENTS_MAX / FLOWS / 8)
		largest = flow->size / 500;
	if (syn)
		add_piece(flow, 0, 0, TCP_SYN);
	while (at < flow->size) {
		uint32_t back = below(4) ? 0 : below(at < 100 ? at + 1 : 100);
		uint32_t to = at + 1 + below(largest);

		if (to > flow->size)
			to = flow->size;
		add_piece(flow, at - back, to, 0);
		at = to;
	}
	add_piece(flow, flow->size, flow->size, TCP_FIN);
}

/* Each may change places with one of the next few, and some come twice; not the first. */
static void disturb(uint32_t first, uint32_t window)
{
	uint32_t count = world.count, i;

	for (i = first; i + 1 < count; i++) {
		uint32_t left = count - i;
		uint32_t other = i + below(left < window ? left : window);
		struct piece piece = world.pieces[i];

		world.pieces[i] = world.pieces[other];
		world.pieces[other] = piece;
	}
	for (i = first; i < count; i++)
		if (below(8) == 0 && world.count < SEGMENTS_MAX)
			world.pieces[world.count++] = world.pieces[first + below(i - first + 1)];
}

static void send_piece(struct streams *s, const struct piece *piece)
{
	struct packet p = piece->flow->segment;
	uint8_t *copy = malloc(piece->to - piece->from + 1);

	assert_non_null(copy);
	memcpy(copy, piece->flow->octets + piece->from, piece->to - piece->from);
	p.payload = copy;
	p.size = p.wire_size = piece->to - piece->from;
	p.tcp_flags = piece->flags;
	p.tcp_sequence += piece->from - (piece->flags & TCP_SYN ? 1 : 0);
	p.time = 42;
	streams_segment(s, &p, see, NULL);
	free(copy);
}

static void write_flow(unsigned int number)
{
	struct flow_under_test *flow = &world.flows[number];
	uint32_t wanted = 1 + below(60);

	memset(&flow->segment, 0, sizeof(flow->segment));
	flow->segment.cookie = number + 1;
	flow->segment.tcp_sequence = below(3) ? below(UINT32_MAX) : UINT32_MAX - below(5000);
	flow->size = flow->messages = flow->seen = 0;
	while (wanted--)
		write_message(flow);
}

static void check_all_seen(const struct streams *s)
{
	for (unsigned int i = 0; i < FLOWS; i++)
		assert_int_equal(world.flows[i].seen, world.flows[i].messages);
	assert_int_equal(streams_skipped(s), 0);
	assert_int_equal(streams_evicted(s), 0);
}

/* The flows' own order is kept, but they are mixed. */
static void send_mixed(struct streams *s, const uint32_t begin[FLOWS + 1])
{
	uint32_t at[FLOWS], left = world.count;

	memcpy(at, begin, sizeof(at));
	while (left) {
		uint32_t i = below(FLOWS);

		if (at[i] == begin[i + 1])
			continue;
		send_piece(s, &world.pieces[at[i]++]);
		left--;
	}
}

/*
 * Window 1: in order. Out of order, no more waits than fits. Without SYNs the first segment must
 * be the first.
 */
static void round_of(uint64_t seed, uint32_t window, bool syn)
{
	struct streams *s = streams_new();
	uint32_t begin[FLOWS + 1];

	assert_non_null(s);
	world.random = seed * 0x9e3779b97f4a7c15ULL + 1;
	world.count = 0;
	for (unsigned int i = 0; i < FLOWS; i++) {
		begin[i] = world.count;
		write_flow(i);
		cut(&world.flows[i], window > 1 ? 11 : 15, syn);
		disturb(begin[i] + 1, window);
	}
	begin[FLOWS] = world.count;
	send_mixed(s, begin);
	check_all_seen(s);
	streams_free(s);
}

static void in_order(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < ROUNDS; seed++)
		round_of(seed, 1, seed % 2);
}

static void out_of_order(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < ROUNDS; seed++)
		round_of(1000 + seed, 2 + (uint32_t)seed % 3, true);
}

#define TEST(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(in_order), TEST(out_of_order)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
