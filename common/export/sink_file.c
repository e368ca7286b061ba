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
#include <unistd.h>

#include "export/sink_backend.h"

struct file {
	bool torn; /* it ends with half a line that could not be cut off: the next begins anew */
	char line[SINK_ALERT_MAX + 2];
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

static size_t make_line(struct file *file, const struct sink_alert *alert)
{
	char *end = file->line;

	if (file->torn)
		*end++ = '\n';
	end = mempcpy(end, alert->text, alert->size);
	*end++ = '\n';
	return (size_t)(end - file->line);
}

/* How much was written; when that is not all, errno says why. */
static size_t write_all(int fd, const char *text, size_t size)
{
	size_t written = 0;

	while (written < size) {
		ssize_t n = write(fd, text + written, size - written);

		if (n > 0)
			written += (size_t)n;
		else if (n == 0 || errno != EINTR)
			break;
	}
	return written;
}

/*
 * A line is in the file as a whole or not at all: what was written of it is cut off again, unless
 * another process has appended something meanwhile.
 */
static void cut_off(const struct sink_target *target, size_t written)
{
	off_t end = lseek(target->fd, 0, SEEK_CUR);
	struct file *file = target->state;
	struct stat status;

	if (fstat(target->fd, &status) < 0 || status.st_size != end ||
	    ftruncate(target->fd, end - (off_t)written) < 0)
		file->torn = true;
}

static enum sink_outcome deliver(struct sink_target *target, struct sink_attempt *attempt)
{
	struct file *file = target->state;
	size_t size = make_line(file, &attempt->alert);
	size_t written = write_all(target->fd, file->line, size);

	if (written == size) {
		file->torn = false;
		return SINK_DELIVERED;
	}
	attempt->failure = sink_failure(SINK_ERRNO, errno);
	if (written > 0)
		cut_off(target, written);
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
