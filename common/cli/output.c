/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Opened for what nobody does with it; the lowest number that is free is taken. */
void output_reserve(void)
{
	static const int useless[] = {
		[STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDONLY};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", useless[fd]) < 0)
			return;
}

bool output_open(struct output *o, int fd, size_t size)
{
	*o = (struct output){.fd = fd, .buffer = malloc(size), .size = size};
	return o->buffer != NULL;
}

void output_close(struct output *o)
{
	free(o->buffer);
	o->buffer = NULL;
}

/* A descriptor that somebody else made non-blocking is waited for. */
static bool wait_until_writable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

static void write_all(struct output *o, const char *octets, size_t size)
{
	while (size > 0 && !o->error) {
		ssize_t n = write(o->fd, octets, size);

		if (n >= 0) {
			octets += n;
			size -= (size_t)n;
		} else if (errno == EAGAIN && wait_until_writable(o->fd)) {
			continue;
		} else if (errno != EINTR) {
			o->error = errno;
		}
	}
}

void output_flush(struct output *o)
{
	write_all(o, o->buffer, o->used);
	o->used = 0;
}

void output_put_slowly(struct output *o, const char *octets, size_t size)
{
	output_flush(o);
	if (size >= o->size) {
		write_all(o, octets, size);
		return;
	}
	memcpy(o->buffer, octets, size);
	o->used = size;
}

void output_string(struct output *o, const char *text)
{
	output_put(o, text, strlen(text));
}

void output_print(struct output *o, const char *format, ...)
{
	char line[1024];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (n > 0)
		output_put(o, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

int output_finish(struct output *o, const char *tool)
{
	output_flush(o);
	if (!o->error || o->error == EPIPE)
		return 0;
	fprintf(stderr, "%s: standard output: %s\n", tool, strerror(o->error));
	return 1;
}
