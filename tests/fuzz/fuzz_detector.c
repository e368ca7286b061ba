/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of any octets, from a few clients and servers on both sides, at any time, in little
 * room: each alert that is opened is closed once, and its numbers are within their bounds.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "dns/registered.h"
#include "track/detector.h"
#include "fuzz.h"

#define CLIENTS	    4
#define MESSAGE_MAX 255

static uint64_t opened, closed;

static void note(void *context, const struct alert *alert)
{
	uint32_t sum = 0;

	(void)context;
	opened += alert->state == ALERT_OPEN;
	closed += alert->state == ALERT_CLOSED;
	REQUIRE(closed <= opened);
	REQUIRE(alert->kind < ALERT_KINDS && alert->severity < ALERT_SEVERITIES);
	REQUIRE(alert->score <= ALERT_SCORE_MAX && alert->sample_count <= ALERT_SAMPLES);
	for (int i = 0; i < ALERT_PARTS; i++)
		sum += alert->parts[i];
	REQUIRE(sum >= alert->score);
	for (uint32_t i = 0; i < alert->sample_count; i++)
		REQUIRE(alert->samples[i].len >= 1 &&
			alert->samples[i].wire[alert->samples[i].len - 1] == 0);
	REQUIRE(alert->distinct_names <= alert->queries || !alert->has_domain);
}

/* Six octets say how it came, the rest is the message. */
static void take(struct detector *d, const uint8_t *how, const uint8_t *wire, size_t size,
		 uint64_t now)
{
	struct dns_message message;
	struct lookup m = {
		.time = now,
		.protocol = IPPROTO_UDP,
		.role = (enum lookup_role)(how[0] % 3),
		.has_owner = how[0] & 4,
		.owner = {.pid = how[1] % CLIENTS, .comm = {'a', 0}},
		.client = {.address = {[10] = 255, [11] = 255, [15] = how[1]}, .port = how[2]},
		.server = {.address = {[10] = 255, [11] = 255, [15] = how[3]}, .port = 53},
		.repeats = how[0] & 8 ? 1000 : 0,
	};

	if (!dns_message_read(&message, wire, size))
		return;
	m.event = dns_message_is_response(&message) ? LOOKUP_RESPONSE : LOOKUP_QUERY;
	m.id = message.id;
	m.opcode = message.opcode;
	m.has_question = message.has_question;
	if (m.has_question)
		m.question = message.question;
	if (m.event == LOOKUP_QUERY)
		m.query_size = (uint32_t)size;
	else
		m.response_size = size;
	m.message = &message;
	detector_message(d, &m, how[0] & 16);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct detector_config config = DETECTOR_DEFAULTS;
	struct detector *d;
	uint64_t now = 1;

	REQUIRE(dns_registered_open());
	opened = closed = 0;
	config.max_domains = 3;
	config.alert = note;
	config.severity[ALERT_LOW] = 1;
	config.leak = 128;
	config.rate = 1;
	config.resolver_count = 1;
	d = detector_new(&config);
	REQUIRE(d != NULL);
	while (size > 7) {
		size_t length = data[6] < size - 7 ? data[6] : size - 7;
		uint8_t *wire = malloc(length + 1); /* of its exact size, for the sanitizer */

		memcpy(wire, data + 7, length);
		now += (uint64_t)data[4] << (data[5] & 63);
		/* The same message some times. */
		for (int i = 0; i <= (data[5] >> 6) * 8; i++)
			take(d, data, wire, length, now);
		detector_expire(d, now);
		free(wire);
		data += 7 + length;
		size -= 7 + length;
	}
	detector_finish(d);
	REQUIRE(opened == closed);
	detector_free(d);
	return 0;
}
