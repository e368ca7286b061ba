/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/intake.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "capture/ip.h"
#include "capture/stream.h"

struct intake {
	struct source_stats stats;
	struct streams *streams;
	packet_fn fn;
	void *context;
	intake_tap_fn tap;
	void *tap_context;
	intake_filter_fn filter;
	void *filter_context;
};

struct intake *intake_new(void)
{
	struct intake *in = calloc(1, sizeof(*in));

	if (!in)
		return NULL;
	in->streams = streams_new();
	if (in->streams)
		return in;
	free(in);
	return NULL;
}

void intake_free(struct intake *in)
{
	if (!in)
		return;
	streams_free(in->streams);
	free(in);
}

void intake_target(struct intake *in, packet_fn fn, void *context)
{
	in->fn = fn;
	in->context = context;
}

void intake_tap(struct intake *in, intake_tap_fn tap, void *context)
{
	in->tap = tap;
	in->tap_context = context;
}

void intake_filter(struct intake *in, intake_filter_fn filter, void *context)
{
	in->filter = filter;
	in->filter_context = context;
}

static void give(void *context, const struct packet *packet)
{
	struct intake *in = context;

	in->stats.captured++;
	in->stats.unattributed += packet->kind == PACKET_DNS && !packet->has_owner;
	in->stats.truncated += packet->kind == PACKET_DNS && packet->wire_size > packet->size;
	in->fn(in->context, packet);
}

/* Also without data: a connection that begins or ends (ACKs tell nothing). */
static void take_empty(struct intake *in, const struct packet *packet)
{
	if (packet->protocol == IPPROTO_UDP)
		in->stats.unreadable++;
	else if (packet->kind == PACKET_DNS && packet->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST))
		streams_segment(in->streams, packet, give, in);
}

static void give_messages(struct intake *in, const struct packet *packet)
{
	if (packet->protocol == IPPROTO_TCP && packet->kind == PACKET_DNS)
		streams_segment(in->streams, packet, give, in);
	else
		give(in, packet);
}

void intake_ip(struct intake *in, struct packet *packet, const uint8_t *octets, size_t size,
	       size_t wire_size)
{
	enum packet_kind kind = packet->kind;
	enum ip_verdict verdict = ip_packet_read(packet, octets, size, wire_size);

	if (kind != PACKET_DNS)
		packet->kind = kind;
	if (in->filter && !in->filter(in->filter_context, packet, verdict))
		return;
	if (verdict == IP_MESSAGES && packet->has_asked &&
	    endpoint_equal(&packet->asked, &packet->destination))
		packet->has_asked = false;
	streams_expire(in->streams, packet->time, give, in);
	if (in->tap)
		in->tap(in->tap_context, packet, octets, size, wire_size);
	switch (verdict) {
	case IP_MESSAGES:
		give_messages(in, packet);
		break;
	case IP_FRAGMENT:
		in->stats.fragments++;
		break;
	case IP_EMPTY:
		if (kind != PACKET_DNS)
			give(in, packet);
		else
			take_empty(in, packet);
		break;
	case IP_OTHER:
		break;
	case IP_DAMAGED:
		in->stats.unreadable++;
		break;
	}
}

void intake_event(struct intake *in, const struct packet *event)
{
	in->fn(in->context, event);
}

void intake_flush(struct intake *in)
{
	streams_flush(in->streams, give, in);
}

void intake_unreadable(struct intake *in)
{
	in->stats.unreadable++;
}

void intake_stats(const struct intake *in, struct source_stats *stats)
{
	*stats = in->stats;
	stats->unreadable += streams_skipped(in->streams);
	stats->evicted = streams_evicted(in->streams);
}
