/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The buffers of flows with data that waits: few, so the one that waited longest makes room.
 */
#include "capture/reassembly.h"

void buffer_release(struct streams *s, struct flow *flow)
{
	s->free_buffers[s->free_count++] = flow->buffer;
	flow->buffer = 0;
	flow->has_gap = false;
	flows_move(&s->flows, flow, FLOWS_USED);
}

static uint8_t free_buffer(struct streams *s)
{
	if (!s->free_count && s->fresh_buffers < FLOWS_WAITING)
		return (uint8_t)++s->fresh_buffers;
	if (!s->free_count) {
		s->evicted++;
		reassembly_give_up(s, flows_oldest(&s->flows, FLOWS_HOLDING));
	}
	return s->free_buffers[--s->free_count];
}

struct stream_buffer *buffer_acquire(struct streams *s, struct flow *flow,
				     const struct packet *segment)
{
	struct stream_buffer *b;

	flow->buffer = free_buffer(s);
	flows_move(&s->flows, flow, FLOWS_HOLDING);
	b = buffer_of(s, flow);
	segments_clear(&b->segments);
	b->segment = *segment;
	b->segment.payload = NULL;
	return b;
}
