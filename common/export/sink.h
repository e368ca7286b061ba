/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where alerts go beside standard output: a file, syslog, a webhook. Each sink is a child process
 * of its own, so that the tool never waits, and gives up its privileges all the same. Between them
 * is a queue in shared memory; the child takes alerts in their order and tries the first one again
 * until it is delivered or given up.
 */
#ifndef COMMON_EXPORT_SINK_H
#define COMMON_EXPORT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SINK_ERROR_MAX	512
#define SINK_LINE_MAX	512
#define SINK_REASON_MAX 128
#define SINK_ALERT_MAX	(64 * 1024) /* octets of one alert */

/* syslog: notice, warning, crit. */
enum sink_severity { SINK_LOW, SINK_MEDIUM, SINK_HIGH };

/* Of the alerts that were put: put = accepted + refused, accepted = delivered + given_up + queued.
 */
struct sink_stats {
	uint64_t accepted;
	uint64_t refused; /* the queue was full, or the alert longer than SINK_ALERT_MAX */
	uint64_t delivered;
	uint64_t given_up; /* by its answer, its age, the end, or its child's death */
	uint64_t queued;
	char reason[SINK_REASON_MAX]; /* of the last failure; "": there was none */
};

/* What sink_open() uses, and tests change. Times are in ns. */
struct sink_limits {
	const char *syslog;	/* the socket */
	size_t queue;		/* octets; a power of two */
	uint64_t first_retry;	/* then twice as long each time, a quarter of it at random, */
	uint64_t longest_retry; /* up to this */
	uint64_t oldest;	/* a webhook's alerts are given up at this age */
	uint64_t answer;	/* a webhook answers within this time */
};

struct sink;

/*
 * Is `spec` one of file:PATH, syslog, syslog:FACILITY and webhook:URL? False with what would be in
 * `error`, to follow the value: "is not …".
 */
bool sink_check(const char *spec, char error[SINK_ERROR_MAX]);

/*
 * Opens a sink and forks its child: before the tool gives up its privileges, and as long as it has
 * one thread. A file is created with mode 0640, appended to, and must be a regular one. NULL with
 * one line in `error`.
 */
struct sink *sink_open(const char *spec, char error[SINK_ERROR_MAX]);
/* NULL: the same limits. */
struct sink *sink_open_with(const char *spec, const struct sink_limits *limits,
			    char error[SINK_ERROR_MAX]);

/* "file:PATH", "syslog:FACILITY", "webhook:HOST": without what may be secret. */
const char *sink_name(const struct sink *sink);

/*
 * Hands over one alert, without waiting: as a JSON object of `size` octets, without a newline, and
 * as a line for people (syslog's). What does not fit is counted.
 */
void sink_put(struct sink *sink, enum sink_severity severity, const char *json, size_t size,
	      const char *line);

/* The tool got SIGHUP: a file is opened anew, before the alerts that are still queued. */
void sink_hangup(struct sink *sink);

/*
 * Is there something to say on stderr? True with a line without a newline: once when a sink begins
 * to fail, when it works again, and, at most once a minute, when more was lost. To be asked now
 * and then; `now`: CLOCK_MONOTONIC, ns.
 */
bool sink_notice(struct sink *sink, uint64_t now, char line[SINK_LINE_MAX]);

void sink_stats(const struct sink *sink, struct sink_stats *stats);

/*
 * Tells the child that no more alerts come, and that it has `patience` ns for those that are
 * queued. Returns at once: where there are several sinks they can all be told first.
 */
void sink_finish(struct sink *sink, uint64_t patience);

/*
 * sink_finish(), where it was not called, then waits that long, counts what is left as given up
 * and frees the sink. `last`, unless NULL, are its final counters.
 */
void sink_close(struct sink *sink, uint64_t patience, struct sink_stats *last);

#endif
