/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/stream.h"

/* Messages are of one letter repeated, of at least a header's size. */
struct seen {
	unsigned int count;
	char letter[128];
	uint32_t size[128], wire[128];
};

struct lab {
	struct streams *streams;
	struct seen seen;
	struct packet segment; /* its sequence number goes on by itself */
	uint8_t octets[70000];
	uint32_t end;
};

static void see(void *context, const struct packet *p)
{
	struct seen *seen = context;

	assert_true(seen->count < 128);
	seen->letter[seen->count] = p->size ? (char)p->payload[0] : '-';
	for (uint32_t i = 0; i < p->size; i++)
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

static void a_gap_is_not_filled_with_guesses(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 100);
	put(lab, 'b', 100);
	put(lab, 'c', 50);
	send_part(lab, 0, 50);
	send_part(lab, 90, 150); /* 50..90 are lost: out of step */
	send_part(lab, 150, 204);
	assert_int_equal(lab->seen.count, 1);
	assert_int_equal(lab->seen.size[0], 48);
	assert_int_equal(lab->seen.wire[0], 100);
	assert_int_equal(streams_skipped(lab->streams), 2);
	send_part(lab, 204, 256); /* one message, whole: in step again */
	assert_int_equal(lab->seen.count, 2);
	assert_int_equal(lab->seen.letter[1], 'c');
	put(lab, 'd', 30);
	send_part(lab, 256, 270); /* and goes on as ever */
	send_part(lab, 270, 288);
	assert_int_equal(lab->seen.count, 3);
}

static void joined_in_the_middle(void **state)
{
	struct lab *lab = *state;
	static const uint8_t middle[] = {0, 3, 'x', 'x', 'x'};

	lab->end = sizeof(middle);
	memcpy(lab->octets, middle, sizeof(middle));
	send_part(lab, 0, lab->end);
	assert_int_equal(lab->seen.count, 0);
	assert_int_equal(streams_skipped(lab->streams), 1);
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

static void oldest_goes_first(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 60);
	for (uint64_t i = 0; i <= STREAM_FLOWS_MAX; i++) {
		lab->segment.cookie = 100 + i;
		send_part(lab, 0, 30);
	}
	assert_int_equal(lab->seen.count, 1); /* cookie 100's, cut */
	assert_int_equal(lab->seen.size[0], 28);
	assert_int_equal(lab->seen.wire[0], 60);
	lab->segment.cookie = 101;
	send_part(lab, 30, 62);
	assert_int_equal(lab->seen.count, 2);
	assert_int_equal(lab->seen.size[1], 60);
}

static void idle_goes_before_oldest(void **state)
{
	struct lab *lab = *state;

	put(lab, 'a', 60);
	lab->segment.cookie = 99;
	send_part(lab, 0, 30);
	for (uint64_t i = 0; i < STREAM_FLOWS_MAX; i++) {
		lab->segment.cookie = 100 + i;
		send_part(lab, 0, 62);
	}
	lab->segment.cookie = 99;
	send_part(lab, 30, 62);
	assert_int_equal(lab->seen.count, STREAM_FLOWS_MAX + 1);
	assert_int_equal(lab->seen.size[lab->seen.count - 1], 60);
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
		TEST(a_gap_is_not_filled_with_guesses),
		TEST(joined_in_the_middle),
		TEST(cut_by_the_capture),
		TEST(both_directions_and_sockets_are_apart),
		TEST(oldest_goes_first),
		TEST(idle_goes_before_oldest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
