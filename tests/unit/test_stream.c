/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/stream.h"

#define SEEN_MAX 256
#define SECOND	 1000000000ull
#define HEADER	 12

/* Messages are a query's header, its id of two letters, and then that letter repeated. */
struct seen {
	unsigned int count;
	char letter[SEEN_MAX];
	uint32_t size[SEEN_MAX], wire[SEEN_MAX];
};

struct lab {
	struct streams *streams;
	struct seen seen;
	struct packet segment; /* its sequence number goes on by itself */
	uint8_t octets[140000];
	uint32_t end;
};

static void see(void *context, const struct packet *p)
{
	struct seen *seen = context;

	assert_true(seen->count < SEEN_MAX);
	seen->letter[seen->count] = p->size ? (char)p->payload[0] : '-';
	for (uint32_t i = HEADER; i < p->size; i++)
		assert_int_equal(p->payload[i], p->payload[0]);
	seen->size[seen->count] = p->size;
	seen->wire[seen->count++] = p->wire_size;
}

static int set_up(void **state)
{
	static struct lab lab;

	memset(&lab, 0, sizeof(lab));
	lab.streams = streams_new();
	lab.segment.cookie = 7;
	lab.segment.tcp_sequence = UINT32_MAX - 20; /* it wraps */
	*state = &lab;
	return lab.streams ? 0 : -1;
}

static int tear_down(void **state)
{
	struct lab *lab = *state;

	streams_free(lab->streams);
	return 0;
}

static void put(struct lab *lab, char letter, uint32_t size)
{
	lab->octets[lab->end++] = (uint8_t)(size >> 8);
	lab->octets[lab->end++] = (uint8_t)size;
	memset(lab->octets + lab->end, letter, size);
	if (size >= HEADER) {
		static const uint8_t rest[] = {1, 0, 0, 1, 0, 0, 0, 0, 0, 0};

		memcpy(lab->octets + lab->end + 2, rest, sizeof(rest));
		lab->octets[lab->end + 5] = size > HEADER + 4;
	}
	lab->end += size;
}

/* Sends the octets from..to of what was put, as one segment. */
static void send_part(struct lab *lab, uint32_t from, uint32_t to)
{
	struct packet p = lab->segment;

	p.payload = lab->octets + from;
	p.size = p.wire_size = to - from;
	p.tcp_sequence += from;
	streams_segment(lab->streams, &p, see, &lab->seen);
}

/* Without data. */
static void send_flags(struct lab *lab, uint8_t flags, uint32_t at)
{
	struct packet p = lab->segment;

	p.tcp_flags = flags;
	p.tcp_sequence += at - (flags & TCP_SYN ? 1 : 0);
	streams_segment(lab->streams, &p, see, &lab->seen);
}

static void send_in_steps(struct lab *lab, uint32_t step)
{
	for (uint32_t at = 0; at < lab->end; at += step)
		send_part(lab, at, at + step < lab->end ? at + step : lab->end);
}

static void assert_seen(const struct lab *lab, const char *letters)
{
	assert_int_equal(lab->seen.count, strlen(letters));
	for (unsigned int i = 0; i < lab->seen.count; i++) {
		assert_int_equal(lab->seen.letter[i], letters[i]);
		assert_int_equal(lab->seen.size[i], lab->seen.wire[i]);
	}
	assert_int_equal(streams_skipped(lab->streams), 0);
}

static void one_segment_one_message(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 12);
	send_in_steps(lab, 14);
	assert_seen(lab, "a");
}

static void several_in_a_segment(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 12);
	put(lab, 'b', 300);
	put(lab, 'c', 40);
	send_part(lab, 0, lab->end);
	assert_seen(lab, "abc");
}

static void segments_of_every_size(void **state)
{
	struct lab *lab = *state;

	for (uint32_t step = 1; step < 120; step++) {
		set_up(state);
		put(lab, 'a', 12);
		put(lab, 'b', 33);
		put(lab, 'c', 61);
		send_in_steps(lab, step);
		assert_seen(lab, "abc");
		tear_down(state);
	}
	set_up(state);
}

static void prefix_alone(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 29);
	send_part(lab, 0, 2);
	assert_seen(lab, "");
	send_part(lab, 2, lab->end);
	assert_seen(lab, "a");
}

static void longest_message(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 65535);
	put(lab, 'b', 20);
	send_in_steps(lab, 1448);
	assert_seen(lab, "ab");
}

static void sent_again(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 100);
	send_part(lab, 0, 50);
	send_part(lab, 0, 50);
	send_part(lab, 20, 80); /* half of it new */
	send_part(lab, 80, 102);
	assert_seen(lab, "a");
}

/* When all that came before is a whole message already. */
static void sent_again_between_messages(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 100);
	put(lab, 'b', 100);
	send_part(lab, 0, 50);
	send_part(lab, 50, 102);
	send_part(lab, 50, 102);
	send_part(lab, 50, 150);
	send_part(lab, 150, 204);
	send_part(lab, 0, 204);
	assert_seen(lab, "ab");
}

static void reordered(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 100);
	put(lab, 'b', 100);
	put(lab, 'c', 50);
	send_flags(lab, TCP_SYN, 0);
	send_part(lab, 204, 256);
	send_part(lab, 50, 150);
	assert_seen(lab, "");
	send_part(lab, 0, 60);
	assert_seen(lab, "a");
	send_part(lab, 150, 204);
	assert_seen(lab, "abc");
}

/* The length of the message that lacks something says where the next one begins. */
static void lost_within_a_message(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 100);
	put(lab, 'b', 100);
	put(lab, 'c', 50);
	send_part(lab, 0, 50);
	send_part(lab, 90, 150); /* 50..90 are lost */
	lab->segment.time = STREAM_GAP_NS - 1;
	send_part(lab, 150, 204); /* what comes now does not prolong it */
	streams_expire(lab->streams, lab->segment.time, see, &lab->seen);
	assert_int_equal(lab->seen.count, 0);
	lab->segment.time++;
	send_part(lab, 204, 256);
	assert_int_equal(lab->seen.count, 3);
	assert_int_equal(lab->seen.size[0], 48);
	assert_int_equal(lab->seen.wire[0], 100);
	assert_int_equal(lab->seen.size[1], 100);
	assert_int_equal(lab->seen.letter[2], 'c');
	assert_int_equal(streams_skipped(lab->streams), 0); /* it came out cut */
}

static void a_gap_is_given_up_without_further_segments(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 100);
	put(lab, 'b', 100);
	send_flags(lab, TCP_SYN, 0);
	send_part(lab, 102, 204);
	streams_expire(lab->streams, STREAM_GAP_NS, see, &lab->seen);
	assert_int_equal(lab->seen.count, 1);
	assert_int_equal(lab->seen.letter[0], 'b');
	assert_int_equal(streams_skipped(lab->streams), 1);
}

/* The other side has got what is missing here. */
static void acknowledged(void **state)
{
	struct lab *lab = *state;
	struct packet back = lab->segment;

	put(lab, 'a', 100);
	put(lab, 'b', 100);
	put(lab, 'c', 100);
	lab->segment.source.port = back.destination.port = 40000;
	lab->segment.destination.port = back.source.port = 53;
	send_part(lab, 0, 50);
	send_part(lab, 60, 204);  /* 50..60 are lost */
	send_part(lab, 214, 306); /* so are 204..214 */
	back.tcp_flags = TCP_ACK;
	back.tcp_acknowledged = lab->segment.tcp_sequence + 50;
	streams_segment(lab->streams, &back, see, &lab->seen);
	assert_int_equal(lab->seen.count, 0);
	back.tcp_acknowledged += 10;
	streams_segment(lab->streams, &back, see, &lab->seen);
	assert_int_equal(lab->seen.count, 2);
	assert_int_equal(lab->seen.size[0], 48);
	assert_int_equal(lab->seen.letter[1], 'b');
	send_part(lab, 204, 214); /* but this comes, later */
	assert_int_equal(lab->seen.count, 3);
	assert_int_equal(lab->seen.size[2], 100);
}

/* Where the next message begins is lost too. */
static void a_gap_is_not_filled_with_guesses(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 100);
	put(lab, 'b', 100);
	put(lab, 'c', 50);
	send_part(lab, 0, 50);
	send_part(lab, 110, 204); /* 50..110 are lost: out of step */
	lab->segment.time = STREAM_GAP_NS;
	send_part(lab, 204, 220); /* a message begins here */
	assert_int_equal(lab->seen.count, 1);
	assert_int_equal(lab->seen.size[0], 48);
	assert_int_equal(lab->seen.wire[0], 100);
	assert_int_equal(streams_skipped(lab->streams), 2); /* the gap, and what followed */
	send_part(lab, 220, 256);
	assert_int_equal(lab->seen.count, 2);
	assert_int_equal(lab->seen.letter[1], 'c');
	put(lab, 'd', 30);
	send_part(lab, 256, 270); /* and goes on as ever */
	send_part(lab, 270, 288);
	assert_int_equal(lab->seen.count, 3);
}

/* More than may wait: the gap is given up at once. */
static void a_gap_before_too_much(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 100);
	while (lab->end < 139000)
		put(lab, 'b', 998);
	send_part(lab, 0, 50);
	for (uint32_t at = 102; at < lab->end; at += 1000)
		send_part(lab, at, at + 1000);
	assert_int_equal(lab->seen.count, 1 + (lab->end - 102) / 1000);
	assert_int_equal(lab->seen.letter[0], 'a');
	assert_int_equal(lab->seen.size[0], 48);
	for (unsigned int i = 1; i < lab->seen.count; i++)
		assert_int_equal(lab->seen.size[i], 998);
}

static void more_gaps_than_are_noted(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 60000);
	send_flags(lab, TCP_SYN, 0);
	for (uint32_t at = 10; at < 4000; at += 10)
		send_part(lab, at, at + 1);
	for (uint32_t at = 4000; at > 0; at -= 10)
		send_part(lab, at - 10, at - 9);
	assert_int_equal(lab->seen.count, 0); /* the prefix is in a gap that was given up */
	assert_true(streams_skipped(lab->streams) > 300);
}

/* Data in the middle is passed over until a segment begins with a message. */
static void joined_in_the_middle(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 400);
	put(lab, 'b', 40);
	put(lab, 'c', 40);
	send_part(lab, 100, 200);
	send_part(lab, 200, 402);
	assert_int_equal(lab->seen.count, 0);
	assert_int_equal(streams_skipped(lab->streams), 2);
	send_part(lab, 402, 460);
	send_part(lab, 460, lab->end);
	assert_int_equal(lab->seen.count, 2);
	assert_int_equal(lab->seen.letter[0], 'b');
	assert_int_equal(streams_skipped(lab->streams), 2);
}

/* No header has such counts, or so short a length: nothing of it is a message. */
static void never_in_step(void **state)
{
	struct lab *lab = *state;
	static const uint8_t middle[] = {0, 3, 'x', 'x', 'x'};
	static const uint8_t text[] = "GET / HTTP/1.0 and so on";

	memcpy(lab->octets, middle, sizeof(middle));
	memcpy(lab->octets + sizeof(middle), text, sizeof(text));
	send_part(lab, 0, sizeof(middle));
	send_part(lab, sizeof(middle), sizeof(middle) + sizeof(text));
	streams_flush(lab->streams, see, &lab->seen);
	assert_int_equal(lab->seen.count, 0);
	assert_int_equal(streams_skipped(lab->streams), 2);
}

/* The same octets, but it is known that a message begins with them. */
static void what_follows_a_syn_is_a_message(void **state)
{
	struct lab *lab = *state;
	static const uint8_t text[] = "\0\16GET / HTTP/1.0";

	send_flags(lab, TCP_SYN, 0);
	memcpy(lab->octets, text, 16);
	memset(lab->octets + 2 + HEADER, 'G', 2);
	send_part(lab, 0, 8);
	send_part(lab, 8, 16);
	assert_seen(lab, "G");
}

/* Shorter than a header: whatever it is, it is not DNS. */
static void too_short_for_a_message(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 11);
	put(lab, 'b', 40);
	put(lab, 'c', 40);
	send_flags(lab, TCP_SYN, 0);
	send_part(lab, 0, 55);
	assert_int_equal(lab->seen.count, 0);
	assert_int_equal(streams_skipped(lab->streams), 1);
	send_part(lab, 55, lab->end);
	assert_int_equal(lab->seen.count, 1);
	assert_int_equal(lab->seen.letter[0], 'c');
}

static void a_syn_is_sent_again(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 100);
	send_flags(lab, TCP_SYN, 0);
	send_flags(lab, TCP_SYN, 0);
	send_part(lab, 0, 50);
	send_flags(lab, TCP_SYN, 0);
	send_part(lab, 50, 102);
	assert_seen(lab, "a");
}

/* RFC 7413: with the SYN. */
static void data_in_a_syn(void **state)
{
	struct lab *lab = *state;
	struct packet p = lab->segment;

	put(lab, 'a', 100);
	p.tcp_flags = TCP_SYN;
	p.tcp_sequence--;
	p.payload = lab->octets;
	p.size = p.wire_size = 50;
	streams_segment(lab->streams, &p, see, &lab->seen);
	send_part(lab, 50, 102);
	assert_seen(lab, "a");
}

static void a_port_is_used_again(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 60);
	send_flags(lab, TCP_SYN, 0);
	send_part(lab, 0, 30);
	lab->segment.tcp_sequence += 7000000;
	send_flags(lab, TCP_SYN, 0);
	assert_int_equal(lab->seen.count, 1); /* cut */
	assert_int_equal(lab->seen.size[0], 28);
	send_part(lab, 0, 62);
	assert_int_equal(lab->seen.count, 2);
	assert_int_equal(lab->seen.size[1], 60);
	/* And once more, without a SYN that was seen, and a number that looks like an old one. */
	lab->segment.tcp_sequence -= 5000000;
	send_part(lab, 0, 62);
	assert_int_equal(lab->seen.count, 3);
	assert_int_equal(streams_skipped(lab->streams), 0);
}

static void ended_by_fin(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 60);
	put(lab, 'b', 60);
	send_flags(lab, TCP_FIN, 100); /* before what it follows */
	send_part(lab, 0, 62);
	send_flags(lab, TCP_FIN, 100);
	send_part(lab, 62, 100);
	assert_int_equal(lab->seen.count, 2);
	assert_int_equal(lab->seen.size[1], 36);
	assert_int_equal(lab->seen.wire[1], 60);
	send_part(lab, 0, 62); /* sent again */
	send_part(lab, 62, 100);
	assert_int_equal(lab->seen.count, 2);
}

/* Either side's ends both directions; one with any number is no part of the connection. */
static void ended_by_reset(void **state)
{
	struct lab *lab = *state;
	struct packet back = lab->segment;

	put(lab, 'a', 60);
	lab->segment.source.port = back.destination.port = 40000;
	lab->segment.destination.port = back.source.port = 53;
	lab->segment.direction = PACKET_OUT;
	back.direction = PACKET_IN;
	send_part(lab, 0, 30);
	send_flags(lab, TCP_RST, 1 << 24);
	assert_int_equal(lab->seen.count, 0);
	back.tcp_flags = TCP_RST;
	streams_segment(lab->streams, &back, see, &lab->seen);
	assert_int_equal(lab->seen.count, 1);
	assert_int_equal(lab->seen.size[0], 28);
	send_part(lab, 0, 30);
	streams_flush(lab->streams, see, &lab->seen);
	assert_int_equal(lab->seen.count, 1);
	/* A new one on the same ports, whose SYN was not seen. */
	put(lab, 'b', 60);
	send_part(lab, 62, 124);
	assert_int_equal(lab->seen.count, 2);
	assert_int_equal(lab->seen.letter[1], 'b');
}

static void cut_by_the_capture(void **state)
{
	struct lab *lab = *state;
	struct packet p = lab->segment;

	put(lab, 'a', 40);
	put(lab, 'b', 400);
	p.payload = lab->octets;
	p.size = 100;
	p.wire_size = 444;
	streams_segment(lab->streams, &p, see, &lab->seen);
	assert_int_equal(lab->seen.count, 2);
	assert_int_equal(lab->seen.size[1], 56);
	assert_int_equal(lab->seen.wire[1], 400);
}

static void both_directions_and_sockets_are_apart(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 60);
	lab->segment.direction = PACKET_OUT;
	send_part(lab, 0, 30);
	lab->segment.direction = PACKET_IN;
	send_part(lab, 0, 30);
	lab->segment.cookie = 8;
	send_part(lab, 0, 30);
	send_part(lab, 30, 62);
	lab->segment.cookie = 7;
	send_part(lab, 30, 62);
	lab->segment.direction = PACKET_OUT;
	send_part(lab, 30, 62);
	assert_seen(lab, "aaa");
}

/* What is behind the hidden octets is still in step, unless a message begins among them. */
static void cut_segments_follow_each_other(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 400);
	put(lab, 'b', 40);
	for (uint32_t at = 0; at < 400; at += 200) {
		struct packet p = lab->segment;

		p.payload = lab->octets + at;
		p.tcp_sequence += at;
		p.size = 64;
		p.wire_size = 200;
		streams_segment(lab->streams, &p, see, &lab->seen);
	}
	send_part(lab, 400, lab->end);
	assert_int_equal(lab->seen.count, 2);
	assert_int_equal(lab->seen.size[0], 62);
	assert_int_equal(lab->seen.wire[0], 400);
	assert_int_equal(lab->seen.letter[1], 'b');
	assert_int_equal(streams_skipped(lab->streams), 0);
}

static void oldest_goes_first(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 60);
	put(lab, 'b', 60);
	for (uint64_t i = 0; i <= STREAM_WAITING_MAX; i++) {
		lab->segment.cookie = 100 + i;
		send_part(lab, 0, 30);
	}
	assert_int_equal(lab->seen.count, 1); /* cookie 100's, cut */
	assert_int_equal(lab->seen.size[0], 28);
	assert_int_equal(lab->seen.wire[0], 60);
	assert_int_equal(streams_evicted(lab->streams), 1);
	lab->segment.cookie = 101;
	send_part(lab, 30, 62);
	assert_int_equal(lab->seen.count, 2);
	assert_int_equal(lab->seen.size[1], 60);
	/* The one that was given up is still in step. */
	lab->segment.cookie = 100;
	send_part(lab, 30, 124);
	assert_int_equal(lab->seen.count, 3);
	assert_int_equal(lab->seen.letter[2], 'b');
	assert_int_equal(streams_skipped(lab->streams), 0);
}

static void idle_goes_before_oldest(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 60);
	lab->segment.cookie = 99;
	send_part(lab, 0, 30);
	for (uint64_t i = 0; i < 2 * STREAM_FLOWS_MAX; i++) {
		lab->segment.cookie = 100 + i;
		send_part(lab, 0, 62);
		assert_int_equal(lab->seen.count, 1);
		lab->seen.count = 0;
	}
	lab->segment.cookie = 99;
	send_part(lab, 30, 62);
	assert_seen(lab, "a");
	assert_int_equal(streams_evicted(lab->streams), 0);
}

/* Neither flows that hold data go, nor those that are known to be in step. */
static void a_syn_flood(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 60);
	put(lab, 'b', 60);
	lab->segment.cookie = 99;
	send_flags(lab, TCP_SYN, 0);
	send_part(lab, 0, 70);
	lab->segment.cookie = 98;
	send_flags(lab, TCP_SYN, 0);
	send_part(lab, 0, 62);
	for (uint32_t i = 0; i < 100000; i++) {
		lab->segment.cookie = 0;
		lab->segment.source.port = (uint16_t)i;
		lab->segment.source.address[3] = (uint8_t)(i >> 16);
		send_flags(lab, TCP_SYN, 0);
	}
	memset(&lab->segment.source, 0, sizeof(lab->segment.source));
	lab->segment.cookie = 99;
	send_part(lab, 70, 124);
	lab->segment.cookie = 98;
	send_part(lab, 63, 124); /* reordered: this is known to be no beginning */
	send_part(lab, 62, 63);
	assert_seen(lab, "aabb");
}

/* Nor is a connection that only began forgotten for those that did long ago. */
static void two_begin_among_many(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 60);
	for (uint64_t i = 0; i < STREAM_FLOWS_MAX; i++) {
		lab->segment.cookie = 100 + i;
		send_part(lab, 0, 62);
		lab->seen.count = 0;
	}
	memset(lab->octets + 2, 'a', 60); /* only the SYN shows that this is a message */
	for (uint64_t i = 0; i < 2; i++) {
		lab->segment.cookie = 98 + i;
		send_flags(lab, TCP_SYN, 0);
	}
	for (uint64_t i = 0; i < 2; i++) {
		lab->segment.cookie = 98 + i;
		send_part(lab, 0, 30);
		send_part(lab, 30, 62);
	}
	assert_seen(lab, "aa");
}

/* What came first stays, whatever is said to be the same octets later. */
static void overlapping_with_other_octets(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 100);
	send_part(lab, 0, 50);
	send_part(lab, 60, 80);
	memset(lab->octets + 40, 'x', 10);
	memset(lab->octets + 60, 'x', 20);
	send_part(lab, 40, 102);
	assert_seen(lab, "a");
}

/* 65,535 octets are promised and never sent. */
static void empty_promises(void **state)
{
	struct lab *lab = *state;
	uint64_t promises = 3 * STREAM_WAITING_MAX;

	put(lab, 'a', 65535);
	for (uint64_t i = 0; i < promises; i++) {
		lab->segment.cookie = 100 + i;
		send_part(lab, 0, 20);
	}
	assert_int_equal(lab->seen.count, promises - STREAM_WAITING_MAX);
	assert_int_equal(streams_evicted(lab->streams), promises - STREAM_WAITING_MAX);
	streams_flush(lab->streams, see, &lab->seen);
	assert_int_equal(lab->seen.count, promises);
	for (unsigned int i = 0; i < promises; i++) {
		assert_int_equal(lab->seen.size[i], 18);
		assert_int_equal(lab->seen.wire[i], 65535);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_segment_one_message),
		TEST(several_in_a_segment),
		TEST(segments_of_every_size),
		TEST(prefix_alone),
		TEST(longest_message),
		TEST(sent_again),
		TEST(sent_again_between_messages),
		TEST(reordered),
		TEST(lost_within_a_message),
		TEST(acknowledged),
		TEST(a_gap_is_given_up_without_further_segments),
		TEST(a_gap_is_not_filled_with_guesses),
		TEST(a_gap_before_too_much),
		TEST(more_gaps_than_are_noted),
		TEST(joined_in_the_middle),
		TEST(never_in_step),
		TEST(what_follows_a_syn_is_a_message),
		TEST(too_short_for_a_message),
		TEST(a_syn_is_sent_again),
		TEST(data_in_a_syn),
		TEST(a_port_is_used_again),
		TEST(ended_by_fin),
		TEST(ended_by_reset),
		TEST(cut_by_the_capture),
		TEST(cut_segments_follow_each_other),
		TEST(both_directions_and_sockets_are_apart),
		TEST(oldest_goes_first),
		TEST(idle_goes_before_oldest),
		TEST(a_syn_flood),
		TEST(two_begin_among_many),
		TEST(overlapping_with_other_octets),
		TEST(empty_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
