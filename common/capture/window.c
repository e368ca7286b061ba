/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/window.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As much as fits into a processor's cache, and is more than a read's own cost. */
#define CHUNK (256 * 1024)

bool window_open(struct window *w, int fd, bool waits)
{
	*w = (struct window){.fd = fd, .waits = waits, .size = 2 * CHUNK};
	w->buffer = malloc(w->size);
	return w->buffer != NULL;
}

void window_close(struct window *w)
{
	free(w->buffer);
	w->buffer = NULL;
}

static void move_to_front(struct window *w)
{
	size_t size = window_size(w);

	if (w->begin == 0)
		return;
	memmove(w->buffer, w->buffer + w->begin, size);
	w->begin = 0;
	w->end = size;
}

static enum window_result fail(struct window *w)
{
	w->error = errno;
	return WINDOW_FAILED;
}

static enum window_result wait_for_octets(struct window *w, int timeout_ms)
{
	struct pollfd p = {.fd = w->fd, .events = POLLIN};
	int n = poll(&p, 1, timeout_ms);

	if (n < 0)
		return fail(w);
	return n ? WINDOW_READY : WINDOW_WAITING;
}

static enum window_result read_more(struct window *w, int timeout_ms)
{
	ssize_t n;

	if (w->waits) {
		enum window_result result = wait_for_octets(w, timeout_ms);

		if (result != WINDOW_READY)
			return result;
	}
	n = read(w->fd, w->buffer + w->end, CHUNK);
	if (n < 0)
		return fail(w);
	w->end += (size_t)n;
	return n ? WINDOW_READY : WINDOW_ENDED;
}

/* For a whole read behind what is wanted. */
static bool make_room(struct window *w, size_t n)
{
	uint8_t *larger;

	if (n + CHUNK <= w->size)
		return true;
	larger = realloc(w->buffer, n + CHUNK);
	if (!larger)
		return false;
	w->buffer = larger;
	w->size = n + CHUNK;
	return true;
}

enum window_result window_want(struct window *w, size_t n, int timeout_ms)
{
	enum window_result result = WINDOW_READY;

	if (window_size(w) >= n)
		return WINDOW_READY;
	move_to_front(w);
	if (!make_room(w, n))
		return fail(w);
	while (result == WINDOW_READY && window_size(w) < n)
		result = read_more(w, timeout_ms);
	return result;
}
