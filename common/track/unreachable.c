/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP errors: which attempt was refused. And failed sends, which are refused by this host.
 */
#include <netinet/in.h>

#include "track/state.h"

#define REFUSAL_GRACE 250000000u /* ns, for a resolver library to try its next server */

struct refused_path {
	struct slot *slot;
	unsigned int path;
};

/* The quoted packet is the query itself, before or after it was redirected. */
static bool is_quoted(const struct path *path, const struct path *quoted)
{
	return path->protocol == quoted->protocol && path->ifindex == quoted->ifindex &&
	       endpoint_equal(&path->client, &quoted->client) &&
	       (endpoint_equal(&path->server, &quoted->server) ||
		(path->has_asked && endpoint_equal(&path->asked, &quoted->server)));
}

/* The length that a quoted UDP header tells, where the query was the last attempt. */
static bool size_fits(const struct slot *slot, const struct packet *packet)
{
	return slot->attempts > 1 || packet->protocol != IPPROTO_UDP || packet->wire_size == 0 ||
	       slot->query_size == packet->wire_size;
}

/*
 * The oldest query that can be meant. Without an id each of several alike gets an error of its
 * own, so that those that had theirs are passed over; with one the error may be the same again.
 */
static struct refused_path find(const struct transactions *t, const struct packet *packet,
				const struct path *quoted, bool has_id, uint16_t id)
{
	const struct index *x = has_id ? &t->table.by_id : &t->table.by_port;
	uint32_t hash = has_id ? path_hash_id(quoted, id) : path_hash_port(quoted);
	struct refused_path found = {NULL, 0};
	uint32_t n = index_first(x, hash);
	unsigned int i;

	for (i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(x, n)) {
		struct slot *slot = table_slot_of(&t->table, n);
		unsigned int p = table_path_of(n);

		if (has_id ? slot->id != id : (slot->refused >> p & 1))
			continue;
		if (is_quoted(&slot->path[p], quoted) && slot->role == quoted->role &&
		    size_fits(slot, packet))
			found = (struct refused_path){slot, p};
	}
	return found;
}

static void refuse(struct transactions *t, const struct refused_path *found,
		   const struct packet *packet)
{
	struct slot *slot = found->slot;

	slot->refused |= (uint8_t)(1u << found->path);
	if (slot->state != SLOT_WAITING || !slot_all_refused(slot))
		return;
	slot->refused_time = packet->time;
	slot->refused_error = packet->kind == PACKET_SEND_FAILED ? packet->code : 0;
	slot->icmp_type = packet->icmp_type;
	slot->icmp_code = packet->icmp_code;
	table_set_state(&t->table, slot, SLOT_REFUSED, time_after(packet->time, REFUSAL_GRACE));
}

void refuse_last(struct transactions *t, struct slot *slot, const struct packet *packet)
{
	refuse(t, &(struct refused_path){slot, slot->last}, packet);
}

void take_unreachable(struct transactions *t, const struct packet *packet)
{
	static const enum lookup_role roles[] = {ROLE_CLIENT, ROLE_UNKNOWN};
	bool has_id = packet->protocol == IPPROTO_UDP && packet->size >= 2;
	uint16_t id = has_id ? (uint16_t)(packet->payload[0] << 8 | packet->payload[1]) : 0;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct refused_path found;
		struct path quoted;

		path_of_query(&quoted, packet, roles[i]);
		quoted.ifindex = path_ifindex(t, packet);
		found = find(t, packet, &quoted, has_id, id);
		if (found.slot) {
			refuse(t, &found, packet);
			return;
		}
	}
}
