/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zone transfers: which of many messages is the last one (AXFR: RFC 5936, section 2.2;
 * IXFR: RFC 1995, section 4). Pure.
 */
#ifndef COMMON_TRACK_TRANSFER_H
#define COMMON_TRACK_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/message.h"

/* All zero: no message has come. */
struct transfer {
	uint64_t size; /* octets of all messages */
	uint32_t messages;
	uint32_t records; /* of all answer sections, as far as they could be read */
	uint32_t soas;	  /* of these */
	uint32_t serial;  /* the first SOA's: the zone's version that is sent */
	uint32_t known;	  /* the version that the client has; valid when has_known */
	bool has_known;
};

/* A query: notes the version that an IXFR starts from. */
void transfer_begin(struct transfer *t, const struct dns_message *query);

/*
 * The next message of the answer to a query of this type, of `wire_size` octets. True when no other
 * follows: the closing SOA came, or it is an error, up to date, or no transfer at all.
 */
bool transfer_take(struct transfer *t, uint16_t type, struct dns_message *message,
		   uint32_t wire_size);

#endif
