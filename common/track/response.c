/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Responses: which transaction one ends, or why it ends none.
 */
#include <netinet/in.h>

#include "dns/codes.h"
#include "track/state.h"

#define TC_GRACE 1000000000u /* ns, for the TCP query after a truncated answer */

struct response {
	const struct packet *packet;
	struct dns_message *message;
	struct path path;
	bool damaged;	/* a question that cannot be read: no resolver takes it */
	struct key key; /* valid when message->has_question */
};

/* The transaction in flight with this id and question, and the right socket and server. */
static struct slot *find_with_question(const struct transactions *t, const struct response *r)
{
	const struct index *x = &t->table.by_key;
	uint32_t n = index_first(x, r->key.hash);
	unsigned int i;

	for (i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(x, n)) {
		struct slot *slot = table_slot(&t->table, n);

		if (slot_has_key(slot, &r->key) && slot_answered_by(slot, &r->path))
			return slot;
	}
	return NULL;
}

/* The oldest one with this id, socket and server, whatever it asked. */
static struct slot *find_by_id(const struct transactions *t, const struct response *r)
{
	const struct index *x = &t->table.by_id;
	uint32_t n = index_first(x, path_hash_id(&r->path, r->message->id));
	struct slot *found = NULL;
	unsigned int i;

	for (i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(x, n)) {
		struct slot *slot = table_slot_of(&t->table, n);
		const struct path *path = &slot->path[table_path_of(n)];

		if (slot->id == r->message->id && slot->opcode == r->message->opcode &&
		    path_same_socket(path, &r->path) && path_answers_from(path, &r->path.server) &&
		    (!found || slot->state != SLOT_HELD))
			found = slot;
	}
	return found;
}

static bool is_from_other_server(const struct transactions *t, const struct response *r)
{
	const struct index *x = &t->table.by_key;
	uint32_t n = index_first(x, r->key.hash);
	unsigned int i;

	for (i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(x, n)) {
		const struct slot *slot = table_slot(&t->table, n);

		if (slot_has_key(slot, &r->key) && slot_has_socket(slot, &r->path))
			return true;
	}
	return false;
}

static bool has_other_id(const struct transactions *t, const struct response *r)
{
	const struct index *x = &t->table.by_port;
	uint32_t n = index_first(x, path_hash_port(&r->path));
	unsigned int i;

	for (i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(x, n)) {
		const struct slot *slot = table_slot_of(&t->table, n);
		const struct path *path = &slot->path[table_path_of(n)];

		if (slot->question_hash == r->key.question_hash && slot->type == r->key.type &&
		    dns_name_equal(&slot->name, r->key.name) && path_same_socket(path, &r->path) &&
		    path_answers_from(path, &r->path.server))
			return true;
	}
	return false;
}

/* Against what is in flight; what has ended was looked for before. */
static enum lookup_unmatched why_unmatched(const struct transactions *t, const struct response *r)
{
	bool has_question = r->message->has_question;

	if (has_question && is_from_other_server(t, r))
		return UNMATCHED_SERVER;
	if ((has_question || r->damaged) && find_by_id(t, r))
		return UNMATCHED_QUESTION;
	if (has_question && has_other_id(t, r))
		return UNMATCHED_ID;
	return UNMATCHED_NO_QUERY;
}

static void unmatched(struct transactions *t, const struct response *r, enum lookup_unmatched why,
		      const struct report_origin *origin)
{
	t->stats.unmatched++;
	report_response(t, r->packet, r->message, (enum lookup_role)r->path.role, why, origin);
}

/* A second answer while the first, truncated one is held. */
static void again(struct transactions *t, const struct response *r, const struct slot *slot)
{
	struct report_origin origin = {
		.attempts = slot->attempts,
		.first = slot->first,
		.owner = slot->has_owner ? &slot->owner : NULL,
	};

	unmatched(t, r, UNMATCHED_DUPLICATE, &origin);
}

/* An answer to what has ended already; true when it is one. */
static bool answers_ended(struct transactions *t, const struct response *r)
{
	const struct key *key = r->message->has_question ? &r->key : NULL;
	struct recent_path *p = recent_find(&t->recent, &r->path, r->message, key);
	struct report_origin origin;

	if (!p)
		return false;
	origin.attempts = p->attempts;
	origin.first = p->first;
	origin.owner = p->has_owner ? &p->owner : NULL;
	unmatched(t, r, p->state == RECENT_GIVEN_UP ? UNMATCHED_LATE : UNMATCHED_DUPLICATE,
		  &origin);
	return true;
}

static void not_matched(struct transactions *t, const struct response *r)
{
	static const struct report_origin unknown;

	if (r->damaged || !answers_ended(t, r))
		unmatched(t, r, why_unmatched(t, r), &unknown);
}

static bool is_transfer(const struct slot *slot, const struct packet *packet)
{
	return packet->protocol == IPPROTO_TCP && slot->opcode == DNS_OPCODE_QUERY &&
	       (slot->type == DNS_TYPE_AXFR || slot->type == DNS_TYPE_IXFR);
}

static void matched(struct transactions *t, const struct response *r, struct slot *slot)
{
	if (r->packet->protocol == IPPROTO_UDP && r->message->flags & DNS_FLAG_TC) {
		slot->held = held_keep(&t->held, r->packet, r->message);
		if (slot->held) {
			table_set_state(&t->table, slot, SLOT_HELD,
					time_after(r->packet->time, TC_GRACE));
			report_truncated(t, slot, r->packet, r->message);
			return;
		}
	}
	if (is_transfer(slot, r->packet) &&
	    !transfer_take(&slot->transfer, slot->type, r->message, r->packet->wire_size))
		table_set_state(&t->table, slot, SLOT_WAITING,
				time_after(r->packet->time, t->config.timeout));
	else
		end_answered(t, slot, r->packet, r->message);
}

static struct slot *find(const struct transactions *t, const struct response *r)
{
	if (r->damaged)
		return NULL;
	return r->message->has_question ? find_with_question(t, r) : find_by_id(t, r);
}

static void read_response(const struct transactions *t, struct response *r,
			  const struct packet *packet, struct dns_message *message,
			  enum lookup_role role)
{
	r->packet = packet;
	r->message = message;
	r->damaged = !message->has_question && message->count[DNS_SECTION_QUESTION];
	path_of_response(&r->path, packet, role);
	r->path.ifindex = path_ifindex(t, packet);
	if (message->has_question)
		key_of_message(&r->key, message, &r->path);
}

const struct owner *find_asker(const struct transactions *t, const struct packet *packet,
			       struct dns_message *message)
{
	const struct recent_path *p;
	const struct slot *slot;
	struct response r;

	read_response(t, &r, packet, message, ROLE_CLIENT);
	slot = find(t, &r);
	if (slot)
		return slot->has_owner ? &slot->owner : NULL;
	p = r.damaged ? NULL
		      : recent_find(&t->recent, &r.path, message,
				    message->has_question ? &r.key : NULL);
	return p && p->has_owner ? &p->owner : NULL;
}

void take_response(struct transactions *t, const struct packet *packet, struct dns_message *message,
		   enum lookup_role role)
{
	struct response r;
	struct slot *slot;

	read_response(t, &r, packet, message, role);
	slot = find(t, &r);
	if (!slot)
		not_matched(t, &r);
	else if (slot->state == SLOT_HELD)
		again(t, &r, slot);
	else
		matched(t, &r, slot);
}
