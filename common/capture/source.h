/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where packets come from: one interface for every source.
 */
#ifndef COMMON_CAPTURE_SOURCE_H
#define COMMON_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/packet.h"

/* Long enough for every one-line error: what failed, why, what to do. */
#define SOURCE_ERROR_MAX 512

/* Each cause of loss has its own counter. */
struct source_stats {
	uint64_t captured;     /* packets handed to the callback */
	uint64_t unattributed; /* of these, without a process */
	uint64_t truncated;    /* of these, cut */
	uint64_t lost_ring;    /* not captured: ring buffer full */
	uint64_t lost_owner;   /* sockets whose process was not noted: map full */
	uint64_t unreadable;   /* on DNS ports, but no IP packet, or TCP data out of step */
};

typedef void (*packet_fn)(void *context, const struct packet *packet);

struct source;

struct source_operations {
	/*
	 * Hands over all packets that are there; when there are none, waits up to `timeout_ms`
	 * for some. Returns 0, or a negative errno (-EINTR when a signal came).
	 */
	int (*poll)(struct source *source, int timeout_ms, packet_fn fn, void *context);
	/* The counters since opening. */
	void (*stats)(struct source *source, struct source_stats *stats);
	/* Detaches everything and frees the source. */
	void (*close)(struct source *source);
};

/* The first member of every source's own struct. */
struct source {
	const struct source_operations *operations;
};

#endif
