/* SPDX-License-Identifier: Apache-2.0 */
#include "track/table.h"

#include <stddef.h>
#include <string.h>

/* Packets of different CPUs come slightly out of order; this many are put right. */
#define REORDER_MAX 64

static uint32_t power_of_two(uint32_t n)
{
	uint32_t p = 1;

	while (p < n)
		p <<= 1;
	return p;
}

static void index_layout(struct index *x, struct arena *arena, uint32_t buckets, uint64_t nodes)
{
	x->mask = buckets - 1;
	x->heads = arena_take(arena, buckets, sizeof(*x->heads));
	x->links = arena_take(arena, nodes + 1, sizeof(*x->links));
}

void table_layout(struct table *table, struct arena *arena, uint32_t max)
{
	uint32_t buckets = power_of_two(max);
	uint64_t paths = ((uint64_t)max + 1) * LOOKUP_ATTEMPTS_MAX;

	table->max = max;
	table->slots = arena_take(arena, (uint64_t)max + 1, sizeof(*table->slots));
	index_layout(&table->by_key, arena, buckets, max);
	index_layout(&table->by_id, arena, buckets, paths);
	index_layout(&table->by_port, arena, buckets, paths);
}

void key_of_message(struct key *key, const struct dns_message *message, const struct path *path)
{
	const struct dns_question *q = &message->question;

	key->id = message->id;
	key->opcode = message->opcode;
	key->role = path->role;
	key->type = q->type;
	key->class = path->server.port == MDNS_PORT ? q->class & 0x7fff : q->class;
	key->name = &q->name;
	key->question_hash = dns_name_hash(&q->name) ^
			     index_mix((uint64_t)key->opcode << 40 | (uint64_t)key->role << 32 |
				       (uint64_t)key->class << 16 | key->type);
	key->hash = index_mix((uint64_t)key->id << 32 | key->question_hash);
}

static uint32_t number_of(const struct table *table, const struct slot *slot)
{
	return (uint32_t)(slot - table->slots);
}

static void list_remove(struct table *table, struct slot *slot)
{
	struct slot_list *list = &table->list[slot->state];

	if (slot->previous)
		table->slots[slot->previous].next = slot->next;
	else
		list->head = slot->next;
	if (slot->next)
		table->slots[slot->next].previous = slot->previous;
	else
		list->tail = slot->previous;
}

/* All deadlines of one list lie equally far ahead, so that its end is nearly always right. */
static void list_add(struct table *table, struct slot *slot)
{
	struct slot_list *list = &table->list[slot->state];
	uint32_t number = number_of(table, slot);
	uint32_t before = list->tail;
	uint32_t after = 0;
	unsigned int i;

	for (i = 0; i < REORDER_MAX && before; i++) {
		if (table->slots[before].deadline <= slot->deadline)
			break;
		after = before;
		before = table->slots[before].previous;
	}
	slot->previous = before;
	slot->next = after;
	if (before)
		table->slots[before].next = number;
	else
		list->head = number;
	if (after)
		table->slots[after].previous = number;
	else
		list->tail = number;
}

static void set_key(struct table *table, struct slot *slot, const struct key *key)
{
	slot->hash = key->hash;
	slot->question_hash = key->question_hash;
	slot->id = key->id;
	slot->type = key->type;
	slot->class = key->class;
	slot->opcode = key->opcode;
	slot->role = key->role;
	slot->paths = 0;
	slot->last = 0;
	slot->refused = 0;
	slot->name.len = key->name->len;
	slot->name.labels = key->name->labels;
	memcpy(slot->name.wire, key->name->wire, key->name->len);
	index_add(&table->by_key, slot->hash, number_of(table, slot));
}

struct slot *table_add(struct table *table, const struct key *key, uint64_t deadline)
{
	uint32_t number = table->free ? table->free : ++table->fresh;
	struct slot *slot = &table->slots[number];

	if (table->free)
		table->free = slot->next;
	table->used++;
	slot->state = SLOT_WAITING;
	slot->deadline = deadline;
	set_key(table, slot, key);
	list_add(table, slot);
	return slot;
}

static uint32_t path_node(const struct table *table, const struct slot *slot, unsigned int i)
{
	return number_of(table, slot) * LOOKUP_ATTEMPTS_MAX + i;
}

static void forget_path(struct table *table, const struct slot *slot, unsigned int i)
{
	const struct path *path = &slot->path[i];
	uint32_t node = path_node(table, slot, i);

	index_remove(&table->by_id, path_hash_id(path, slot->id), node);
	index_remove(&table->by_port, path_hash_port(path), node);
}

static void forget_key(struct table *table, const struct slot *slot)
{
	unsigned int i;

	for (i = 0; i < slot->paths; i++)
		forget_path(table, slot, i);
	index_remove(&table->by_key, slot->hash, number_of(table, slot));
}

void table_restart(struct table *table, struct slot *slot, const struct key *key)
{
	forget_key(table, slot);
	set_key(table, slot, key);
}

void table_remove(struct table *table, struct slot *slot)
{
	forget_key(table, slot);
	list_remove(table, slot);
	slot->next = table->free;
	table->free = number_of(table, slot);
	table->used--;
}

void table_set_state(struct table *table, struct slot *slot, enum slot_state state,
		     uint64_t deadline)
{
	list_remove(table, slot);
	slot->state = (uint8_t)state;
	slot->deadline = deadline;
	list_add(table, slot);
}

static bool find_path(const struct slot *slot, const struct path *path, unsigned int *found)
{
	unsigned int i;

	for (i = 0; i < slot->paths; i++) {
		if (path_same_socket(&slot->path[i], path) &&
		    path_same_server(&slot->path[i], path)) {
			*found = i;
			return true;
		}
	}
	return false;
}

void table_add_path(struct table *table, struct slot *slot, const struct path *path)
{
	bool again;
	unsigned int i;

	again = find_path(slot, path, &i);
	slot->waiting = again && !(slot->refused >> i & 1);
	if (again && endpoint_is_unspecified(&slot->path[i].client) &&
	    slot->path[i].client.port == path->client.port)
		slot->path[i].client = path->client;
	if (!again) {
		if (slot->paths < LOOKUP_ATTEMPTS_MAX) {
			i = slot->paths++;
		} else {
			i = (slot->last + 1u) % LOOKUP_ATTEMPTS_MAX;
			forget_path(table, slot, i);
		}
		slot->path[i] = *path;
		index_add(&table->by_id, path_hash_id(path, slot->id), path_node(table, slot, i));
		index_add(&table->by_port, path_hash_port(path), path_node(table, slot, i));
	}
	slot->last = (uint8_t)i;
	slot->refused &= (uint8_t) ~(1u << i);
}

bool slot_has_key(const struct slot *slot, const struct key *key)
{
	return slot->hash == key->hash && slot->id == key->id && slot->type == key->type &&
	       slot->class == key->class && slot->opcode == key->opcode &&
	       slot->role == key->role && dns_name_equal(&slot->name, key->name);
}

bool slot_answered_by(const struct slot *slot, const struct path *path)
{
	unsigned int i;

	for (i = 0; i < slot->paths; i++)
		if (path_same_socket(&slot->path[i], path) &&
		    path_answers_from(&slot->path[i], &path->server))
			return true;
	return false;
}

bool slot_has_socket(const struct slot *slot, const struct path *path)
{
	unsigned int i;

	for (i = 0; i < slot->paths; i++)
		if (path_same_socket(&slot->path[i], path))
			return true;
	return false;
}

bool slot_all_refused(const struct slot *slot)
{
	return slot->refused == (uint8_t)((1u << slot->paths) - 1);
}
