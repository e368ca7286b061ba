/* SPDX-License-Identifier: Apache-2.0 */
#include "export/feeds_child.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "export/confine.h"
#include "export/feed_file.h"
#include "export/feed_web.h"
#include "export/feeds_message.h"

#define NAMES_MAX     5000000
#define INTERVAL_NS   (24 * 3600 * NS_PER_S)
#define RETRY_NS      (60 * NS_PER_S)
#define TIMEOUT_NS    (300 * NS_PER_S)
#define LIST_SIZE_MAX (256ULL << 20)

#define DEBOUNCE_NS  (300 * NS_PER_MS) /* events come in groups */
#define LOOK_NS	     (60 * NS_PER_S)   /* at files whose changes nobody tells, as on a network */
#define TOGETHER_NS  NS_PER_S	       /* lists that come one after the other are one set */
#define NICENESS     5		       /* capturing goes first */
#define EVENTS_SPACE 65536

uint64_t feeds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static uint64_t given(uint64_t value, uint64_t otherwise)
{
	return value ? value : otherwise;
}

static void fill_config(struct loader *loader, const struct feeds_config *config)
{
	loader->config = *config;
	loader->config.names_max = given(config->names_max, NAMES_MAX);
	loader->config.interval_ns = given(config->interval_ns, INTERVAL_NS);
	loader->config.retry_ns = given(config->retry_ns, RETRY_NS);
	loader->config.timeout_ns = given(config->timeout_ns, TIMEOUT_NS);
	loader->config.size_max = given(config->size_max, LIST_SIZE_MAX);
}

size_t feed_without_password(char *out, size_t size, const char *source)
{
	const char *host = strstr(source, "://");
	size_t scheme = feed_is_url(source) && host ? (size_t)(host - source) + 3 : 0;
	const char *rest = source + scheme;
	const char *at = scheme ? memchr(rest, '@', strcspn(rest, "/?#")) : NULL;

	return (size_t)snprintf(out, size, "%.*s%s", (int)scheme, source, at ? at + 1 : rest);
}

/* Without what drives a terminal. */
static void show_source(struct feed *feed)
{
	feed_without_password(feed->shown, sizeof(feed->shown), feed->source);
	for (char *c = feed->shown; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

static bool make_feeds(struct loader *loader, const struct feed_files *files)
{
	const struct feeds_config *config = &loader->config;

	loader->count = config->block_count + config->allow_count;
	loader->feeds = calloc(loader->count ? loader->count : 1, sizeof(*loader->feeds));
	for (unsigned int i = 0; loader->feeds && i < loader->count; i++) {
		struct feed *feed = &loader->feeds[i];

		feed->allow = i >= config->block_count;
		feed->source =
			feed->allow ? config->allow[i - config->block_count] : config->block[i];
		feed->tag = (uint8_t)i;
		feed->url = feed_is_url(feed->source);
		feed->fd = files->of[i];
		feed->retry = config->retry_ns;
		feed->due = feed->url ? 0 : UINT64_MAX;
		show_source(feed);
	}
	return loader->feeds;
}

static bool has_urls(const struct loader *loader)
{
	for (unsigned int i = 0; i < loader->count; i++)
		if (loader->feeds[i].url)
			return true;
	return false;
}

static void watch_files(struct loader *loader)
{
	loader->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (unsigned int i = 0; i < loader->count; i++)
		if (!loader->feeds[i].url)
			feed_file_watch(loader, &loader->feeds[i]);
}

static void take_name_of_its_own(void)
{
	char name[16];

	snprintf(name, sizeof(name), "%.9s-lists", program_invocation_short_name);
	prctl(PR_SET_NAME, name, 0, 0, 0);
	setpriority(PRIO_PROCESS, 0, NICENESS);
}

/* All that needs privileges; then they go. */
static bool prepare(struct loader *loader, const struct feeds_config *config,
		    const struct feed_files *files)
{
	struct confinement left = {.calls = CONFINE_READ_FILES | CONFINE_WATCH_FILES |
					    CONFINE_SHARE_MEMORY};
	char error[SOURCE_ERROR_MAX];

	fill_config(loader, config);
	take_name_of_its_own();
	if (getrandom(&loader->seed, sizeof(loader->seed), 0) != sizeof(loader->seed) ||
	    !make_feeds(loader, files)) {
		snprintf(loader->error, FEEDS_LINE_MAX, "lists: %s", strerror(errno));
		return false;
	}
	watch_files(loader);
	if (has_urls(loader)) {
		left.calls |= CONFINE_NETWORK_CLIENT;
		loader->web = feed_web_open();
		if (!loader->web) {
			snprintf(loader->error, FEEDS_LINE_MAX, "lists: libcurl does not start");
			return false;
		}
	}
	if (confine(&left, error))
		return true;
	snprintf(loader->error, FEEDS_LINE_MAX, "lists: %s", error);
	return false;
}

static bool load_files(struct loader *loader)
{
	for (unsigned int i = 0; i < loader->count && !*loader->error; i++)
		if (!loader->feeds[i].url)
			feed_file_load(loader, &loader->feeds[i]);
	return !*loader->error;
}

static void start(struct loader *loader, const struct feeds_config *config,
		  const struct feed_files *files)
{
	struct feeds_message message = {.kind = FEEDS_READY};
	bool ready;

	loader->error = message.line;
	ready = prepare(loader, config, files) && load_files(loader);
	loader->error = NULL;
	if (!ready) {
		message.kind = FEEDS_FAILED;
		feeds_send(loader->channel, &message, -1);
		_exit(0);
	}
	if (!feeds_build(loader) || !feeds_send(loader->channel, &message, -1))
		_exit(0);
	for (unsigned int i = 0; i < loader->count; i++)
		feed_notes(loader, &loader->feeds[i]);
}

static void reload(struct loader *loader)
{
	for (unsigned int i = 0; i < loader->count; i++) {
		struct feed *feed = &loader->feeds[i];

		if (!feed->url)
			feed_file_check(loader, feed, true);
		else if (!feed->download)
			feed->due = 0;
	}
}

/* Whatever the tool has to say is "reload"; the last word is that it has gone. */
static void hear(struct loader *loader)
{
	bool asked = false;
	char word;
	ssize_t n;

	while ((n = recv(loader->channel, &word, 1, MSG_DONTWAIT)) > 0)
		asked = true;
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		_exit(0);
	if (asked)
		reload(loader);
}

/* What the events are does not matter: files are compared with what was read. */
static void note_events(struct loader *loader)
{
	static char events[EVENTS_SPACE];
	uint64_t now = feeds_now();
	bool any = false;

	while (read(loader->inotify, events, sizeof(events)) > 0)
		any = true;
	if (!any)
		return;
	if (!loader->events_since)
		loader->events_since = now;
	if (loader->check_at > now + DEBOUNCE_NS)
		loader->check_at = now + DEBOUNCE_NS;
}

static void check_files(struct loader *loader, uint64_t now)
{
	bool again = false;

	if (now < loader->check_at)
		return;
	for (unsigned int i = 0; i < loader->count; i++)
		if (!loader->feeds[i].url)
			again |= feed_file_check(loader, &loader->feeds[i], false);
	if (!again)
		loader->events_since = 0;
	else if (!loader->events_since)
		loader->events_since = now;
	loader->check_at = feeds_now() + (again ? DEBOUNCE_NS : LOOK_NS);
}

static void start_downloads(struct loader *loader, uint64_t now)
{
	for (unsigned int i = 0; i < loader->count; i++)
		if (loader->feeds[i].due <= now)
			feed_web_start(loader, &loader->feeds[i]);
}

static void build_if_due(struct loader *loader, uint64_t now)
{
	if (!loader->changed || (loader->downloads && now < loader->changed_at + TOGETHER_NS))
		return;
	if (!feeds_build(loader))
		_exit(0);
	for (unsigned int i = 0; i < loader->count; i++)
		feed_notes(loader, &loader->feeds[i]);
}

static int wait_ms(const struct loader *loader)
{
	uint64_t now = feeds_now(), until = loader->check_at;

	for (unsigned int i = 0; i < loader->count; i++)
		if (loader->feeds[i].due < until)
			until = loader->feeds[i].due;
	if (loader->changed && loader->changed_at + TOGETHER_NS < until)
		until = loader->changed_at + TOGETHER_NS;
	return until <= now ? 0 : (int)((until - now) / NS_PER_MS + 1);
}

/* While a check of the files is due soon, further events are left where they are. */
static void wait_for_something(struct loader *loader)
{
	struct pollfd fds[] = {
		{.fd = loader->channel, .events = POLLIN},
		{.fd = loader->parent, .events = POLLIN},
		{.fd = loader->events_since ? -1 : loader->inotify, .events = POLLIN},
	};
	unsigned int count = fds[2].fd < 0 ? 2 : 3;
	int ms = wait_ms(loader);

	if (loader->web)
		feed_web_wait(loader, fds, count, ms);
	else
		poll(fds, count, ms);
	if (fds[1].revents)
		_exit(0);
	if (fds[0].revents)
		hear(loader);
	note_events(loader);
}

void feeds_child_run(const struct feeds_config *config, const struct feed_files *files, int channel,
		     int parent)
{
	struct loader loader = {.channel = channel, .parent = parent, .inotify = -1};

	start(&loader, config, files);
	loader.check_at =
		feeds_now() + DEBOUNCE_NS; /* what changed before the watches were there */
	for (;;) {
		uint64_t now = feeds_now();

		start_downloads(&loader, now);
		check_files(&loader, now);
		if (loader.web)
			feed_web_go_on(&loader);
		build_if_due(&loader, feeds_now());
		wait_for_something(&loader);
	}
}
