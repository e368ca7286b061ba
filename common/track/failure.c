/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to packets inside this host: sends that fail, and drops.
 */
#include <errno.h>

#include "track/state.h"

/*
 * An earlier attempt along the same path may yet be answered; unless the error is the network's
 * word about that one, which the socket kept for its next call.
 */
static bool is_last_word(const struct slot *slot, const struct packet *packet)
{
	return !slot->waiting || packet->code == ECONNREFUSED;
}

void take_send_failure(struct transactions *t, const struct packet *packet,
		       struct dns_message *message, enum lookup_role role)
{
	bool query = message && !dns_message_is_response(message);
	struct slot *slot;

	t->stats.queries += query;
	if (!query || !message->has_question) {
		report_failure(t, packet, message, role, NULL);
		return;
	}
	slot = take_query(t, packet, message, role);
	if (is_last_word(slot, packet))
		refuse_last(t, slot, packet);
}

/* Where no socket tells it, a dropped answer is known by the query that it belongs to. */
void take_drop(struct transactions *t, const struct packet *packet, struct dns_message *message,
	       enum lookup_role role)
{
	const struct owner *asker = NULL;

	if (role != ROLE_SERVER && message && dns_message_is_response(message))
		asker = find_asker(t, packet, message);
	report_failure(t, packet, message, asker ? ROLE_CLIENT : role, asker);
}
