/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/stream.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dns/message.h"

#define LENGTH_PREFIX 2

/* An unfinished message of the longest kind. */
#define WAITING_MAX (LENGTH_PREFIX + 65535)

struct flow {
	bool used;
	bool out_of_step;
	uint64_t touched;      /* on the count of segments */
	uint32_t next;	       /* sequence number that is expected */
	uint32_t waiting;      /* octets of an unfinished message, with its prefix */
	struct packet segment; /* that it began with; its payload is not kept here */
	uint8_t *octets;       /* the unfinished message */
};

struct streams {
	uint64_t segments;
	uint64_t skipped;
	uint64_t evicted;
	packet_fn fn; /* during streams_segment() */
	void *context;
	struct flow flows[STREAM_FLOWS_MAX];
	uint8_t octets[STREAM_FLOWS_MAX][WAITING_MAX]; /* apart: the search touches no page here */
};

struct streams *streams_new(void)
{
	struct streams *s = calloc(1, sizeof(*s));

	for (size_t i = 0; s && i < STREAM_FLOWS_MAX; i++)
		s->flows[i].octets = s->octets[i];
	return s;
}

void streams_free(struct streams *s)
{
	free(s);
}

uint64_t streams_skipped(const struct streams *s)
{
	return s->skipped;
}

uint64_t streams_evicted(const struct streams *s)
{
	return s->evicted;
}

static bool is_same_flow(const struct packet *a, const struct packet *b)
{
	/* On an interface a flow's socket may become known in its middle. */
	if (a->ifindex != b->ifindex ||
	    (!a->ifindex && (a->cookie != b->cookie || a->direction != b->direction)))
		return false;
	return endpoint_equal(&a->source, &b->source) &&
	       endpoint_equal(&a->destination, &b->destination);
}

static struct flow *find(struct streams *s, const struct packet *segment)
{
	for (size_t i = 0; i < STREAM_FLOWS_MAX; i++)
		if (s->flows[i].used && is_same_flow(&s->flows[i].segment, segment))
			return &s->flows[i];
	return NULL;
}

static void give(const struct streams *s, const struct packet *segment, const uint8_t *message,
		 uint32_t size, uint32_t wire_size)
{
	struct packet packet = *segment;

	packet.payload = message;
	packet.size = size;
	packet.wire_size = wire_size;
	s->fn(s->context, &packet);
}

static uint32_t length_at(const uint8_t *octets)
{
	return (uint32_t)(octets[0] << 8 | octets[1]);
}

/* What is there of an unfinished message; no whole prefix, no message. */
static void give_cut(const struct streams *s, const struct packet *segment, const uint8_t *octets,
		     uint32_t size)
{
	if (size >= LENGTH_PREFIX)
		give(s, segment, octets + LENGTH_PREFIX, size - LENGTH_PREFIX, length_at(octets));
}

/* The unfinished message will not be finished. */
static void give_up(const struct streams *s, struct flow *flow)
{
	give_cut(s, &flow->segment, flow->octets, flow->waiting);
	flow->waiting = 0;
}

/* Nothing of a message is lost with it. */
static bool is_idle(const struct flow *flow)
{
	return !flow->out_of_step && flow->waiting == 0;
}

/* The one to be forgotten first: any that is idle, then the one untouched for longest. */
static bool goes_before(const struct flow *a, const struct flow *b)
{
	if (is_idle(a) != is_idle(b))
		return is_idle(a);
	return a->touched < b->touched;
}

/* A flow that is new with `segment`. */
static struct flow *remember(struct streams *s, const struct packet *segment)
{
	struct flow *flow = &s->flows[0];

	for (size_t i = 0; i < STREAM_FLOWS_MAX && flow->used; i++)
		if (!s->flows[i].used || goes_before(&s->flows[i], flow))
			flow = &s->flows[i];
	s->evicted += flow->used && !is_idle(flow);
	if (flow->used)
		give_up(s, flow);
	flow->used = true;
	flow->out_of_step = false;
	flow->segment = *segment;
	flow->segment.payload = NULL;
	return flow;
}

/*
 * Gives the whole messages that `octets` begins with; returns how many octets they took.
 * *broken: what follows cannot be a message, as its length has no room for a header.
 */
static uint32_t give_whole(const struct streams *s, const struct packet *segment,
			   const uint8_t *octets, uint32_t size, bool *broken)
{
	uint32_t at = 0;

	*broken = false;
	while (size - at >= LENGTH_PREFIX) {
		uint32_t length = length_at(octets + at);

		if (length < DNS_HEADER_SIZE) {
			*broken = true;
			break;
		}
		if (size - at - LENGTH_PREFIX < length)
			break;
		give(s, segment, octets + at + LENGTH_PREFIX, length, length);
		at += LENGTH_PREFIX + length;
	}
	return at;
}

/* A segment that begins with a message. */
static void begin(struct streams *s, struct flow *flow, const struct packet *segment)
{
	bool broken, cut = segment->wire_size > segment->size;
	uint32_t taken = give_whole(s, segment, segment->payload, segment->size, &broken);
	const uint8_t *rest = segment->payload + taken;
	uint32_t size = segment->size - taken;

	flow->touched = s->segments;
	flow->next = segment->tcp_sequence + segment->wire_size;
	flow->out_of_step = broken || cut;
	flow->waiting = 0;
	if (broken) {
		s->skipped++;
	} else if (cut) {
		give_cut(s, segment, rest, size);
	} else if (size > 0) {
		memcpy(flow->octets, rest, size);
		flow->waiting = size;
		flow->segment = *segment;
		flow->segment.payload = NULL;
	}
}

/* One message, neither more nor less: after a gap this shows where messages begin. */
static bool is_one_message(const struct packet *segment)
{
	return segment->size == segment->wire_size &&
	       segment->size >= LENGTH_PREFIX + DNS_HEADER_SIZE &&
	       length_at(segment->payload) == segment->size - LENGTH_PREFIX;
}

static void step_in(struct streams *s, struct flow *flow, const struct packet *segment)
{
	if (is_one_message(segment)) {
		begin(s, flow, segment);
		return;
	}
	flow->touched = s->segments;
	s->skipped++;
}

/* How much of the unfinished message is still to come: its prefix first. */
static uint32_t missing(const struct flow *flow)
{
	if (flow->waiting < LENGTH_PREFIX)
		return LENGTH_PREFIX - flow->waiting;
	return LENGTH_PREFIX + length_at(flow->octets) - flow->waiting;
}

/* Moves what belongs to the unfinished message; true when that is complete. */
static bool fill(struct flow *flow, struct packet *segment)
{
	while (segment->size > 0 && missing(flow) > 0) {
		uint32_t n = missing(flow) < segment->size ? missing(flow) : segment->size;

		memcpy(flow->octets + flow->waiting, segment->payload, n);
		flow->waiting += n;
		segment->payload += n;
		segment->size -= n;
		segment->wire_size -= n;
		segment->tcp_sequence += n;
	}
	return flow->waiting >= LENGTH_PREFIX && missing(flow) == 0;
}

static void lose_step(struct streams *s, struct flow *flow)
{
	give_up(s, flow);
	flow->out_of_step = true;
}

static void continue_message(struct streams *s, struct flow *flow, struct packet *rest)
{
	bool complete = fill(flow, rest);

	flow->next = rest->tcp_sequence;
	flow->touched = s->segments;
	if (complete && flow->waiting >= LENGTH_PREFIX + DNS_HEADER_SIZE) {
		give(s, rest, flow->octets + LENGTH_PREFIX, flow->waiting - LENGTH_PREFIX,
		     flow->waiting - LENGTH_PREFIX);
		flow->waiting = 0;
		if (rest->wire_size > 0)
			begin(s, flow, rest);
	} else if (complete || rest->wire_size > 0) {
		s->skipped++;
		lose_step(s, flow);
	}
}

/* Without the octets that are known already; false when it has no others. */
static bool trim(struct packet *segment, uint32_t known)
{
	if (known >= segment->size)
		return false;
	segment->payload += known;
	segment->size -= known;
	segment->wire_size -= known;
	segment->tcp_sequence += known;
	return true;
}

void streams_flush(struct streams *s, packet_fn fn, void *context)
{
	s->fn = fn;
	s->context = context;
	for (size_t i = 0; i < STREAM_FLOWS_MAX; i++)
		if (s->flows[i].used)
			give_up(s, &s->flows[i]);
}

void streams_segment(struct streams *s, const struct packet *segment, packet_fn fn, void *context)
{
	struct flow *flow = find(s, segment);
	struct packet rest = *segment;

	s->fn = fn;
	s->context = context;
	s->segments++;
	if (!flow) {
		begin(s, remember(s, segment), segment);
	} else if (flow->out_of_step) {
		step_in(s, flow, segment);
	} else if ((int32_t)(segment->tcp_sequence - flow->next) > 0) {
		lose_step(s, flow);
		step_in(s, flow, segment);
	} else if (!trim(&rest, flow->next - segment->tcp_sequence)) {
		return; /* sent again */
	} else if (flow->waiting == 0) {
		begin(s, flow, &rest);
	} else {
		continue_message(s, flow, &rest);
	}
}
