/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of a capture file, whichever of the two formats it has.
 *
 * One small reader for both instead of libpcap: that hides the comments of pcapng, wants a
 * FILE, and copies each packet; this looks at the octets where read(2) put them.
 */
#ifndef COMMON_CAPTURE_READER_H
#define COMMON_CAPTURE_READER_H

#include "capture/frame.h"
#include "capture/source.h"

struct reader;

enum reader_result {
	READER_FRAME,
	READER_END,
	READER_WAITING,	    /* a pipe: none came within the timeout */
	READER_INTERRUPTED, /* by a signal */
	READER_FAILED,	    /* damaged, cut, or unreadable: one line in `error` */
};

/*
 * Opens `path` ("-": stdin) and reads how it begins, for which it waits. NULL with one line in
 * `error`.
 */
struct reader *reader_open(const char *path, char error[SOURCE_ERROR_MAX]);
void reader_close(struct reader *r);

/* `frame` is valid until the next call. `timeout_ms` as in poll(2), for pipes. */
enum reader_result reader_next(struct reader *r, int timeout_ms, struct frame *frame,
			       char error[SOURCE_ERROR_MAX]);

/* Up to when the file is known to see packets, so far: at least the last frame's time. */
uint64_t reader_time(const struct reader *r);

/* The name of frame.interface, any octets; NULL: none. Valid until the next reader_next(). */
const char *reader_interface(const struct reader *r, uint32_t number);

#endif
