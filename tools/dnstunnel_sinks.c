/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --alert: each alert once more, for the sinks.
 */
#include <string.h>

#include "dnstunnel.h"

#define COPY_SIZE (64 * 1024)

bool alert_copies_open(struct alert_copies *c)
{
	return output_open(&c->text, -1, COPY_SIZE) && output_open(&c->octets, -1, COPY_SIZE) &&
	       json_open(&c->json, &c->octets);
}

void alert_copies_close(struct alert_copies *c)
{
	json_close(&c->json);
	output_close(&c->octets);
	output_close(&c->text);
}

/* Without the newline at its end. */
static void cut_line(struct output *out)
{
	if (out->used)
		out->used--;
	out->buffer[out->used] = '\0';
}

void alert_copies_put(struct alert_copies *c, struct alerts *sinks, const struct alert *alert,
		      const struct alert_details *details)
{
	static const enum sink_severity severities[ALERT_SEVERITIES] = {
		[ALERT_LOW] = SINK_LOW,
		[ALERT_MEDIUM] = SINK_MEDIUM,
		[ALERT_HIGH] = SINK_HIGH,
	};

	if (!sinks->count)
		return;
	c->text.used = c->octets.used = 0;
	alert_line(&c->text, alert);
	cut_line(&c->text);
	alert_json(&c->json, alert, details);
	cut_line(&c->octets);
	alerts_put(sinks, severities[alert->severity], c->octets.buffer, c->octets.used,
		   c->text.buffer);
}
