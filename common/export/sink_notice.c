/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tool says about its sinks.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "export/sink_state.h"

#define NS_PER_SECOND	1000000000ULL
#define NOTICE_INTERVAL (10 * NS_PER_SECOND) /* between any two lines */
#define LOSS_INTERVAL	(60 * NS_PER_SECOND) /* between lines that say only that more was lost */

void sink_failure_text(struct sink_failure failure, char text[SINK_REASON_MAX])
{
	switch ((enum sink_failure_kind)failure.kind) {
	case SINK_WORKS:
		text[0] = '\0';
		break;
	case SINK_ERRNO:
		snprintf(text, SINK_REASON_MAX, "%s", strerror(failure.detail));
		break;
	case SINK_REOPEN:
		snprintf(text, SINK_REASON_MAX, "cannot be opened anew: %s",
			 strerror(failure.detail));
		break;
	case SINK_CONFINE:
		snprintf(text, SINK_REASON_MAX, "cannot give up privileges: %s",
			 strerror(failure.detail));
		break;
	case SINK_HTTP:
		snprintf(text, SINK_REASON_MAX, "HTTP status %d", failure.detail);
		break;
	case SINK_CURL:
		snprintf(text, SINK_REASON_MAX, "%s", curl_easy_strerror((CURLcode)failure.detail));
		break;
	}
}

/* What is known at the moment. */
struct view {
	struct sink_stats stats;
	uint64_t lost;
	bool ended, failing, unconfined;
	uint32_t reopen_failures;
};

static void look(struct sink *sink, struct view *view)
{
	struct sink_queue *q = sink->target.queue;
	struct sink_failure failure;

	/* In this order: a child that has ended counts no more. */
	if (!sink->ended)
		sink->ended = child_other_ended(&sink->target.process);
	view->ended = sink->ended;
	failure = atomic_load(&q->failure);
	view->failing = view->ended || failure.kind != SINK_WORKS;
	view->unconfined = failure.kind == SINK_CONFINE;
	view->reopen_failures = atomic_load(&q->reopen_failures);
	sink_stats(sink, &view->stats);
	view->lost = view->stats.given_up + view->stats.refused;
}

static bool is_due(const struct said *said, const struct view *view, uint64_t now)
{
	bool more = view->lost > said->lost;

	if (said->at && now - said->at < NOTICE_INTERVAL)
		return false;
	if (view->failing != said->trouble || view->reopen_failures != said->reopen_failures)
		return true;
	return more && (!said->at || now - said->at >= LOSS_INTERVAL);
}

static const char *what(const struct said *said, const struct view *view)
{
	if (view->ended && !view->unconfined)
		return "its process has ended";
	if (view->failing || view->lost > said->lost ||
	    view->reopen_failures != said->reopen_failures)
		return view->stats.reason[0] ? view->stats.reason : "its queue is full";
	return "works again";
}

bool sink_notice(struct sink *sink, uint64_t now, char line[SINK_LINE_MAX])
{
	struct said *said = &sink->said;
	struct view view;

	look(sink, &view);
	if (!is_due(said, &view, now))
		return false;
	snprintf(line, SINK_LINE_MAX,
		 "alert sink '%.200s': %s: %" PRIu64 " alerts lost, %" PRIu64 " waiting",
		 sink->name, what(said, &view), view.lost, view.stats.queued);
	*said = (struct said){
		.trouble = view.failing,
		.at = now,
		.lost = view.lost,
		.reopen_failures = view.reopen_failures,
	};
	return true;
}
