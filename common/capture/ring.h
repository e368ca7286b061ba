/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records that BPF programs write into the ring buffer, as packets; and what they lost.
 */
#ifndef COMMON_CAPTURE_RING_H
#define COMMON_CAPTURE_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/lib/record.h"
#include "capture/intake.h"

struct ring;
struct tally;

/* The name of a drop reason (PACKET_DROPPED); lives as long as the source. */
typedef const char *(*ring_reason_fn)(void *context, int32_t code);

/*
 * `buffer`, `losses` and `control` are the maps of common/bpf/lib; they stay the caller's.
 * NULL on failure: then `error` is one line. None of the calls below needs privileges.
 */
struct ring *ring_open(int buffer, int losses, int control, struct intake *intake,
		       char error[SOURCE_ERROR_MAX]);
void ring_close(struct ring *ring);

/* Without it, PACKET_DROPPED has the reason "UNKNOWN". */
void ring_reasons(struct ring *ring, ring_reason_fn fn, void *context);

/* Records wait in it; it is asked before one is passed on. */
void ring_tally(struct ring *ring, struct tally *tally);
/* Hands a record to the intake; `ring` is a struct ring. */
void ring_record(void *ring, const struct socket_record *record);

/*
 * As source_operations.poll(): hands records to the intake, waits up to `timeout_ms` where there
 * are none. Not all of them at once, where others come meanwhile.
 */
int ring_poll(struct ring *ring, int timeout_ms);

/* As source.behind. */
uint64_t ring_behind(const struct ring *ring);

/* As source_operations.flush(): all that came before the last ring_poll() is handed over. */
void ring_flush(struct ring *ring);

/* Adds lost_ring, lost_owner, unreadable and fragments. */
void ring_add_losses(const struct ring *ring, struct source_stats *stats);

#endif
