/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buffered output with its errors remembered: one write(2) for a batch of lines.
 */
#ifndef COMMON_CLI_OUTPUT_H
#define COMMON_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct output {
	int fd;
	int error; /* errno of the write that failed; then everything after it is discarded */
	char *buffer;
	size_t size;
	size_t used;
};

/*
 * To be called before anything is opened: standard descriptors that are closed fail in every use,
 * but are taken, so that no file of the tool's own becomes one and gets what is printed.
 */
void output_reserve(void);

/* False when memory is short. */
bool output_open(struct output *o, int fd, size_t size);
void output_close(struct output *o);

void output_flush(struct output *o);
/* For what is longer than the room left; called by output_put(). */
void output_put_slowly(struct output *o, const char *octets, size_t size);

static inline void output_put(struct output *o, const char *octets, size_t size)
{
	if (__builtin_expect(size > o->size - o->used, 0)) {
		output_put_slowly(o, octets, size);
		return;
	}
	__builtin_memcpy(o->buffer + o->used, octets, size);
	o->used += size;
}

void output_string(struct output *o, const char *text);
/* Lines of at most 1023 octets, for what is printed once: headings and summaries. */
void output_print(struct output *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Writes what is left. Returns the tool's exit status: 0, also when the reader closed the pipe;
 * 1 after one line on stderr when the output could not be written, as on a full device.
 */
int output_finish(struct output *o, const char *tool);

#endif
