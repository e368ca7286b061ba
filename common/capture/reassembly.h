/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files behind stream.h share: flows, their buffers, and the way from a segment's
 * data to messages.
 */
#ifndef COMMON_CAPTURE_REASSEMBLY_H
#define COMMON_CAPTURE_REASSEMBLY_H

#include "capture/flow.h"
#include "capture/segments.h"
#include "capture/stream.h"

/* Data of one flow that waits. */
struct stream_buffer {
	struct packet segment; /* that the unfinished message began with; without payload */
	struct segments segments;
};

struct streams {
	struct flows flows;
	uint64_t skipped;
	uint64_t evicted;
	uint64_t due; /* no gap was waited for long enough before; valid when has_due */
	bool has_due;
	packet_fn fn; /* during a call */
	void *context;
	uint8_t free_buffers[FLOWS_WAITING];
	uint32_t free_count;
	uint32_t fresh_buffers; /* that were ever used */
	struct stream_buffer buffers[FLOWS_WAITING];
};

/* How far `a` lies behind `b`; sequence numbers wrap (RFC 9293, section 3.4). */
static inline int32_t sequence_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static inline struct stream_buffer *buffer_of(struct streams *s, const struct flow *flow)
{
	return &s->buffers[flow->buffer - 1];
}

static inline struct segments *segments_of(struct streams *s, const struct flow *flow)
{
	return &buffer_of(s, flow)->segments;
}

/* stream_buffer.c: an empty buffer for a flow that has none, and this segment's unfinished message.
 */
struct stream_buffer *buffer_acquire(struct streams *s, struct flow *flow,
				     const struct packet *segment);
/* Nothing waits any more. */
void buffer_release(struct streams *s, struct flow *flow);

/* Takes a segment's data; its sequence number is that of its first octet. */
void reassembly_take(struct streams *s, struct flow *flow, const struct packet *segment);

/* The octets from the first gap up to what lies behind it will not come: goes on there. */
void reassembly_skip_gap(struct streams *s, struct flow *flow);

/* No more will come of what waits: it comes out cut, or is counted. */
void reassembly_give_up(struct streams *s, struct flow *flow);

/* True when nothing is missing before the sequence number. */
bool reassembly_has_reached(struct streams *s, const struct flow *flow, uint32_t sequence);

#endif
