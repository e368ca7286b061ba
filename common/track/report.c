/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From slots and packets to what the callback gets.
 */
#include <string.h>

#include "track/state.h"

static void set_name(struct lookup *l, const struct dns_name *name)
{
	l->question.name.len = name->len;
	l->question.name.labels = name->labels;
	memcpy(l->question.name.wire, name->wire, name->len);
}

static void set_owner(struct lookup *l, const struct owner *owner)
{
	l->has_owner = owner != NULL;
	if (owner)
		l->owner = *owner;
}

static const struct owner *owner_of(const struct packet *packet)
{
	return packet->has_owner ? &packet->owner : NULL;
}

/* On an interface the role is the known process'; it is not part of the transaction. */
static enum lookup_role shown_role(const struct slot *slot)
{
	if (slot->role != ROLE_UNKNOWN || !slot->has_owner || !slot->ifindex)
		return (enum lookup_role)slot->role;
	return slot->serves ? ROLE_SERVER : ROLE_CLIENT;
}

/* All that the query's side knows. */
static struct lookup *from_slot(struct transactions *t, const struct slot *slot,
				enum lookup_event event, uint64_t time)
{
	const struct path *path = &slot->path[slot->last];
	struct lookup *l = &t->lookup;

	l->event = event;
	l->unmatched = UNMATCHED_NOT;
	l->role = shown_role(slot);
	l->number = slot->number;
	l->time = time;
	l->latency = time_since(time, slot->first);
	l->has_latency = true;
	l->attempts = slot->attempts;
	set_owner(l, slot->has_owner ? &slot->owner : NULL);
	l->protocol = path->protocol;
	l->client = path->client;
	l->server = *path_server(path);
	l->id = slot->id;
	l->flags = slot->flags;
	l->opcode = slot->opcode;
	l->has_question = true;
	l->question.type = slot->type;
	l->question.class = slot->wire_class;
	set_name(l, &slot->name);
	l->query_size = slot->query_size;
	l->response_size = slot->transfer.size;
	l->icmp_type = 0;
	l->icmp_code = 0;
	l->no_header = false;
	l->error = 0;
	l->reason = NULL;
	l->responses = slot->transfer.messages;
	l->records = slot->transfer.records;
	l->ifindex = slot->ifindex;
	l->ipv6 = slot->ipv6;
	l->message = NULL;
	return l;
}

/* All that a message alone tells; NULL: none could be read. */
static struct lookup *from_packet(struct transactions *t, const struct packet *packet,
				  struct dns_message *message, enum lookup_role role)
{
	struct lookup *l = &t->lookup;

	l->role = packet->ifindex ? lookup_shown_role(packet, message) : role;
	l->number = 0;
	l->unmatched = UNMATCHED_NOT;
	l->time = packet->time;
	l->latency = 0;
	l->has_latency = false;
	set_owner(l, owner_of(packet));
	l->protocol = packet->protocol;
	l->no_header = !message;
	l->id = message ? message->id : 0;
	l->flags = message ? message->flags : 0;
	l->opcode = message ? message->opcode : 0;
	l->has_question = message && message->has_question;
	if (l->has_question) {
		l->question.type = message->question.type;
		l->question.class = message->question.class;
		set_name(l, &message->question.name);
	}
	l->icmp_type = 0;
	l->icmp_code = 0;
	l->error = 0;
	l->reason = NULL;
	l->responses = message && dns_message_is_response(message);
	l->records = 0;
	l->ifindex = packet->ifindex;
	l->ipv6 = packet->ipv6;
	l->message = message;
	return l;
}

static void hand_over(struct transactions *t)
{
	t->config.ended(t->config.context, &t->lookup);
}

void report_asked(struct transactions *t, const struct slot *slot, const struct packet *packet)
{
	if (t->config.step)
		t->config.step(t->config.context, LOOKUP_ASKED,
			       from_slot(t, slot, LOOKUP_QUERY, packet->time),
			       &packet->destination);
}

void report_truncated(struct transactions *t, const struct slot *slot, const struct packet *packet,
		      struct dns_message *message)
{
	struct lookup *l;

	if (!t->config.step)
		return;
	l = from_slot(t, slot, LOOKUP_RESPONSE, packet->time);
	l->client = packet->destination;
	l->server = packet->source;
	l->flags = message->flags;
	l->response_size = packet->wire_size;
	l->message = message;
	t->config.step(t->config.context, LOOKUP_TRUNCATED, l, &packet->source);
}

void report_answer(struct transactions *t, const struct slot *slot, const struct packet *packet,
		   struct dns_message *message)
{
	struct lookup *l = from_slot(t, slot, LOOKUP_ANSWER, packet->time);

	if (!slot->has_owner) {
		set_owner(l, owner_of(packet));
		if (slot->role == ROLE_UNKNOWN)
			l->role = lookup_shown_role(packet, message);
	}
	l->protocol = packet->protocol;
	l->client = packet->destination;
	l->server = packet->source;
	l->flags = message->flags;
	if (!l->responses) {
		l->responses = 1;
		l->response_size = packet->wire_size;
	}
	l->ifindex = packet->ifindex;
	l->ipv6 = packet->ipv6;
	l->message = message;
	hand_over(t);
}

void report_timeout(struct transactions *t, const struct slot *slot)
{
	from_slot(t, slot, LOOKUP_TIMEOUT, slot->deadline);
	hand_over(t);
}

void report_refusal(struct transactions *t, const struct slot *slot)
{
	int error = slot->refused_error;
	struct lookup *l =
		from_slot(t, slot, error ? LOOKUP_SEND_FAILED : LOOKUP_REFUSED, slot->refused_time);

	l->error = error;
	l->icmp_type = slot->icmp_type;
	l->icmp_code = slot->icmp_code;
	hand_over(t);
}

void report_failure(struct transactions *t, const struct packet *packet,
		    struct dns_message *message, enum lookup_role role, const struct owner *owner)
{
	struct lookup *l = from_packet(t, packet, message, role);
	bool response = message ? dns_message_is_response(message) : packet_is_from_server(packet);

	l->event = packet->kind == PACKET_SEND_FAILED ? LOOKUP_SEND_FAILED : LOOKUP_DROPPED;
	l->error = packet->kind == PACKET_SEND_FAILED ? packet->code : 0;
	l->reason = packet->kind == PACKET_DROPPED ? packet->reason : NULL;
	l->attempts = packet->kind == PACKET_SEND_FAILED && !response;
	l->client = response ? packet->destination : packet->source;
	l->server = response ? packet->source : packet->destination;
	if (!response && packet->has_asked)
		l->server = packet->asked;
	l->query_size = message && !response ? packet->wire_size : 0;
	l->response_size = message && response ? packet->wire_size : 0;
	l->message = NULL;
	if (!packet->has_owner && owner)
		set_owner(l, owner);
	hand_over(t);
}

void report_query(struct transactions *t, const struct packet *packet, struct dns_message *message,
		  enum lookup_role role)
{
	struct lookup *l = from_packet(t, packet, message, role);

	l->event = LOOKUP_QUERY;
	l->attempts = 1;
	l->client = packet->source;
	l->server = packet->has_asked ? packet->asked : packet->destination;
	l->query_size = packet->wire_size;
	l->response_size = 0;
	hand_over(t);
}

void report_response(struct transactions *t, const struct packet *packet,
		     struct dns_message *message, enum lookup_role role,
		     enum lookup_unmatched unmatched, const struct report_origin *origin)
{
	struct lookup *l = from_packet(t, packet, message, role);

	l->event = LOOKUP_RESPONSE;
	l->unmatched = unmatched;
	l->attempts = origin->attempts;
	if (origin->attempts) {
		l->has_latency = true;
		l->latency = time_since(packet->time, origin->first);
		if (origin->owner)
			set_owner(l, origin->owner);
	}
	l->client = packet->destination;
	l->server = packet->source;
	l->query_size = 0;
	l->response_size = packet->wire_size;
	hand_over(t);
}
