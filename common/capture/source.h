/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where packets come from: one interface for every source.
 */
#ifndef COMMON_CAPTURE_SOURCE_H
#define COMMON_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/lib/tally.h"
#include "capture/packet.h"

/* Long enough for every one-line error: what failed, why, what to do. */
#define SOURCE_ERROR_MAX 512

/* Each cause of loss has its own counter. */
struct source_stats {
	uint64_t captured;     /* packets handed to the callback, or counted in the kernel */
	uint64_t unattributed; /* of these, without a process */
	uint64_t truncated;    /* of these, cut */
	uint64_t lost_ring;    /* not captured: ring buffer full */
	uint64_t lost_owner;   /* sockets whose process was not noted: map full */
	uint64_t unreadable;   /* on DNS ports, but no IP packet, or TCP data out of step */
	uint64_t fragments;    /* later IP fragments: they have no ports, so DNS or not */
	uint64_t forgotten;    /* queries that were counted, but that no packet.repeats tells of */
	uint64_t evicted;      /* unfinished TCP messages that were given up for others */
	uint64_t not_probed; /* C libraries of processes, and functions, whose calls are not seen */
};

typedef void (*packet_fn)(void *context, const struct packet *packet);

struct intake;
struct source;

/* What poll() returns at the end of a file, or when the last interface has gone. */
#define SOURCE_END 1

struct source_operations {
	/*
	 * Hands over all packets that are there; when there are none, waits up to `timeout_ms`
	 * for some. Returns 0, SOURCE_END when there will be no more, or a negative errno (-EINTR
	 * when a signal came). After an error that has words of its own `error` holds one line.
	 */
	int (*poll)(struct source *source, int timeout_ms, packet_fn fn, void *context);
	/*
	 * Hands over what is held back, as poll() would, at the end. NULL: nothing ever is.
	 */
	void (*flush)(struct source *source);
	/*
	 * What the kernel has counted by itself, as tally_read(). False, or NULL: it does not.
	 */
	bool (*tally)(struct source *source, enum tally_role role, struct tally_counts *counts);
	/* The counters since opening. */
	void (*stats)(struct source *source, struct source_stats *stats);
	/*
	 * The name of the interface packet.ifindex, valid until the next call; NULL where it is
	 * not known. May itself be NULL: no packet has an interface.
	 */
	const char *(*interface_name)(struct source *source, uint32_t ifindex);
	/*
	 * The channel of capture/caller_files.h, the source's to close; -1: there is none. NULL:
	 * there never is.
	 */
	int (*caller_files)(struct source *source);
	/* Detaches everything and frees the source. */
	void (*close)(struct source *source);
};

/* The first member of every source's own struct. */
struct source {
	const struct source_operations *operations;
	char error[SOURCE_ERROR_MAX]; /* "": none */
	struct intake *intake;	      /* through which its packets go; close() frees it */
	/*
	 * poll() has left packets for the next one, which came after this time (CLOCK_MONOTONIC,
	 * ns): nothing later is known yet. 0: it has left none.
	 */
	uint64_t behind;
};

#endif
