/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries and answers that only repeat what was seen before, which the kernel counts by itself:
 * common/bpf/lib/novelty.bpf.h. What it counted comes with the next packet of the same name, as
 * packet.repeats; here is the account of it all.
 */
#ifndef COMMON_CAPTURE_NOVELTY_H
#define COMMON_CAPTURE_NOVELTY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bpf/lib/novelty.h"
#include "capture/config.h"
#include "capture/source.h"

struct novelty;

/*
 * Whether it is wanted, and this kernel can do it at the hook of `config`: XDP programs load octets
 * of any number from 5.18 on, filters of AF_PACKET sockets have the room from 6.8 on.
 */
bool novelty_is_possible(const struct capture_config *config);

/* The #defines that the program needs. */
void novelty_write_defines(FILE *out, const struct capture_novelty *config);

/* The name of the table that novelty_open() reads. */
extern const char novelty_map[];

/* `map` stays the caller's. NULL with errno. None of the calls below needs privileges. */
struct novelty *novelty_open(int map);
void novelty_close(struct novelty *n);

/* Adds captured, unattributed and forgotten: what was counted is captured, too. */
void novelty_stats(const struct novelty *n, struct source_stats *stats);

#endif
