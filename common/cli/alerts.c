/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/alerts.h"

#include <inttypes.h>
#include <stdio.h>

bool alerts_add(struct alerts *alerts, const char *spec, char error[OPTION_ERROR_MAX])
{
	char why[SINK_ERROR_MAX];
	bool good = sink_check(spec, why);

	if (good && alerts->count < ALERT_SINKS_MAX) {
		alerts->specs[alerts->count++] = spec;
		return true;
	}
	snprintf(error, OPTION_ERROR_MAX, "%.*s", OPTION_ERROR_MAX - 1,
		 good ? "is one sink too many" : why);
	return false;
}

bool alerts_open(struct alerts *alerts, char error[SINK_ERROR_MAX])
{
	for (unsigned int i = 0; i < alerts->count; i++) {
		alerts->sinks[i] = sink_open(alerts->specs[i], error);
		if (!alerts->sinks[i])
			return false;
	}
	return true;
}

void alerts_put(struct alerts *alerts, enum sink_severity severity, const char *json, size_t size,
		const char *line)
{
	for (unsigned int i = 0; i < alerts->count; i++)
		sink_put(alerts->sinks[i], severity, json, size, line);
}

void alerts_hangup(struct alerts *alerts)
{
	for (unsigned int i = 0; i < alerts->count; i++)
		sink_hangup(alerts->sinks[i]);
}

void alerts_say(struct alerts *alerts, const char *tool, uint64_t now)
{
	char line[SINK_LINE_MAX];

	for (unsigned int i = 0; i < alerts->count; i++)
		if (sink_notice(alerts->sinks[i], now, line))
			fprintf(stderr, "%s: %s\n", tool, line);
}

static void say_last(const char *tool, const char *name, const struct sink_stats *last)
{
	uint64_t lost = last->given_up + last->refused;

	fprintf(stderr, "%s: alert sink '%s': delivered %" PRIu64 ", lost %" PRIu64 "%s%s\n", tool,
		name, last->delivered, lost, lost && last->reason[0] ? ": " : "",
		lost ? last->reason : "");
}

void alerts_close(struct alerts *alerts, const char *tool, uint64_t patience)
{
	for (unsigned int i = 0; i < alerts->count && alerts->sinks[i]; i++)
		sink_finish(alerts->sinks[i], patience);
	for (unsigned int i = 0; i < alerts->count && alerts->sinks[i]; i++) {
		char name[SINK_LINE_MAX];
		struct sink_stats last;

		snprintf(name, sizeof(name), "%s", sink_name(alerts->sinks[i]));
		sink_close(alerts->sinks[i], patience, &last);
		say_last(tool, name, &last);
	}
	alerts->count = 0;
}
