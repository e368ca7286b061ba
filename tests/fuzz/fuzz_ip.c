/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any octets as an IP packet; the first two say how many more the packet had.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "capture/ip.h"
#include "capture/stream.h"
#include "fuzz.h"

static volatile uint8_t sink;

/* Every octet is read, so that one outside of the packet is found. */
static void check_payload(const struct packet *p, const uint8_t *begin, const uint8_t *end)
{
	uint32_t i;

	REQUIRE(p->size <= p->wire_size);
	REQUIRE(p->size == 0 || (p->payload >= begin && p->size <= (size_t)(end - p->payload)));
	for (i = 0; i < p->size; i++)
		sink ^= p->payload[i];
}

static void take_message(void *context, const struct packet *p)
{
	uint32_t i;

	(void)context;
	REQUIRE(p->size <= p->wire_size);
	for (i = 0; i < p->size; i++)
		sink ^= p->payload[i];
}

/* The payload as segments of a stream, cut where the octets say, some lost, some sent again. */
static void check_stream(struct packet p)
{
	struct streams *s = streams_new();
	const uint8_t *end = p.payload + p.size;
	uint32_t hidden = p.wire_size - p.size;

	REQUIRE(s != NULL);
	while (p.payload < end) {
		uint32_t left = (uint32_t)(end - p.payload);
		uint32_t n = 1 + p.payload[0] % 64;

		p.size = n < left ? n : left;
		p.wire_size = p.size + (p.size == left ? hidden : 0);
		if (p.payload[0] != 0xee)
			streams_segment(s, &p, take_message, NULL);
		if (p.payload[0] == 0xdd)
			streams_segment(s, &p, take_message, NULL);
		p.payload += p.size;
		p.tcp_sequence += p.size;
	}
	streams_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet p = {.time = 42, .cookie = 43};
	size_t more;
	uint8_t *copy;

	if (size < 2)
		return 0;
	more = (size_t)(data[0] << 8 | data[1]);
	size -= 2;
	copy = size ? malloc(size) : NULL;
	REQUIRE(copy || size == 0);
	if (copy)
		memcpy(copy, data + 2, size);
	if (ip_packet_read(&p, copy, size, size + more) == IP_MESSAGES) {
		check_payload(&p, copy, copy + size);
		if (p.protocol == IPPROTO_TCP && p.kind == PACKET_DNS)
			check_stream(p);
	}
	REQUIRE(p.time == 42 && p.cookie == 43 && !p.has_asked && !p.has_owner);
	free(copy);
	return 0;
}
