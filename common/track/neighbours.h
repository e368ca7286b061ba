/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both sides of an exchange on one host, and processes that ask on behalf of others: what is
 * counted once, and for whom. Part of track/detector.h.
 */
#ifndef COMMON_TRACK_NEIGHBOURS_H
#define COMMON_TRACK_NEIGHBOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "track/arena.h"
#include "track/transaction.h"

struct neighbours {
	struct asked *asked;   /* queries that local processes sent */
	struct served *served; /* processes that were asked about a domain */
	uint64_t *local;       /* addresses that local sockets send from */
};

void neighbours_layout(struct neighbours *n, struct arena *arena);

/* A local process asks. */
void neighbours_ask(struct neighbours *n, const struct lookup *message, uint64_t name);

/*
 * A local server was asked for a name below a domain. True when a local process asked: then that
 * side is counted.
 */
bool neighbours_serve(struct neighbours *n, const struct lookup *message, uint64_t name,
		      uint64_t domain);

/* A local socket sends from the client's address. */
bool neighbours_is_local(const struct neighbours *n, const struct lookup *message);

/* The process is a name server: it was asked by others within the last hour. */
bool neighbours_is_server(const struct neighbours *n, const struct lookup *message);

/* The process has just been asked about this domain by another: it asks for them. */
bool neighbours_forwards(const struct neighbours *n, const struct lookup *message, uint64_t domain);

#endif
