/* SPDX-License-Identifier: Apache-2.0 */
#include "export/sink.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "export/sink_state.h"

#define NS_PER_MS   1000000ULL
#define CHILDS_LAST (300 * NS_PER_MS) /* it notices the end, and writes its counters */

void sink_free(struct sink *sink)
{
	const int fds[] = {sink->target.fd, sink->target.wake, sink->target.process.other};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (sink->target.queue)
		sink_queue_free(sink->target.queue);
	free(sink->target.state);
	free(sink->spec);
	free(sink->name);
	free(sink);
}

const char *sink_name(const struct sink *sink)
{
	return sink->name;
}

/* ---- Alerts --------------------------------------------------------------------------------- */

/* An eventfd that is full, or that nobody reads any more, needs no octet. */
static void wake(const struct sink *sink)
{
	const uint64_t one = 1;

	if (write(sink->target.wake, &one, sizeof(one)) < 0)
		return;
}

void sink_put(struct sink *sink, enum sink_severity severity, const char *json, size_t size,
	      const char *line)
{
	bool people = sink->target.backend->people;
	const struct sink_alert alert = {
		.time = sink_now(),
		.severity = severity,
		.text = people ? line : json,
		.size = people ? strlen(line) : size,
	};

	if (alert.size > SINK_ALERT_MAX || !sink_queue_put(sink->target.queue, &alert))
		sink->refused++;
	else
		wake(sink);
}

void sink_hangup(struct sink *sink)
{
	atomic_fetch_add(&sink->target.queue->hangups, 1);
	wake(sink);
}

/* ---- Counters ------------------------------------------------------------------------------- */

void sink_stats(const struct sink *sink, struct sink_stats *stats)
{
	struct sink_queue *q = sink->target.queue;
	struct sink_failure failure;
	uint64_t settled;
	/* Asked first: what it counts afterwards is none of its last words. */
	bool ended = sink->ended || child_other_ended(&sink->target.process);

	*stats = (struct sink_stats){
		.refused = sink->refused,
		.delivered = atomic_load(&q->delivered),
		.given_up = atomic_load(&q->given_up),
		.accepted = atomic_load(&q->accepted),
	};
	settled = stats->delivered + stats->given_up;
	stats->queued = stats->accepted > settled ? stats->accepted - settled : 0;
	failure = atomic_load(&q->last);
	sink_failure_text(failure, stats->reason);
	if (!ended)
		return;
	if (stats->queued && failure.kind != SINK_CONFINE)
		snprintf(stats->reason, sizeof(stats->reason), "its process has ended");
	stats->given_up += stats->queued;
	stats->queued = 0;
}

/* ---- The end -------------------------------------------------------------------------------- */

void sink_finish(struct sink *sink, uint64_t patience)
{
	if (atomic_load(&sink->target.queue->close_by))
		return;
	atomic_store(&sink->target.queue->close_by, sink_now() + patience);
	wake(sink);
}

/* The tool may neither wait for a child nor kill one any more; it can see it end. */
static void wait_for_end(const struct sink *sink)
{
	uint64_t until = atomic_load(&sink->target.queue->close_by) + CHILDS_LAST;
	struct pollfd end = {.fd = sink->target.process.other, .events = POLLIN};
	uint64_t now = sink_now();

	while (now < until && poll(&end, 1, (int)((until - now) / NS_PER_MS + 1)) <= 0)
		now = sink_now();
}

void sink_close(struct sink *sink, uint64_t patience, struct sink_stats *last)
{
	sink_finish(sink, patience);
	wait_for_end(sink);
	sink->ended = true;
	if (last)
		sink_stats(sink, last);
	sink_free(sink);
}
