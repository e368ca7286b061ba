/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookups that the kernel counts by itself, common/bpf/lib/tally.bpf.h: the counts, and the
 * queries that wait there for too long.
 */
#ifndef COMMON_CAPTURE_TALLY_H
#define COMMON_CAPTURE_TALLY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bpf/lib/tally.h"
#include "capture/config.h"
#include "capture/source.h"

enum tally_map {
	TALLY_MAP_WAITING,
	TALLY_MAP_QUERIES,
	TALLY_MAP_HANDED,
	TALLY_MAP_COUNTS,
	TALLY_MAPS
};

struct tally;

/* A query that was taken back. */
typedef void (*tally_fn)(void *context, const struct socket_record *record);

/*
 * Whether this kernel can, and the lookups of `config` may be counted there: programs compare and
 * swap, on x86_64 from 5.12, on aarch64 from 5.18, on riscv64 from 5.19.
 */
bool tally_is_possible(const struct capture_config *config);

/* The #defines that the program needs. */
void tally_write_defines(FILE *out, const struct capture_tally *config);

/* The names of its tables, TALLY_MAPS of them. */
extern const char *const tally_maps[TALLY_MAPS];

/* `maps` stay the caller's. NULL with errno. None of the calls below needs privileges. */
struct tally *tally_open(const int maps[TALLY_MAPS], uint64_t limit, tally_fn fn, void *context);
void tally_close(struct tally *t);

/* Takes what has waited for the limit; looks ten times a second at most. */
void tally_sweep(struct tally *t);
/* Takes all there is. */
void tally_flush(struct tally *t);

/* Before a record of the ring is passed on: takes what it may refer to. */
void tally_before(struct tally *t, const struct socket_record *record);

/*
 * Since the opening, of all CPUs; but for the extremes, which are extremes[0] and those since the
 * last call.
 */
void tally_read(struct tally *t, enum tally_role role, struct tally_counts *counts);

/* Adds captured and unattributed. */
void tally_stats(const struct tally *t, struct source_stats *stats);

#endif
