/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sinks that --alert names, as one, with a tool's words about them on stderr.
 */
#ifndef COMMON_CLI_ALERTS_H
#define COMMON_CLI_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"
#include "export/sink.h"

#define ALERT_SINKS_MAX 8

/* Zero: none. */
struct alerts {
	const char *specs[ALERT_SINKS_MAX];
	struct sink *sinks[ALERT_SINKS_MAX];
	unsigned int count;
};

/* For the option's `set`: checked, not opened; `spec` must stay. */
bool alerts_add(struct alerts *alerts, const char *spec, char error[OPTION_ERROR_MAX]);

/*
 * Before the privileges go and before the session opens, so that its command has none of the
 * descriptors. False with one line in `error`; alerts_close() is due in any case.
 */
bool alerts_open(struct alerts *alerts, char error[SINK_ERROR_MAX]);

/* To each sink, as sink_put(). */
void alerts_put(struct alerts *alerts, enum sink_severity severity, const char *json, size_t size,
		const char *line);

/* SIGHUP came. */
void alerts_hangup(struct alerts *alerts);

/* After each batch: what the sinks have to say; `now`: CLOCK_MONOTONIC, ns. */
void alerts_say(struct alerts *alerts, const char *tool, uint64_t now);

/* Waits for all of them together up to `patience` ns; then one line about each that was open. */
void alerts_close(struct alerts *alerts, const char *tool, uint64_t patience);

#endif
