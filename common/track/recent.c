/* SPDX-License-Identifier: Apache-2.0 */
#include "track/recent.h"

#include <stddef.h>

void recent_layout(struct recent *recent, struct arena *arena)
{
	recent->paths = arena_take(arena, RECENT_MAX + 1, sizeof(*recent->paths));
	recent->by_id.mask = RECENT_MAX - 1;
	recent->by_id.heads = arena_take(arena, RECENT_MAX, sizeof(*recent->by_id.heads));
	recent->by_id.links = arena_take(arena, RECENT_MAX + 1, sizeof(*recent->by_id.links));
}

static void add_path(struct recent *recent, const struct slot *slot, const struct path *path,
		     enum recent_state state, uint64_t time)
{
	uint32_t number = recent->count % RECENT_MAX + 1;
	struct recent_path *p = &recent->paths[number];

	if (recent->count >= RECENT_MAX)
		index_remove(&recent->by_id, path_hash_id(&p->path, p->id), number);
	/* Wraps to where the ring is known to be full, never back to where it is not. */
	if (++recent->count == 0)
		recent->count = RECENT_MAX;
	p->hash = slot->hash;
	p->attempts = slot->attempts;
	p->first = slot->first;
	p->ended = time;
	p->id = slot->id;
	p->opcode = slot->opcode;
	p->state = (uint8_t)state;
	p->path = *path;
	p->has_owner = slot->has_owner;
	if (slot->has_owner)
		p->owner = slot->owner;
	index_add(&recent->by_id, path_hash_id(path, p->id), number);
}

void recent_add(struct recent *recent, const struct slot *slot, enum recent_state state,
		uint64_t time)
{
	unsigned int i;

	for (i = 0; i < slot->paths; i++)
		add_path(recent, slot, &slot->path[i], state, time);
}

struct recent_path *recent_find(const struct recent *recent, const struct path *path,
				const struct dns_message *message, const struct key *key)
{
	uint32_t n = index_first(&recent->by_id, path_hash_id(path, message->id));
	unsigned int i;

	for (i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(&recent->by_id, n)) {
		struct recent_path *p = &recent->paths[n];

		if (p->id == message->id && p->opcode == message->opcode &&
		    (!key || p->hash == key->hash) && path_same_socket(&p->path, path) &&
		    path_answers_from(&p->path, &path->server))
			return p;
	}
	return NULL;
}
