/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/stream.h"

#include <stdlib.h>

#include "capture/reassembly.h"

/* Sequence numbers further apart are another connection's, on the same ports. */
#define FAR (1 << 20)

struct streams *streams_new(void)
{
	return calloc(1, sizeof(struct streams));
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

static void begin(struct flow *flow, enum flow_state state, uint32_t sequence)
{
	flow->state = (uint8_t)state;
	flow->has_end = false;
	flow->first = sequence;
	flow->next = sequence;
}

static void close_flow(struct streams *s, struct flow *flow)
{
	reassembly_give_up(s, flow);
	flow->state = FLOW_CLOSED;
	flows_move(&s->flows, flow, FLOWS_BARE);
}

/* A SYN begins a connection, unless it is the known one's that is sent again. */
static struct flow *take_syn(struct streams *s, struct flow *flow, const struct packet *segment)
{
	uint32_t first = segment->tcp_sequence + 1;

	if (flow && flow->first == first)
		return flow;
	if (flow)
		reassembly_give_up(s, flow);
	else
		flow = flows_add(&s->flows, segment, FLOWS_BARE);
	begin(flow, FLOW_IN_STEP, first);
	return flow;
}

static bool is_far(const struct flow *flow, uint32_t sequence)
{
	int32_t ahead = sequence_after(sequence, flow->next);

	return ahead > FAR || ahead < -FAR;
}

static struct flow *take_data(struct streams *s, struct flow *flow, const struct packet *data)
{
	uint32_t sequence = data->tcp_sequence;

	if (!flow) {
		flow = flows_add(&s->flows, data, FLOWS_USED);
		begin(flow, FLOW_LOST, sequence);
	} else if (is_far(flow, sequence) ||
		   (flow->state == FLOW_CLOSED && sequence_after(sequence, flow->next) >= 0)) {
		reassembly_give_up(s, flow);
		begin(flow, FLOW_LOST, sequence);
	}
	if (flow->state == FLOW_CLOSED)
		return flow; /* sent again */
	if (flow->state == FLOW_LOST && sequence_after(sequence, flow->next) >= 0) {
		flow->state = FLOW_JOINING;
		flow->next = sequence;
	}
	flows_move(&s->flows, flow, flow->buffer ? FLOWS_HOLDING : FLOWS_USED);
	reassembly_take(s, flow, data);
	return flow;
}

/* When everything up to the FIN has come. */
static void end_at_fin(struct streams *s, struct flow *flow)
{
	if (flow->state != FLOW_CLOSED && flow->has_end &&
	    reassembly_has_reached(s, flow, flow->end))
		close_flow(s, flow);
}

/* One side resets both directions. */
static void take_reset(struct streams *s, struct flow *flow, const struct packet *segment)
{
	struct flow *reverse = flows_find_reverse(&s->flows, segment);

	if (flow && is_far(flow, segment->tcp_sequence))
		return; /* no part of this connection */
	if (flow)
		close_flow(s, flow);
	if (reverse)
		close_flow(s, reverse);
}

/*
 * What the other side has got will not come any more: the capture missed it. So queries behind
 * a gap are seen before their answers.
 */
static void take_acknowledgement(struct streams *s, const struct packet *segment)
{
	struct flow *flow;

	if (!s->has_due || !(segment->tcp_flags & TCP_ACK))
		return;
	flow = flows_find_reverse(&s->flows, segment);
	if (!flow || is_far(flow, segment->tcp_acknowledged))
		return;
	while (flow->has_gap && sequence_after(segment->tcp_acknowledged, flow->gap_at) > 0)
		reassembly_skip_gap(s, flow);
}

void streams_segment(struct streams *s, const struct packet *segment, packet_fn fn, void *context)
{
	struct flow *flow = flows_find(&s->flows, segment);
	struct packet data = *segment;

	streams_expire(s, segment->time, fn, context);
	s->fn = fn;
	s->context = context;
	take_acknowledgement(s, segment);
	if (segment->tcp_flags & TCP_RST) {
		take_reset(s, flow, segment);
		return;
	}
	if (segment->tcp_flags & TCP_SYN) {
		flow = take_syn(s, flow, segment);
		data.tcp_sequence++;
	}
	if (data.wire_size)
		flow = take_data(s, flow, &data);
	if (flow && segment->tcp_flags & TCP_FIN && !is_far(flow, data.tcp_sequence)) {
		flow->has_end = true;
		flow->end = data.tcp_sequence + data.wire_size;
	}
	if (flow)
		end_at_fin(s, flow);
}

/* Also notes when the next gap is due. */
static void skip_due_gaps(struct streams *s, uint64_t now)
{
	struct flow *flow = flows_oldest(&s->flows, FLOWS_HOLDING), *newer;

	s->has_due = false;
	for (; flow; flow = newer) {
		newer = flows_newer(&s->flows, flow);
		if (flow->has_gap && flow->gap_since + STREAM_GAP_NS <= now)
			reassembly_skip_gap(s, flow);
		if (!flow->has_gap)
			continue;
		if (!s->has_due || flow->gap_since + STREAM_GAP_NS < s->due)
			s->due = flow->gap_since + STREAM_GAP_NS;
		s->has_due = true;
	}
}

void streams_expire(struct streams *s, uint64_t now, packet_fn fn, void *context)
{
	if (!s->has_due || now < s->due)
		return;
	s->fn = fn;
	s->context = context;
	skip_due_gaps(s, now);
}

void streams_flush(struct streams *s, packet_fn fn, void *context)
{
	struct flow *flow;

	s->fn = fn;
	s->context = context;
	while ((flow = flows_oldest(&s->flows, FLOWS_HOLDING)))
		reassembly_give_up(s, flow);
}
