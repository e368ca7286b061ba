/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From TCP segments to DNS messages (RFC 1035 section 4.2.2: each after its length in two
 * octets; RFC 7766: any number of them, cut into segments anyhow).
 *
 * Segments may come in any order, several times, and overlap. A flow whose SYN was seen begins
 * with a message; in any other, and behind what was lost, messages begin with the first segment
 * that looks like one (capture/framing.h). Until then the flow is out of step and its data passed
 * over, and counted.
 *
 * Pure: all time is that of the packets; all memory is taken by streams_new().
 */
#ifndef COMMON_CAPTURE_STREAM_H
#define COMMON_CAPTURE_STREAM_H

#include <stdint.h>

#include "capture/flow.h"
#include "capture/source.h"

/* Flows that are known at once, and of these, those with an unfinished message or a gap. */
#define STREAM_FLOWS_MAX   FLOWS_MAX
#define STREAM_WAITING_MAX FLOWS_WAITING

/* How long a missing segment is waited for, while later ones have come and none is acknowledged. */
#define STREAM_GAP_NS 3000000000u

struct streams;

/* NULL when memory is short. Memory is touched only as flows need it. */
struct streams *streams_new(void);
void streams_free(struct streams *s);

/*
 * Takes a segment (ip_packet_read() gave IP_MESSAGES, or IP_EMPTY with SYN, FIN or RST set) and
 * calls `fn` for each message that is complete with it: a copy of `segment` but for payload,
 * size and wire_size. What can never be completed comes out cut (wire_size > size): what the
 * capture cut, what a gap or the connection's end follows, and, where STREAM_WAITING_MAX others
 * are unfinished too, the one that waited longest.
 */
void streams_segment(struct streams *s, const struct packet *segment, packet_fn fn, void *context);

/* Gives up the gaps that were waited for long enough at `now`; cheap when there is none. */
void streams_expire(struct streams *s, uint64_t now, packet_fn fn, void *context);

/* At the end: what unfinished flows hold comes out, cut, the oldest first. */
void streams_flush(struct streams *s, packet_fn fn, void *context);

/* How often data was passed over because its flow was out of step. */
uint64_t streams_skipped(const struct streams *s);

/* Flows whose unfinished message or data behind a gap was given up to make room for others. */
uint64_t streams_evicted(const struct streams *s);

#endif
