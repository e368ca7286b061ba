/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a list that was read: taken or not, and what is said about it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "export/feeds_child.h"
#include "export/feeds_message.h"

/* Lists are many times larger than sets are different: a limit for one that never ends. */
#define KEPT_FACTOR 2

static void send_line(const struct loader *loader, const struct feeds_message *message)
{
	if (!feeds_send(loader->channel, message, -1))
		_exit(0);
}

void feed_say(const struct loader *loader, const struct feed *feed, bool trouble,
	      const char *format, ...)
{
	struct feeds_message message = {.kind = trouble ? FEEDS_TROUBLED : FEEDS_SAID};
	int used = snprintf(message.line, sizeof(message.line), "%s: ", feed->shown);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message.line + used, sizeof(message.line) - (size_t)used, format, arguments);
	va_end(arguments);
	send_line(loader, &message);
}

void feed_trouble(struct loader *loader, struct feed *feed, const char *why)
{
	if (loader->error) {
		if (!*loader->error)
			snprintf(loader->error, FEEDS_LINE_MAX, "%s: %s", feed->shown, why);
		return;
	}
	if (strcmp(feed->trouble, why) == 0)
		return;
	snprintf(feed->trouble, sizeof(feed->trouble), "%s", why);
	if (feed->loaded)
		feed_say(loader, feed, true, "%s: the old list stays (%" PRIu64 " names)", why,
			 feed->names.count);
	else
		feed_say(loader, feed, true, "%s: nothing is loaded from it yet", why);
}

static void say_recovery(struct loader *loader, struct feed *feed)
{
	bool recovered = *feed->trouble;

	*feed->trouble = '\0';
	if (!loader->error)
		feed_say(loader, feed, recovered, "%s%" PRIu64 " names",
			 recovered ? "works again: " : "", feed->names.count);
}

void feed_same(struct loader *loader, struct feed *feed)
{
	if (*feed->trouble)
		say_recovery(loader, feed);
}

void feed_notes(struct loader *loader, struct feed *feed)
{
	const struct list_counts *counts = &feed->counts;

	if (counts->refused != feed->said_refused && counts->refused)
		feed_say(loader, feed, true,
			 "%" PRIu64 " of its %" PRIu64
			 " lines are refused, the first is line %" PRIu64 ": %s",
			 counts->refused, counts->lines, counts->refused_at, counts->why);
	feed->said_refused = counts->refused;
	if (feed->unfit != feed->said_unfit && feed->unfit)
		feed_say(loader, feed, true,
			 "%" PRIu64 " names are left out: all lists together may have %" PRIu64,
			 feed->unfit, loader->config.names_max);
	feed->said_unfit = feed->unfit;
}

/* NULL: it may be taken. A person's own file may be empty, and may be cut down. */
static const char *judge(const struct feed *feed, const struct feed_parse *parse)
{
	uint64_t old = feed->loaded ? feed->names.count : 0;
	const struct list_counts *counts = &parse->text.reader.counts;

	if (counts->html)
		return "a page of HTML, not a list";
	if (parse->unfit && !parse->names.count)
		return "not enough memory";
	if (!parse->names.count && (feed->url || old || counts->refused))
		return "there is no name in it";
	if (feed->url && parse->names.count < (old + 9) / 10)
		return "it has shrunk by more than 90 %";
	return NULL;
}

void feed_begin(const struct loader *loader, const struct feed *feed, struct feed_parse *parse)
{
	uint64_t kept = 0, limit = loader->config.names_max * KEPT_FACTOR;

	for (unsigned int i = 0; i < loader->count; i++)
		if (&loader->feeds[i] != feed)
			kept += loader->feeds[i].names.count;
	feed_parse_begin(parse, loader->seed, kept < limit ? limit - kept : 0,
			 feed->allow ? NAME_SET_ALLOW : 0);
}

void feed_take(struct loader *loader, struct feed *feed, struct feed_parse *parse)
{
	const char *why;

	feed_parse_end(parse);
	why = judge(feed, parse);
	if (why) {
		feed_names_free(&parse->names);
		feed_trouble(loader, feed, why);
		return;
	}
	feed_names_free(&feed->names);
	feed->names = parse->names;
	feed->counts = parse->text.reader.counts;
	feed->beyond = parse->unfit;
	feed->loaded = true;
	if (!loader->changed)
		loader->changed_at = feeds_now();
	loader->changed = true;
	say_recovery(loader, feed);
}
