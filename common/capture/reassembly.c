/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/reassembly.h"

#include "dns/message.h"

static void give(const struct streams *s, const struct packet *segment, const uint8_t *message,
		 uint32_t size, uint32_t wire_size)
{
	struct packet packet = *segment;

	packet.payload = message;
	packet.size = size;
	packet.wire_size = wire_size;
	s->fn(s->context, &packet);
}

/* From where on octets are missing. */
static uint32_t front_end(struct streams *s, const struct flow *flow)
{
	return flow->next + (flow->buffer ? segments_front(segments_of(s, flow)) : 0);
}

bool reassembly_has_reached(struct streams *s, const struct flow *flow, uint32_t sequence)
{
	return sequence_after(front_end(s, flow), sequence) >= 0;
}

/* When the first gap is another one than before, it is waited for from now on. */
static void note_gap(struct streams *s, struct flow *flow, uint64_t time)
{
	uint32_t from, at = front_end(s, flow);
	bool had_gap = flow->has_gap;

	flow->has_gap = flow->buffer && segments_behind_gap(segments_of(s, flow), &from);
	if (!flow->has_gap || (had_gap && flow->gap_at == at))
		return;
	flow->gap_at = at;
	flow->gap_since = time;
	if (!s->has_due || time + STREAM_GAP_NS < s->due)
		s->due = time + STREAM_GAP_NS;
	s->has_due = true;
}

/* Whether a message begins here; `alone`: these octets are one segment's. */
static enum framing look(const uint8_t *octets, uint32_t size, bool alone)
{
	if (alone && size >= FRAMING_PREFIX + DNS_HEADER_SIZE &&
	    framing_length(octets) == size - FRAMING_PREFIX)
		return FRAMING_MESSAGE;
	return framing_look(octets, size);
}

/*
 * Gives the whole messages that `octets` begins with; returns how many octets they took. A flow
 * is lost when what follows cannot be a message.
 */
static uint32_t give_whole(struct streams *s, struct flow *flow, const struct packet *segment,
			   const uint8_t *octets, uint32_t size, bool alone)
{
	uint32_t at = 0;

	while (size - at >= FRAMING_PREFIX) {
		uint32_t length = framing_length(octets + at);

		if (flow->state == FLOW_JOINING) {
			enum framing framing = look(octets + at, size - at, alone);

			if (framing == FRAMING_UNDECIDED)
				break;
			flow->state = framing == FRAMING_MESSAGE ? FLOW_IN_STEP : FLOW_LOST;
		}
		if (length < DNS_HEADER_SIZE)
			flow->state = FLOW_LOST;
		if (flow->state == FLOW_LOST || size - at - FRAMING_PREFIX < length)
			break;
		give(s, segment, octets + at + FRAMING_PREFIX, length, length);
		at += FRAMING_PREFIX + length;
	}
	return at;
}

/* Goes on at a later place; what waits before it is gone. */
static void move(struct streams *s, struct flow *flow, uint32_t sequence)
{
	if (flow->buffer)
		segments_advance(segments_of(s, flow), sequence - flow->next);
	flow->next = sequence;
}

/* What cannot be a message is passed over, up to the next place where one may begin. */
static void pass_over(struct streams *s, struct flow *flow)
{
	uint32_t from;

	s->skipped++;
	if (segments_behind_gap(segments_of(s, flow), &from)) {
		move(s, flow, flow->next + from);
		flow->state = FLOW_JOINING;
	} else {
		move(s, flow, front_end(s, flow));
	}
}

/* Gives what is whole of what waits, with the metadata of the segment that made it so. */
static void drain(struct streams *s, struct flow *flow, const struct packet *segment)
{
	struct stream_buffer *b = buffer_of(s, flow);
	uint32_t front, taken;

	while ((front = segments_front(&b->segments)) > 0) {
		taken = give_whole(s, flow, segment, segments_octets(&b->segments), front, false);
		move(s, flow, flow->next + taken);
		if (taken && front > taken) {
			b->segment = *segment;
			b->segment.payload = NULL;
		}
		if (flow->state != FLOW_LOST)
			break;
		pass_over(s, flow);
	}
	if (b->segments.count == 0)
		buffer_release(s, flow);
	note_gap(s, flow, segment->time);
}

/* The unfinished message comes out as far as it is there. True: its end is known. */
static bool give_cut(struct streams *s, const struct flow *flow, uint32_t *end)
{
	const struct stream_buffer *b;
	uint32_t front, length;

	if (!flow->buffer || flow->state != FLOW_IN_STEP)
		return false;
	b = buffer_of(s, flow);
	front = segments_front(&b->segments);
	if (front < FRAMING_PREFIX)
		return false;
	length = framing_length(segments_octets(&b->segments));
	give(s, &b->segment, segments_octets(&b->segments) + FRAMING_PREFIX, front - FRAMING_PREFIX,
	     length);
	*end = flow->next + FRAMING_PREFIX + length;
	return true;
}

/*
 * What is missing before `resume` will not come. Where the unfinished message ends behind it,
 * that is where the next one begins; else one may begin at `resume`.
 */
static void bridge(struct streams *s, struct flow *flow, uint32_t resume,
		   const struct packet *segment)
{
	uint32_t end = resume;

	if (!give_cut(s, flow, &end) || sequence_after(end, resume) < 0) {
		s->skipped++;
		end = resume;
		flow->state = FLOW_JOINING;
	}
	move(s, flow, end);
	if (flow->buffer)
		drain(s, flow, segment);
}

void reassembly_skip_gap(struct streams *s, struct flow *flow)
{
	struct packet segment = buffer_of(s, flow)->segment;
	uint32_t from;

	if (segments_behind_gap(segments_of(s, flow), &from))
		bridge(s, flow, flow->next + from, &segment);
}

void reassembly_give_up(struct streams *s, struct flow *flow)
{
	uint32_t end;

	while (flow->buffer && flow->has_gap)
		reassembly_skip_gap(s, flow);
	if (!flow->buffer)
		return;
	if (!give_cut(s, flow, &end)) {
		s->skipped++;
		end = front_end(s, flow);
		flow->state = FLOW_LOST;
	}
	move(s, flow, end);
	buffer_release(s, flow);
}

/* Without its first octets; false when there is nothing else. */
static bool trim(struct packet *segment, uint32_t n)
{
	uint32_t there = n < segment->size ? n : segment->size;

	if (n >= segment->wire_size)
		return false;
	segment->payload += there;
	segment->size -= there;
	segment->wire_size -= n;
	segment->tcp_sequence += n;
	return true;
}

/* From the place where a message begins: messages that are whole need no buffer. */
static uint32_t take_direct(struct streams *s, struct flow *flow, const struct packet *rest,
			    bool alone)
{
	uint32_t taken = give_whole(s, flow, rest, rest->payload, rest->size,
				    alone && rest->size == rest->wire_size);

	flow->next += taken;
	if (flow->state == FLOW_LOST) {
		s->skipped++;
		flow->next = rest->tcp_sequence + rest->wire_size;
	} else if (taken < rest->size) {
		segments_put(&buffer_acquire(s, flow, rest)->segments, 0, rest->payload + taken,
			     rest->size - taken);
	}
	return rest->size;
}

/* Behind what waits, or behind a gap. Returns how many octets were taken; 0: try again. */
static uint32_t take_waiting(struct streams *s, struct flow *flow, const struct packet *rest)
{
	uint32_t offset = rest->tcp_sequence - flow->next, from;
	uint32_t room = offset < SEGMENTS_WINDOW ? SEGMENTS_WINDOW - offset : 0;
	uint32_t n = rest->size < room ? rest->size : room;

	if (!flow->buffer && n)
		buffer_acquire(s, flow, rest);
	if (n && segments_put(segments_of(s, flow), offset, rest->payload, n)) {
		drain(s, flow, rest);
		return n;
	}
	/* There is no room: the first gap is not waited for any longer. */
	if (flow->buffer && segments_behind_gap(segments_of(s, flow), &from))
		bridge(s, flow, flow->next + from, rest);
	else
		bridge(s, flow, rest->tcp_sequence, rest);
	return 0;
}

/* The capture cut the segment: so much behind it will never be seen. */
static void take_hidden(struct streams *s, struct flow *flow, const struct packet *rest)
{
	if (flow->state == FLOW_LOST)
		flow->next = rest->tcp_sequence + rest->wire_size;
	else if (front_end(s, flow) == rest->tcp_sequence)
		bridge(s, flow, rest->tcp_sequence + rest->wire_size, rest);
}

void reassembly_take(struct streams *s, struct flow *flow, const struct packet *segment)
{
	struct packet rest = *segment;
	bool alone = true; /* `rest` is still the whole segment */

	while (rest.size > 0) {
		int32_t ahead = sequence_after(rest.tcp_sequence, flow->next);
		uint32_t taken = 0;

		if (ahead < 0) {
			if (!trim(&rest, (uint32_t)-ahead))
				return;
			alone = false;
			continue;
		}
		if (flow->state == FLOW_LOST) {
			s->skipped++;
			break;
		}
		if (!flow->buffer && ahead == 0)
			taken = take_direct(s, flow, &rest, alone);
		else
			taken = take_waiting(s, flow, &rest);
		alone = false;
		if (taken && !trim(&rest, taken))
			return;
	}
	take_hidden(s, flow, &rest);
}
