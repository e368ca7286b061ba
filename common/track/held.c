/* SPDX-License-Identifier: Apache-2.0 */
#include "track/held.h"

#include <string.h>

void held_layout(struct held *held, struct arena *arena)
{
	held->answers = arena_take(arena, HELD_MAX + 1, sizeof(*held->answers));
}

uint32_t held_keep(struct held *held, const struct packet *packet,
		   const struct dns_message *message)
{
	struct held_answer *answer;
	uint32_t number = held->free;

	if (held->used == HELD_MAX || message->size > HELD_SIZE)
		return 0;
	if (number)
		held->free = held->answers[number].next_free;
	else
		number = ++held->fresh;
	held->used++;
	answer = &held->answers[number];
	answer->packet = *packet;
	answer->packet.payload = NULL;
	answer->packet.size = 0;
	answer->message = *message;
	memcpy(answer->octets, message->wire, message->size);
	answer->message.wire = answer->octets;
	return number;
}

void held_drop(struct held *held, uint32_t number)
{
	held->answers[number].next_free = held->free;
	held->free = number;
	held->used--;
}
