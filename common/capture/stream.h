/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From TCP segments to DNS messages (RFC 1035 section 4.2.2: each after its length in two
 * octets; RFC 7766: any number of them, cut into segments anyhow).
 *
 * A flow is one direction of a connection. Segments must come in order, and what is sent again is
 * known as such; after a gap a flow is out of step until a segment is exactly one message again.
 */
#ifndef COMMON_CAPTURE_STREAM_H
#define COMMON_CAPTURE_STREAM_H

#include <stdint.h>

#include "capture/source.h"

#define STREAM_FLOWS_MAX 64

struct streams;

/* NULL when memory is short. Memory is touched only as flows need it. */
struct streams *streams_new(void);
void streams_free(struct streams *s);

/*
 * Takes a segment with data (ip_packet_read() gave IP_MESSAGES) and calls `fn` for each message
 * that is complete with it: a copy of `segment` but for payload, size and wire_size. What can
 * never be completed comes out cut (wire_size > size): what the capture cut, what a gap
 * follows, and, where STREAM_FLOWS_MAX others are unfinished too, the one that waited longest.
 * Flows between two messages are forgotten before those.
 */
void streams_segment(struct streams *s, const struct packet *segment, packet_fn fn, void *context);

/* At the end: what unfinished flows hold comes out cut, the oldest first. */
void streams_flush(struct streams *s, packet_fn fn, void *context);

/* Segments that were passed over because their flow was out of step. */
uint64_t streams_skipped(const struct streams *s);

/* Unfinished messages that were given up to make room for others. */
uint64_t streams_evicted(const struct streams *s);

#endif
