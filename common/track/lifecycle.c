/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ends of transactions: the ways out of the table.
 */
#include "track/state.h"

static void leave(struct transactions *t, struct slot *slot, enum recent_state state, uint64_t time)
{
	recent_add(&t->recent, slot, state, time);
	table_remove(&t->table, slot);
	t->stats.pending--;
}

void end_answered(struct transactions *t, struct slot *slot, const struct packet *packet,
		  struct dns_message *message)
{
	report_answer(t, slot, packet, message);
	leave(t, slot, RECENT_ANSWERED, packet->time);
}

void end_held(struct transactions *t, struct slot *slot)
{
	struct held_answer *answer = &t->held.answers[slot->held];
	uint32_t number = slot->held;

	end_answered(t, slot, &answer->packet, &answer->message);
	held_drop(&t->held, number);
}

void end_timeout(struct transactions *t, struct slot *slot)
{
	report_timeout(t, slot);
	leave(t, slot, RECENT_GIVEN_UP, slot->deadline);
}

void end_refused(struct transactions *t, struct slot *slot)
{
	report_refusal(t, slot);
	leave(t, slot, RECENT_GIVEN_UP, slot->refused_time);
}

static void (*const end_due[SLOT_STATES])(struct transactions *t, struct slot *slot) = {
	[SLOT_WAITING] = end_timeout,
	[SLOT_REFUSED] = end_refused,
	[SLOT_HELD] = end_held,
};

static struct slot *next_due(const struct transactions *t)
{
	struct slot *first = NULL;
	unsigned int state;

	for (state = 0; state < SLOT_STATES; state++) {
		struct slot *head = table_head(&t->table, state);

		if (head && (!first || head->deadline < first->deadline))
			first = head;
	}
	return first;
}

void transactions_expire(struct transactions *t, uint64_t now)
{
	struct slot *slot;

	while ((slot = next_due(t)) && slot->deadline <= now)
		end_due[slot->state](t, slot);
}

void transactions_finish(struct transactions *t)
{
	struct slot *slot;

	while ((slot = table_head(&t->table, SLOT_HELD)) ||
	       (slot = table_head(&t->table, SLOT_REFUSED)))
		end_due[slot->state](t, slot);
}

uint64_t transactions_next_deadline(const struct transactions *t)
{
	const struct slot *slot = next_due(t);

	return slot ? slot->deadline : UINT64_MAX;
}
