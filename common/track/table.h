/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transactions in flight: slots, the ways to find one, and the order in which they end.
 */
#ifndef COMMON_TRACK_TABLE_H
#define COMMON_TRACK_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/message.h"
#include "track/arena.h"
#include "track/index.h"
#include "track/path.h"
#include "track/transfer.h"

/* What a query and its answer have in common, but for the way they went. */
struct key {
	uint32_t hash;
	uint32_t question_hash; /* without the id */
	uint16_t id;
	uint16_t type;
	uint16_t class; /* without mDNS' QU bit */
	uint8_t opcode;
	uint8_t role;
	const struct dns_name *name;
};

/* The message must have a question; the key lives no longer than it. */
void key_of_message(struct key *key, const struct dns_message *message, const struct path *path);

enum slot_state {
	SLOT_WAITING, /* for an answer */
	SLOT_REFUSED, /* for another attempt, after ICMP errors or failed sends for all */
	SLOT_HELD,    /* for a TCP attempt, after a truncated answer */
	SLOT_STATES,
};

/* One transaction. What a lookup compares comes first, what few need last. */
struct slot {
	uint32_t hash;
	uint32_t question_hash;
	uint32_t next; /* in the list of its state, or of free slots; counted from 1 */
	uint32_t previous;
	uint16_t id;
	uint16_t type;
	uint16_t class;
	uint8_t opcode;
	uint8_t role;
	uint8_t state;
	uint8_t paths;	 /* that are remembered */
	uint8_t last;	 /* of these, the last attempt's */
	uint8_t refused; /* a bit for each path */
	bool waiting;	 /* an earlier attempt along the last one's path may yet be answered */
	bool has_owner;
	bool serves; /* the owner is the server */
	bool ipv6;
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint64_t deadline;
	uint64_t number; /* of the transaction, among all */
	uint64_t first;	 /* attempt's time */
	uint64_t refused_time;
	int32_t refused_error; /* of the last one: an errno; 0: it was an ICMP error */
	uint32_t attempts;
	uint32_t ifindex;
	uint32_t query_size;
	uint32_t held; /* number of the kept answer, in SLOT_HELD */
	uint16_t flags;
	uint16_t wire_class;
	struct owner owner;
	struct path path[LOOKUP_ATTEMPTS_MAX];
	struct transfer transfer; /* AXFR and IXFR over TCP */
	struct dns_name name;
};

struct slot_list {
	uint32_t head;
	uint32_t tail;
};

struct table {
	struct slot *slots; /* [0] is not used */
	uint32_t max;
	uint32_t used;			    /* slots in use */
	uint32_t fresh;			    /* slots ever used */
	uint32_t free;			    /* last in, first out, so that few pages are touched */
	struct slot_list list[SLOT_STATES]; /* by deadline */
	struct index by_key;		    /* nodes are slots */
	struct index by_id;   /* nodes are paths, table_path_of(): id and client port */
	struct index by_port; /* the same, without the id */
};

void table_layout(struct table *table, struct arena *arena, uint32_t max);

static inline bool table_full(const struct table *table)
{
	return table->used == table->max;
}

static inline struct slot *table_slot(const struct table *table, uint32_t number)
{
	return number ? &table->slots[number] : NULL;
}

static inline struct slot *table_head(const struct table *table, enum slot_state state)
{
	return table_slot(table, table->list[state].head);
}

/* The slot and path of a node of by_id and by_port. */
static inline struct slot *table_slot_of(const struct table *table, uint32_t node)
{
	return &table->slots[node / LOOKUP_ATTEMPTS_MAX];
}

static inline unsigned int table_path_of(uint32_t node)
{
	return node % LOOKUP_ATTEMPTS_MAX;
}

/* A slot in SLOT_WAITING without paths; the table must not be full. */
struct slot *table_add(struct table *table, const struct key *key, uint64_t deadline);
void table_remove(struct table *table, struct slot *slot);
void table_set_state(struct table *table, struct slot *slot, enum slot_state state,
		     uint64_t deadline);
/* Gives the transaction another id, and no paths. */
void table_restart(struct table *table, struct slot *slot, const struct key *key);

/* Notes where the last attempt went; the oldest is forgotten when there is no room. */
void table_add_path(struct table *table, struct slot *slot, const struct path *path);

bool slot_has_key(const struct slot *slot, const struct key *key);
/* An attempt went along this socket, to the server whose address is path->server. */
bool slot_answered_by(const struct slot *slot, const struct path *path);
bool slot_has_socket(const struct slot *slot, const struct path *path);
bool slot_all_refused(const struct slot *slot);

#endif
