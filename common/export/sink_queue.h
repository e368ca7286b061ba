/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alerts on their way from the tool to a sink's child, and the counters of both: one block of
 * shared memory. The tool writes at its head, the child takes from its tail, nobody waits.
 */
#ifndef COMMON_EXPORT_SINK_QUEUE_H
#define COMMON_EXPORT_SINK_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "export/sink.h"

/* What goes wrong, with a number that says more: see sink_failure_text(). */
enum sink_failure_kind {
	SINK_WORKS,
	SINK_ERRNO,
	SINK_REOPEN,  /* errno; the sink works on */
	SINK_CONFINE, /* errno */
	SINK_HTTP,    /* a status code */
	SINK_CURL,    /* a CURLcode */
};

struct sink_failure {
	uint32_t kind;
	int32_t detail;
};

struct sink_alert {
	uint64_t time; /* when it was put: CLOCK_MONOTONIC, ns */
	enum sink_severity severity;
	const char *text;
	size_t size;
};

struct sink_queue {
	/* The tool writes these, */
	_Atomic uint64_t head; /* octets ever put */
	_Atomic uint64_t accepted;
	_Atomic uint64_t close_by; /* CLOCK_MONOTONIC, ns; 0: it is open */
	_Atomic uint32_t hangups;
	/* the child these. */
	_Alignas(64) _Atomic uint64_t tail; /* octets ever taken */
	_Atomic uint64_t delivered, given_up;
	_Atomic(struct sink_failure) failure; /* now */
	_Atomic(struct sink_failure) last;    /* the last one */
	_Atomic uint32_t reopen_failures;
	size_t size;
	char octets[] __attribute__((aligned(16)));
};

/* `size` octets for alerts, a power of two from 4096 on. NULL: errno. */
struct sink_queue *sink_queue_new(size_t size);
void sink_queue_free(struct sink_queue *q);

/* The tool's side. False: it is full. */
bool sink_queue_put(struct sink_queue *q, const struct sink_alert *alert);

/* The child's side: the oldest one, which stays where it is; false: there is none. */
bool sink_queue_first(struct sink_queue *q, struct sink_alert *alert);
/* Removes it and counts it. */
void sink_queue_take(struct sink_queue *q, bool delivered);
/* All that are left, as given up. */
void sink_queue_give_up(struct sink_queue *q);

#endif
