/* SPDX-License-Identifier: Apache-2.0 */
#include "export/feed_file.h"
#include "export/file_state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#define CHUNK	   65536
#define SETTLED_NS (300 * NS_PER_MS) /* without a change: whoever writes the file is done */
#define EVENTS                                                                                     \
	(IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_TO |            \
	 IN_MOVED_FROM)

bool feed_is_url(const char *source)
{
	return strncasecmp(source, "http://", 7) == 0 || strncasecmp(source, "https://", 8) == 0;
}

static const char *source_at(const struct feeds_config *config, unsigned int tag)
{
	return tag < config->block_count ? config->block[tag]
					 : config->allow[tag - config->block_count];
}

static int open_file(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
		close(fd);
		errno = EISDIR;
		return -1;
	}
	return fd;
}

bool feed_files_open(struct feed_files *files, const struct feeds_config *config,
		     char error[SOURCE_ERROR_MAX])
{
	for (unsigned int tag = 0; tag < config->block_count + config->allow_count; tag++) {
		const char *source = source_at(config, tag);

		files->of[tag] = -1;
		if (feed_is_url(source))
			continue;
		files->of[tag] = open_file(source);
		if (files->of[tag] < 0) {
			snprintf(error, SOURCE_ERROR_MAX, "%.300s: %s", source, strerror(errno));
			return false;
		}
		files->fds[files->count++] = files->of[tag];
	}
	return true;
}

void feed_files_close(struct feed_files *files)
{
	while (files->count)
		close(files->fds[--files->count]);
}

static void watch_folder(const struct loader *loader, const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash)
		snprintf(folder, sizeof(folder), ".");
	else
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1), path);
	inotify_add_watch(loader->inotify, folder, EVENTS | IN_ONLYDIR);
}

/* The folder of the path, and that of the file where the path is a link to it. */
void feed_file_watch(struct loader *loader, const struct feed *feed)
{
	char real[PATH_MAX];

	if (loader->inotify < 0)
		return;
	watch_folder(loader, feed->source);
	if (realpath(feed->source, real))
		watch_folder(loader, real);
}

/* 0 at the end; a negative errno. */
static ssize_t read_chunk(const struct feed *feed, char *chunk, uint64_t at)
{
	ssize_t n;

	do
		n = S_ISREG(feed->seen.st_mode) ? pread(feed->fd, chunk, CHUNK, (off_t)at)
						: read(feed->fd, chunk, CHUNK);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* A pipe may have nothing for a while, or for ever: then the tool's end is the child's. */
static void wait_for_data(const struct loader *loader, const struct feed *feed)
{
	struct pollfd fds[] = {
		{.fd = S_ISREG(feed->seen.st_mode) ? -1 : feed->fd, .events = POLLIN},
		{.fd = loader->parent, .events = POLLIN},
		{.fd = loader->channel},
	};

	poll(fds, 3, fds[0].fd < 0 ? 0 : -1);
	if (fds[1].revents || fds[2].revents)
		_exit(0);
}

/* NULL, or why it could not be read to its end. */
static const char *read_all(const struct loader *loader, const struct feed *feed,
			    struct feed_parse *parse)
{
	static char chunk[CHUNK];
	uint64_t at = 0;
	ssize_t n;

	for (;;) {
		wait_for_data(loader, feed);
		n = read_chunk(feed, chunk, at);
		if (n <= 0)
			return n < 0 ? strerror((int)-n) : NULL;
		feed_parse_take(parse, chunk, (size_t)n);
		at += (uint64_t)n;
		if (at > loader->config.size_max)
			return "it is larger than a list may be";
	}
}

void feed_file_load(struct loader *loader, struct feed *feed)
{
	static struct feed_parse parse;
	const char *why;

	if (fstat(feed->fd, &feed->seen) < 0)
		memset(&feed->seen, 0, sizeof(feed->seen));
	feed_begin(loader, feed, &parse);
	why = read_all(loader, feed, &parse);
	if (!why) {
		feed_take(loader, feed, &parse);
		return;
	}
	feed_names_free(&parse.names);
	feed_trouble(loader, feed, why);
}

static bool is_being_written(const struct stat *status)
{
	struct timespec now;
	int64_t age;

	clock_gettime(CLOCK_REALTIME, &now);
	age = ((int64_t)now.tv_sec - status->st_ctim.tv_sec) * (int64_t)NS_PER_S + now.tv_nsec -
	      status->st_ctim.tv_nsec;
	return age >= 0 && age < (int64_t)SETTLED_NS;
}

/* The path has another file now than the one that is open. */
static bool take_other_file(struct loader *loader, struct feed *feed)
{
	int fd = open_file(feed->source);

	if (fd < 0)
		return false;
	close(feed->fd);
	feed->fd = fd;
	feed_file_watch(loader, feed);
	return true;
}

/* What the path leads to cannot be read by nobody; what is open still can. */
static bool read_as_opened(struct loader *loader, struct feed *feed, const struct stat *found)
{
	struct stat open_one;

	if (fstat(feed->fd, &open_one) < 0 || !open_one.st_nlink ||
	    (found && !file_is_same(&open_one, found))) {
		feed_trouble(loader, feed,
			     "another file is in its place, and not readable without privileges: "
			     "make it so, or restart");
		memset(&feed->seen, 0, sizeof(feed->seen));
		return false;
	}
	return found || !file_is_unchanged(&open_one, &feed->seen);
}

/* Neither there nor to be looked at. */
static void no_file(struct loader *loader, struct feed *feed, int error)
{
	feed_trouble(loader, feed, strerror(error));
	memset(&feed->seen, 0, sizeof(feed->seen));
}

bool feed_file_check(struct loader *loader, struct feed *feed, bool anyway)
{
	uint64_t waited = loader->events_since ? feeds_now() - loader->events_since : 0;
	struct stat found;
	bool hidden = false;

	if (!S_ISREG(feed->seen.st_mode) && feed->seen.st_mode)
		return false; /* a pipe: it has been read */
	if (stat(feed->source, &found) < 0) {
		hidden = errno == EACCES;
		if (!hidden) {
			no_file(loader, feed, errno);
			return false;
		}
	}
	if (!anyway && !hidden && file_is_unchanged(&found, &feed->seen))
		return false;
	if (!anyway && !hidden && is_being_written(&found) && waited < FEED_WRITING_MAX_NS)
		return true;
	if ((!hidden && take_other_file(loader, feed)) ||
	    read_as_opened(loader, feed, hidden ? NULL : &found))
		feed_file_load(loader, feed);
	return false;
}
