/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments of a few connections with any flags, numbers, overlaps and holes. No octet may come
 * out more often than it went in, and at the end nothing waits.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "capture/stream.h"
#include "fuzz.h"

#define PLACES 8 /* of a flow, from which sequence numbers count */

struct script {
	const uint8_t *data;
	size_t size;
};

struct world {
	struct streams *streams;
	uint64_t time;
	uint64_t in, out;
	uint32_t sequence[256]; /* by flow: where its last segment ended */
};

static volatile uint8_t sink;

static uint8_t next(struct script *s)
{
	if (s->size == 0)
		return 0;
	s->size--;
	return *s->data++;
}

static void take_message(void *context, const struct packet *p)
{
	struct world *w = context;
	uint32_t i;

	REQUIRE(p->size <= p->wire_size);
	REQUIRE(p->wire_size <= 65535);
	for (i = 0; i < p->size; i++)
		sink ^= p->payload[i];
	w->out += p->size;
}

/* Mostly where the last one ended. */
static uint32_t sequence_of(struct script *s, uint32_t end)
{
	static const uint32_t back[PLACES] = {0, 0, 0, 1, 20, 1000, 1u << 22, 1u << 31};
	uint8_t what = next(s);

	if (what < 128)
		return end;
	if (what < 192)
		return end - back[what % PLACES];
	return end + (what % 4 ? (uint32_t)(what & 63) : (uint32_t)next(s) << 10);
}

/* Few are more than some octets, so that one input has many segments. */
static uint32_t size_of(struct script *s)
{
	uint32_t size = next(s);

	if (size > 250)
		size <<= 6;
	return size < s->size ? size : (uint32_t)s->size;
}

static void take_segment(struct script *s, struct world *w)
{
	static const uint8_t flags[] = {0, TCP_SYN, TCP_FIN, TCP_RST};
	struct packet p = {.kind = PACKET_DNS, .protocol = IPPROTO_TCP, .time = w->time};
	uint8_t flow = next(s), what = next(s);
	uint8_t *copy;

	/* A few flows have much, others come and go. */
	flow = flow < 192 ? flow % 4 : flow;
	p.source.port = (uint16_t)(1000 + flow / 2);
	p.destination.port = 53;
	if (flow % 2) {
		struct endpoint e = p.source;

		p.source = p.destination;
		p.destination = e;
	}
	p.tcp_flags = what < 200 ? 0 : flags[what & 3];
	p.tcp_sequence = sequence_of(s, w->sequence[flow]);
	if (what < 100) {
		p.tcp_flags = TCP_ACK;
		p.tcp_acknowledged = w->sequence[flow ^ 1];
	}
	p.wire_size = what >= 196 && what < 200 ? next(s) : 0; /* hidden by the capture */
	p.size = size_of(s);
	p.wire_size += p.size;
	copy = p.size ? malloc(p.size) : NULL;
	REQUIRE(copy || p.size == 0);
	if (copy)
		memcpy(copy, s->data, p.size);
	s->data += p.size;
	s->size -= p.size;
	p.payload = copy;
	streams_segment(w->streams, &p, take_message, w);
	free(copy);
	w->in += p.size;
	w->sequence[flow] = p.tcp_sequence + p.wire_size + (p.tcp_flags & TCP_SYN ? 1 : 0);
	REQUIRE(w->out <= w->in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = {.streams = streams_new()};
	struct script s = {data, size};
	uint64_t out;

	REQUIRE(w.streams != NULL);
	while (s.size) {
		uint8_t time = next(&s);

		w.time += time < 250 ? time : STREAM_GAP_NS;
		if (time == 249)
			streams_expire(w.streams, w.time, take_message, &w);
		take_segment(&s, &w);
	}
	streams_flush(w.streams, take_message, &w);
	REQUIRE(w.out <= w.in);
	out = w.out;
	streams_flush(w.streams, take_message, &w);
	streams_expire(w.streams, UINT64_MAX, take_message, &w);
	REQUIRE(w.out == out);
	streams_free(w.streams);
	return 0;
}
