/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tool's side of export/feeds.h.
 */
#include "export/feeds.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "export/child.h"
#include "export/feed_file.h"
#include "export/feeds_child.h"
#include "export/feeds_message.h"

#define TAKEN_AT_ONCE 64 /* messages; the descriptor stays readable */

/* What cannot be changed any more: neither what is in it nor its size. */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct feeds {
	struct feeds_config config;
	char **names; /* of the lists, by tag */
	struct child child;
	int channel; /* -1: the child has ended */
	const struct name_set *set;
	size_t set_size;
};

static bool map_set(struct feeds *feeds, int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	off_t size = lseek(fd, 0, SEEK_END);
	const struct name_set *set;
	void *memory;

	if (seals < 0 || (seals & SEALS) != SEALS || size <= 0)
		return false;
	/* Not shared: of what is sealed against writing, Linux before 6.7 refuses that. */
	memory = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		return false;
	set = name_set_check(memory, (size_t)size);
	if (!set) {
		munmap(memory, (size_t)size);
		return false;
	}
	if (feeds->set)
		munmap((void *)feeds->set, feeds->set_size);
	feeds->set = set;
	feeds->set_size = (size_t)size;
	return true;
}

static void end_channel(struct feeds *feeds)
{
	if (feeds->channel >= 0)
		close(feeds->channel);
	feeds->channel = -1;
}

/* Up to READY: the set is there then. */
static bool wait_for_files(struct feeds *feeds, char error[SOURCE_ERROR_MAX])
{
	struct feeds_message message;
	bool mapped = true;
	int fd;

	for (;;) {
		switch (feeds_receive(feeds->channel, true, &message, &fd)) {
		case FEEDS_ENDED:
			snprintf(error, SOURCE_ERROR_MAX,
				 "lists: the process that loads them "
				 "has ended (out of memory?)");
			return false;
		case FEEDS_NOTHING:
			snprintf(error, SOURCE_ERROR_MAX, "lists: interrupted");
			return false;
		case FEEDS_MESSAGE:
			break;
		}
		if (message.kind == FEEDS_READY) {
			snprintf(error, SOURCE_ERROR_MAX, "lists: no memory for them");
			return mapped;
		}
		if (message.kind == FEEDS_FAILED) {
			snprintf(error, SOURCE_ERROR_MAX, "%.500s", message.line);
			return false;
		}
		if (fd >= 0) {
			mapped = map_set(feeds, fd);
			close(fd);
		}
	}
}

/* Keeps the channel's other end and the files, and never returns in the child. */
static bool start_child(struct feeds *feeds, struct feed_files *files)
{
	int channel[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) < 0)
		return false;
	fflush(NULL);
	files->fds[files->count] = channel[1];
	if (!child_fork(&feeds->child, files->fds, files->count + 1)) {
		close(channel[0]);
		close(channel[1]);
		return false;
	}
	if (feeds->child.pid == 0)
		feeds_child_run(&feeds->config, files, channel[1], feeds->child.other);
	close(channel[1]);
	feeds->channel = channel[0];
	return true;
}

static bool start(struct feeds *feeds, char error[SOURCE_ERROR_MAX])
{
	struct feed_files files = {0};
	bool started = feed_files_open(&files, &feeds->config, error);

	if (started && !start_child(feeds, &files)) {
		snprintf(error, SOURCE_ERROR_MAX, "lists: cannot start a process: %s",
			 strerror(errno));
		started = false;
	}
	feed_files_close(&files);
	return started && wait_for_files(feeds, error) &&
	       fcntl(feeds->channel, F_SETFL, O_NONBLOCK) == 0;
}

static const char *source_of(const struct feeds_config *config, unsigned int tag)
{
	return tag < config->block_count ? config->block[tag]
					 : config->allow[tag - config->block_count];
}

static unsigned int list_count(const struct feeds *feeds)
{
	return feeds->config.block_count + feeds->config.allow_count;
}

static bool name_lists(struct feeds *feeds)
{
	feeds->names = calloc(list_count(feeds) + 1, sizeof(*feeds->names));
	for (unsigned int i = 0; feeds->names && i < list_count(feeds); i++) {
		const char *source = source_of(&feeds->config, i);
		size_t size = strlen(source) + 1;

		feeds->names[i] = malloc(size);
		if (!feeds->names[i])
			return false;
		feed_without_password(feeds->names[i], size, source);
	}
	return feeds->names;
}

static struct feeds *new_feeds(const struct feeds_config *config)
{
	struct feeds *feeds = calloc(1, sizeof(*feeds));

	if (!feeds)
		return NULL;
	feeds->config = *config;
	feeds->channel = feeds->child.other = -1;
	if (name_lists(feeds))
		return feeds;
	feeds_close(feeds);
	return NULL;
}

struct feeds *feeds_open(const struct feeds_config *config, char error[SOURCE_ERROR_MAX])
{
	struct feeds *feeds = NULL;

	if ((uint64_t)config->block_count + config->allow_count > FEEDS_LISTS_MAX)
		snprintf(error, SOURCE_ERROR_MAX, "lists: more than %d", FEEDS_LISTS_MAX);
	else if (!(feeds = new_feeds(config)))
		snprintf(error, SOURCE_ERROR_MAX, "lists: %s", strerror(ENOMEM));
	if (!feeds)
		return NULL;
	if (start(feeds, error))
		return feeds;
	feeds_close(feeds);
	return NULL;
}

int feeds_descriptor(const struct feeds *feeds)
{
	return feeds->channel;
}

bool feeds_take(struct feeds *feeds, feeds_say_fn say, void *context)
{
	struct feeds_message message;
	bool changed = false;
	int fd;

	for (unsigned int i = 0; feeds->channel >= 0 && i < TAKEN_AT_ONCE; i++) {
		enum feeds_received received = feeds_receive(feeds->channel, false, &message, &fd);

		if (received == FEEDS_NOTHING)
			break;
		if (received == FEEDS_ENDED) {
			end_channel(feeds);
			say(context, true,
			    "lists: the process that loads them has ended: they "
			    "stay as they are; restart to have them updated");
		} else if (fd >= 0) {
			if (map_set(feeds, fd))
				changed = true;
			else
				say(context, true,
				    "lists: no memory for the new ones: the old stay");
			close(fd);
		} else {
			say(context, message.kind == FEEDS_TROUBLED, message.line);
		}
	}
	return changed;
}

const struct name_set *feeds_set(const struct feeds *feeds)
{
	return feeds->set;
}

const char *feeds_list(const struct feeds *feeds, uint8_t tag)
{
	return tag < list_count(feeds) ? feeds->names[tag] : "?";
}

/* The socket is full only of the same question: nothing is lost then. */
void feeds_reload(struct feeds *feeds)
{
	if (feeds->channel < 0)
		return;
	while (write(feeds->channel, "", 1) < 0 && errno == EINTR)
		;
}

/*
 * With the tool's seccomp filter the child can be neither killed nor waited for: it ends as soon as
 * it sees that the socket has, and is init's then.
 */
void feeds_close(struct feeds *feeds)
{
	if (!feeds)
		return;
	end_channel(feeds);
	if (feeds->child.other >= 0)
		close(feeds->child.other);
	if (feeds->child.pid > 0 && kill(feeds->child.pid, SIGKILL) == 0)
		while (waitpid(feeds->child.pid, NULL, 0) < 0 && errno == EINTR)
			;
	if (feeds->set)
		munmap((void *)feeds->set, feeds->set_size);
	for (unsigned int i = 0; feeds->names && i < list_count(feeds); i++)
		free(feeds->names[i]);
	free(feeds->names);
	free(feeds);
}
