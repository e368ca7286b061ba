/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: whatever a packet and its process hold, a JSON line is one valid JSON
 * object without control characters, and a table line is printable.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "cli/json_lookup.h"
#include "cli/lookup.h"
#include "cli/summary.h"
#include "cli/table.h"
#include "fuzz.h"

/* More than the longest line of an input: nothing is ever written to a descriptor. */
#define OUTPUT_SIZE (64 << 20)

/*
 * What the message does not tell is taken from its own last octets, so that the messages of
 * captures are good inputs.
 */
struct head {
	uint8_t choices[8]; /* event, unmatched, direction, protocol, ICMP, table */
	char comm[COMM_SIZE];
	uint8_t addresses[2][16];
	uint16_t ports[2];
	uint64_t time;
};

static const struct lookup_details no_details;

static void require_valid_json(const char *text, size_t size)
{
	static const yajl_callbacks none;
	yajl_handle parser = yajl_alloc(&none, NULL, NULL);

	REQUIRE(size > 2 && text[0] == '{' && text[size - 1] == '\n');
	for (size_t i = 0; i < size - 1; i++)
		REQUIRE((uint8_t)text[i] >= 0x20 && text[i] != 0x7f);
	REQUIRE(yajl_parse(parser, (const unsigned char *)text, size) == yajl_status_ok);
	REQUIRE(yajl_complete_parse(parser) == yajl_status_ok);
	yajl_free(parser);
}

static void require_printable_line(const char *text, size_t size)
{
	REQUIRE(size > 1 && text[size - 1] == '\n');
	for (size_t i = 0; i < size - 1; i++) {
		if (size - i > 3 && memcmp(text + i, "…", 3) == 0)
			i += 2;
		else
			REQUIRE(text[i] >= 0x20 && text[i] <= 0x7e);
	}
}

static void make_packet(struct packet *packet, const struct head *head)
{
	*packet = (struct packet){
		.kind = PACKET_DNS,
		.direction = head->choices[2] % 3,
		.time = head->time,
		.has_owner = head->choices[2] & 0x80,
		.owner = {.pid = head->ports[0], .tid = head->ports[1], .uid = 4000000000U},
		.protocol = head->choices[3] & 1 ? IPPROTO_TCP : IPPROTO_UDP,
		.source.port = head->ports[0],
		.destination.port = head->ports[1],
	};
	memcpy(packet->owner.comm, head->comm, COMM_SIZE - 1);
	memcpy(packet->source.address, head->addresses[0], 16);
	memcpy(packet->destination.address, head->addresses[1], 16);
}

/* The events that only transactions make. */
static void vary_lookup(struct lookup *lookup, const struct head *head)
{
	lookup->event = head->choices[0] % (LOOKUP_RESPONSE + 1);
	lookup->unmatched = head->choices[1] % (UNMATCHED_LATE + 1);
	lookup->icmp_type = head->choices[4];
	lookup->icmp_code = head->choices[5];
	lookup->ipv6 = head->choices[4] & 1;
	lookup->attempts = head->choices[6];
	lookup->has_latency = head->choices[6] & 1;
	lookup->latency = head->time;
	if (lookup->event == LOOKUP_TIMEOUT || lookup->event == LOOKUP_REFUSED)
		lookup->message = NULL;
}

static void check_tables(struct output *out, const struct lookup *lookup, const struct head *head)
{
	struct table_config config = {
		.wall_clock = head->choices[7] & 1,
		.wide = head->choices[7] & 2,
		.clients = head->choices[7] & 4,
		.role = head->choices[7] & 8,
		.terminal = head->choices[7] & 16 ? 60 + head->choices[6] : 0,
	};
	struct table table;

	table_init(&table, &config, out);
	out->used = 0;
	table_lookup(&table, lookup, head->time, &no_details);
	require_printable_line(out->buffer, out->used);
}

static void check_lookup(const struct lookup *lookup, const struct head *head)
{
	static struct output out;
	static struct json json;
	struct summary *summary;

	if (!out.buffer)
		REQUIRE(output_open(&out, -1, OUTPUT_SIZE) && json_open(&json, &out));
	out.used = 0;
	json_lookup(&json, lookup, head->time, &no_details);
	require_valid_json(out.buffer, out.used);
	check_tables(&out, lookup, head);
	if (head->choices[7] == 0xff && (summary = summary_new())) {
		summary_add(summary, lookup);
		out.used = 0;
		summary_json(summary, &json, head->time);
		require_valid_json(out.buffer, out.used);
		summary_free(summary);
	}
	REQUIRE(out.error == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_message message;
	struct packet packet;
	struct lookup lookup;
	struct head head;
	uint8_t *wire;

	if (size < sizeof(head))
		return 0;
	memcpy(&head, data + size - sizeof(head), sizeof(head));
	wire = malloc(size); /* exact, so that a read past the end is seen */
	REQUIRE(wire);
	memcpy(wire, data, size);
	make_packet(&packet, &head);
	packet.payload = wire;
	packet.size = packet.wire_size = (uint32_t)size;
	if (dns_message_read(&message, wire, size)) {
		dns_message_check(&message);
		lookup_from_message(&lookup, &packet, &message);
		check_lookup(&lookup, &head);
		vary_lookup(&lookup, &head);
		check_lookup(&lookup, &head);
	}
	free(wire);
	return 0;
}
