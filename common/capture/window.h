/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A moving window over a file or a pipe: big reads, no copy for whoever looks through it, and
 * memory that does not grow with the file.
 */
#ifndef COMMON_CAPTURE_WINDOW_H
#define COMMON_CAPTURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct window {
	int fd;
	bool waits; /* a pipe, a terminal: octets may not be there yet */
	uint8_t *buffer;
	size_t size; /* of the buffer */
	size_t begin, end;
	int error; /* of WINDOW_FAILED: a positive errno */
};

enum window_result {
	WINDOW_READY,
	WINDOW_ENDED,	/* fewer will ever be there: window_size() */
	WINDOW_WAITING, /* not within the timeout */
	WINDOW_FAILED,	/* also EINTR */
};

/* False when memory is short. `fd` stays the caller's. */
bool window_open(struct window *w, int fd, bool waits);
void window_close(struct window *w);

/*
 * Makes `n` octets be there; memory grows to the largest `n`, which is for the caller to bound.
 * What window_octets() gave before is invalid then.
 * `timeout_ms` as in poll(2); it matters only where the window `waits`.
 */
enum window_result window_want(struct window *w, size_t n, int timeout_ms);

static inline const uint8_t *window_octets(const struct window *w)
{
	return w->buffer + w->begin;
}

static inline size_t window_size(const struct window *w)
{
	return w->end - w->begin;
}

/* Moves on. The octets stay where they are until the next window_want(). */
static inline void window_take(struct window *w, size_t n)
{
	w->begin += n;
}

#endif
