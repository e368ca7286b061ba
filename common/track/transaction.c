/* SPDX-License-Identifier: Apache-2.0 */
#include "track/transaction.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "track/state.h"

/* More is refused: nodes are 32 bits. */
#define PENDING_LIMIT (1u << 24)

enum lookup_role lookup_role(const struct packet *packet, const struct dns_message *message)
{
	bool response = message ? dns_message_is_response(message) : packet_is_from_server(packet);

	if (packet->direction == PACKET_DIRECTION_UNKNOWN || packet->ifindex)
		return ROLE_UNKNOWN;
	if (packet->kind == PACKET_UNREACHABLE)
		return ROLE_CLIENT; /* a quoted query is the client's, whoever sends the error */
	return (packet->direction == PACKET_IN) == response ? ROLE_CLIENT : ROLE_SERVER;
}

enum lookup_role lookup_shown_role(const struct packet *packet, const struct dns_message *message)
{
	bool response;

	if (!packet->ifindex || !packet->has_owner || !message)
		return lookup_role(packet, message);
	response = dns_message_is_response(message);
	return (packet->direction == PACKET_IN) == response ? ROLE_CLIENT : ROLE_SERVER;
}

static uint64_t layout(struct transactions *t, uint8_t *base, uint32_t max_pending)
{
	struct arena arena = {.base = base, .used = 0};

	arena_take(&arena, 1, sizeof(*t));
	table_layout(&t->table, &arena, max_pending);
	recent_layout(&t->recent, &arena);
	held_layout(&t->held, &arena);
	return arena.used;
}

struct transactions *transactions_new(const struct transactions_config *config)
{
	struct transactions measure = {0};
	struct transactions *t;
	uint32_t max = config->max_pending ? config->max_pending : 1;
	uint64_t size;

	if (max > PENDING_LIMIT)
		return NULL;
	size = layout(&measure, NULL, max);
	/* calloc() of this size is mmap(): pages never touched are never there. */
	t = size > SIZE_MAX ? NULL : calloc(1, (size_t)size);
	if (!t)
		return NULL;
	layout(t, (uint8_t *)t, max);
	t->config = *config;
	return t;
}

void transactions_free(struct transactions *t)
{
	free(t);
}

const struct transactions_stats *transactions_stats(const struct transactions *t)
{
	return &t->stats;
}

/* The packet that another interface has seen too, on its way through this host. */
static bool seen_elsewhere(const struct slot *slot, const struct path *path)
{
	unsigned int i;

	for (i = 0; i < slot->paths; i++) {
		const struct path *old = &slot->path[i];

		if (old->ifindex != path->ifindex && old->protocol == path->protocol &&
		    endpoint_equal(&old->client, &path->client) &&
		    endpoint_equal(&old->server, &path->server))
			return true;
	}
	return false;
}

/* The same thread asks again, on whatever socket (a server's threads ask nothing). */
static bool same_thread(const struct slot *slot, const struct path *path,
			const struct packet *packet)
{
	return slot->role != ROLE_SERVER && slot->has_owner && packet->has_owner && !slot->serves &&
	       packet->direction != PACKET_IN && slot->owner.pid == packet->owner.pid &&
	       slot->owner.tid == packet->owner.tid && !seen_elsewhere(slot, path);
}

static bool same_conversation(const struct slot *slot, const struct path *path)
{
	unsigned int i;

	for (i = 0; i < slot->paths; i++) {
		const struct path *old = &slot->path[i];
		bool cookies = old->cookie && path->cookie && path->role != ROLE_SERVER;

		if (path_same_socket(old, path) && (cookies || path_same_server(old, path)))
			return true;
	}
	return false;
}

/* The transaction in flight that this query is another attempt of. */
static struct slot *find_earlier(const struct transactions *t, const struct key *key,
				 const struct path *path, const struct packet *packet)
{
	const struct index *x = &t->table.by_key;
	uint32_t n = index_first(x, key->hash);
	unsigned int i;

	for (i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(x, n)) {
		struct slot *slot = table_slot(&t->table, n);

		if (slot_has_key(slot, key) &&
		    (same_conversation(slot, path) || same_thread(slot, path, packet)))
			return slot;
	}
	return NULL;
}

/* All that a server is asked, is asked of the same process. */
static bool same_asker(const struct slot *slot, const struct path *path,
		       const struct packet *packet)
{
	if (path->role != ROLE_SERVER && slot->has_owner && packet->has_owner && !slot->serves)
		return slot->owner.pid == packet->owner.pid;
	return memcmp(slot->path[slot->last].client.address, path->client.address,
		      sizeof(path->client.address)) == 0;
}

/* The oldest truncated answer that this TCP query follows. */
static struct slot *find_held(const struct transactions *t, const struct key *key,
			      const struct path *path, const struct packet *packet)
{
	struct slot *slot;

	if (path->protocol != IPPROTO_TCP)
		return NULL;
	for (slot = table_head(&t->table, SLOT_HELD); slot;
	     slot = table_slot(&t->table, slot->next)) {
		if (slot->question_hash == key->question_hash && slot->type == key->type &&
		    slot->path[slot->last].ifindex == path->ifindex &&
		    dns_name_equal(&slot->name, key->name) && same_asker(slot, path, packet))
			return slot;
	}
	return NULL;
}

static void add_attempt(struct transactions *t, struct slot *slot, const struct packet *packet,
			const struct dns_message *message, const struct path *path)
{
	slot->attempts++;
	slot->ifindex = packet->ifindex;
	slot->query_size = packet->wire_size;
	slot->flags = message->flags;
	slot->ipv6 = packet->ipv6;
	slot->wire_class = message->question.class;
	transfer_begin(&slot->transfer, message);
	if (packet->has_owner) {
		slot->has_owner = true;
		slot->owner = packet->owner;
		slot->serves = packet->direction == PACKET_IN;
	}
	table_add_path(&t->table, slot, path);
}

static void join_held(struct transactions *t, struct slot *slot, const struct key *key,
		      uint64_t time)
{
	recent_add(&t->recent, slot, RECENT_ANSWERED, time);
	held_drop(&t->held, slot->held);
	table_restart(&t->table, slot, key);
}

/* What has a result goes first, with it; else the oldest is given up. */
static void make_room(struct transactions *t)
{
	struct slot *slot;

	if ((slot = table_head(&t->table, SLOT_HELD))) {
		end_held(t, slot);
	} else if ((slot = table_head(&t->table, SLOT_REFUSED))) {
		end_refused(t, slot);
	} else {
		table_remove(&t->table, table_head(&t->table, SLOT_WAITING));
		t->stats.evicted++;
		t->stats.pending--;
	}
}

static struct slot *start(struct transactions *t, const struct key *key,
			  const struct packet *packet, uint64_t deadline)
{
	struct slot *slot;

	if (table_full(&t->table))
		make_room(t);
	slot = table_add(&t->table, key, deadline);
	slot->number = ++t->begun;
	slot->first = packet->time;
	slot->attempts = 0;
	slot->has_owner = slot->serves = false;
	t->stats.pending++;
	return slot;
}

struct slot *take_query(struct transactions *t, const struct packet *packet,
			const struct dns_message *message, enum lookup_role role)
{
	uint64_t deadline = time_after(packet->time, t->config.timeout);
	struct path path;
	struct slot *slot;
	struct key key;

	path_of_query(&path, packet, role);
	path.ifindex = path_ifindex(t, packet);
	key_of_message(&key, message, &path);
	slot = find_held(t, &key, &path, packet);
	if (slot) {
		join_held(t, slot, &key, packet->time);
	} else {
		slot = find_earlier(t, &key, &path, packet);
		/* Whoever asks the same over UDP again took the truncated answer for one. */
		if (slot && slot->state == SLOT_HELD) {
			end_held(t, slot);
			slot = NULL;
		}
	}
	if (slot)
		table_set_state(&t->table, slot, SLOT_WAITING, deadline);
	else
		slot = start(t, &key, packet, deadline);
	add_attempt(t, slot, packet, message, &path);
	report_asked(t, slot, packet);
	return slot;
}

/* RFC 6762, 5.2: asked and answered in multicast, to everybody and without an id. */
static bool is_mdns(const struct packet *packet)
{
	return packet->protocol == IPPROTO_UDP && packet->source.port == MDNS_PORT &&
	       packet->destination.port == MDNS_PORT;
}

static void take_message(struct transactions *t, const struct packet *packet,
			 struct dns_message *message, enum lookup_role role)
{
	static const struct report_origin unknown;
	bool response = dns_message_is_response(message);

	*(response ? &t->stats.responses : &t->stats.queries) += 1;
	if (!message->has_question && message->count[DNS_SECTION_QUESTION])
		t->stats.malformed++;
	if (response && is_mdns(packet))
		report_response(t, packet, message, role, UNMATCHED_NOT, &unknown);
	else if (response)
		take_response(t, packet, message, role);
	else if (is_mdns(packet) || !message->has_question)
		report_query(t, packet, message, role);
	else
		take_query(t, packet, message, role);
}

void transactions_packet(struct transactions *t, const struct packet *packet,
			 struct dns_message *message, enum lookup_role role)
{
	/* An answer after the deadline is late, however long ago the caller looked. */
	transactions_expire(t, packet->time);
	if (packet->kind == PACKET_UNREACHABLE)
		take_unreachable(t, packet);
	else if (packet->kind == PACKET_SEND_FAILED)
		take_send_failure(t, packet, message, role);
	else if (packet->kind == PACKET_DROPPED)
		take_drop(t, packet, message, role);
	else if (message)
		take_message(t, packet, message, role);
	else
		t->stats.malformed++;
}
