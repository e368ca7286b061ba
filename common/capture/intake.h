/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From captured IP packets to DNS messages: the part of the way that all sources share.
 */
#ifndef COMMON_CAPTURE_INTAKE_H
#define COMMON_CAPTURE_INTAKE_H

#include <stddef.h>
#include <stdint.h>

#include "capture/ip.h"
#include "capture/source.h"

/* Which packets are taken; none of the others is counted. See capture/wanted.h. */
typedef bool (*intake_filter_fn)(void *context, const struct packet *packet,
				 enum ip_verdict verdict);

/*
 * Gets every packet that is taken as it was captured, from its IP header on; not what was never
 * on the way (PACKET_SEND_FAILED), nor once more what was dropped later.
 */
typedef void (*intake_tap_fn)(void *context, const struct packet *packet, const uint8_t *octets,
			      size_t size, size_t wire_size);

/* NULL when memory is short. */
struct intake *intake_new(void);
void intake_free(struct intake *in);

/* To whom the packets go from now on. */
void intake_target(struct intake *in, packet_fn fn, void *context);
void intake_tap(struct intake *in, intake_tap_fn tap, void *context);
/* Without one all packets are taken; sources that filter in the kernel have none. */
void intake_filter(struct intake *in, intake_filter_fn filter, void *context);

/*
 * Takes one IP packet, `size` octets of `wire_size`. Of `packet` the source has filled kind,
 * time, cookie, direction, owner, asked, ifindex, code and reason; the rest is read from the
 * octets. `kind` stays as it is unless it is PACKET_DNS; what has another one is given as it is,
 * empty or a segment of TCP; else segments of TCP come out as messages.
 */
void intake_ip(struct intake *in, struct packet *packet, const uint8_t *octets, size_t size,
	       size_t wire_size);

/* Passes on what is no packet (PACKET_CALL, PACKET_CONNECT), in its turn; it is not counted. */
void intake_event(struct intake *in, const struct packet *event);

/* At the end: what TCP flows still hold comes out, cut. */
void intake_flush(struct intake *in);

/* What could not be read before it was an IP packet. */
void intake_unreadable(struct intake *in);

/* Fills what it knows: captured, unattributed, truncated, unreadable, fragments, evicted. */
void intake_stats(const struct intake *in, struct source_stats *stats);

#endif
