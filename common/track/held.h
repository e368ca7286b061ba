/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of truncated answers, kept while a TCP query may yet follow.
 */
#ifndef COMMON_TRACK_HELD_H
#define COMMON_TRACK_HELD_H

#include <stdint.h>

#include "capture/packet.h"
#include "dns/message.h"
#include "track/arena.h"

#define HELD_MAX  64
#define HELD_SIZE 4096 /* octets of one message */

struct held_answer {
	struct packet packet; /* without payload */
	struct dns_message message;
	uint32_t next_free;
	uint8_t octets[HELD_SIZE];
};

struct held {
	struct held_answer *answers; /* numbers count from 1; [0] is not used */
	uint32_t used;
	uint32_t fresh;
	uint32_t free;
};

void held_layout(struct held *held, struct arena *arena);
/* Returns the copy's number, or 0 when there is no room or the message is too large. */
uint32_t held_keep(struct held *held, const struct packet *packet,
		   const struct dns_message *message);
void held_drop(struct held *held, uint32_t number);

#endif
