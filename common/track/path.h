/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a query went: what its answer must match (RFC 5452, section 9.1).
 */
#ifndef COMMON_TRACK_PATH_H
#define COMMON_TRACK_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/packet.h"
#include "track/transaction.h"

#define MDNS_PORT 5353

struct path {
	uint64_t cookie;
	struct endpoint client;
	struct endpoint server; /* the packet's destination */
	struct endpoint asked;	/* valid when has_asked */
	uint32_t ifindex;	/* 0: any */
	uint8_t protocol;
	uint8_t role; /* enum lookup_role */
	bool has_asked;
	bool multicast;
};

void path_of_query(struct path *path, const struct packet *packet, enum lookup_role role);
/* As the path of the query that this response would answer. */
void path_of_response(struct path *path, const struct packet *packet, enum lookup_role role);

/*
 * On one interface. Cookies decide where both are known, else protocol and the client's address
 * and port.
 */
bool path_same_socket(const struct path *a, const struct path *b);
/* Every field: the same addresses too, asked or not. */
bool path_same_server(const struct path *a, const struct path *b);
/* A message from `from` can be the answer to what went along `path`. */
bool path_answers_from(const struct path *path, const struct endpoint *from);

/* The server to show for a query without an answer. */
const struct endpoint *path_server(const struct path *path);

/* The client's port is the same in a query and its answer, whether the cookie is known or not. */
uint32_t path_hash_port(const struct path *path);
uint32_t path_hash_id(const struct path *path, uint16_t id);

#endif
