/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --alert file:PATH: JSON lines, appended. The child stays the user who opened the file, so that it
 * can open it anew when it was renamed; it reads nothing but our own lines.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "export/sink_backend.h"

/* What a file ends with that could not be made whole again: the next line begins on its own. */
struct file {
	bool torn;
};

static bool check(const char *path, char error[SINK_ERROR_MAX])
{
	snprintf(error, SINK_ERROR_MAX, "is not file:PATH");
	return *path != '\0';
}

/* O_NONBLOCK: opening a pipe or a device shall not wait for somebody. */
static int open_path(const char *path)
{
	struct stat status;
	int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

static bool open_file(struct sink_target *target, char error[SINK_ERROR_MAX])
{
	target->state = calloc(1, sizeof(struct file));
	target->fd = target->state ? open_path(target->argument) : -1;
	if (target->fd < 0)
		snprintf(error, SINK_ERROR_MAX, "%s",
			 errno == EINVAL || errno == ENXIO ? "is not a regular file"
							   : strerror(errno));
	return target->fd >= 0;
}

/*
 * A line is in the file as a whole or not at all: what was written of it is cut off again, unless
 * another process has appended something meanwhile.
 */
static void cut_off(const struct sink_target *target, off_t written)
{
	off_t end = lseek(target->fd, 0, SEEK_CUR);
	struct file *file = target->state;
	struct stat status;

	if (fstat(target->fd, &status) < 0 || status.st_size != end ||
	    ftruncate(target->fd, end - written) < 0)
		file->torn = true;
}

static enum sink_outcome deliver(struct sink_target *target, struct sink_attempt *attempt)
{
	struct file *file = target->state;
	const struct iovec line[] = {
		{.iov_base = (void *)"\n", .iov_len = file->torn},
		{.iov_base = (void *)attempt->alert.text, .iov_len = attempt->alert.size},
		{.iov_base = (void *)"\n", .iov_len = 1},
	};
	size_t size = file->torn + attempt->alert.size + 1;
	ssize_t n;

	do {
		n = writev(target->fd, line, sizeof(line) / sizeof(line[0]));
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)size) {
		file->torn = false;
		return SINK_DELIVERED;
	}
	attempt->failure = sink_failure(SINK_ERRNO, n < 0 ? errno : ENOSPC);
	if (n > 0)
		cut_off(target, n);
	return SINK_AGAIN;
}

static int reopen(struct sink_target *target)
{
	struct file *file = target->state;
	int fd = open_path(target->argument);

	if (fd < 0)
		return errno;
	close(target->fd);
	target->fd = fd;
	file->torn = false;
	return 0;
}

const struct sink_backend sink_file = {
	.kind = "file",
	.confinement = {.calls = CONFINE_APPEND_FILES, .same_user = true, .any_file = true},
	.check = check,
	.open = open_file,
	.deliver = deliver,
	.reopen = reopen,
};
