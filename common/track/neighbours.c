/* SPDX-License-Identifier: Apache-2.0 */
#include "track/neighbours.h"

#include "track/hash.h"

#define ASKED_MAX    8192U /* powers of two; the latest of a place stays */
#define SERVED_MAX   8192U
#define LOCAL_MAX    1024U
#define SERVED_TIME  (60 * 1000000000ULL) /* as long as resolvers try */
#define SERVER_TIME  (3600 * 1000000000ULL)
#define ANY_DOMAIN   0
#define ADDRESS_SIZE 16

struct asked {
	uint64_t hash;
	uint32_t pid;
};

struct served {
	uint64_t hash;
	uint64_t time;
};

void neighbours_layout(struct neighbours *n, struct arena *arena)
{
	n->asked = arena_take(arena, ASKED_MAX, sizeof(*n->asked));
	n->served = arena_take(arena, SERVED_MAX, sizeof(*n->served));
	n->local = arena_take(arena, LOCAL_MAX, sizeof(*n->local));
}

static uint64_t query_hash(const struct lookup *message, uint64_t name)
{
	uint64_t address = hash_octets(3, message->client.address, ADDRESS_SIZE);

	return hash_mix(address, name ^ (uint64_t)message->client.port << 16 ^ message->id);
}

static uint64_t address_hash(const struct lookup *message)
{
	return hash_octets(4, message->client.address, ADDRESS_SIZE);
}

static uint64_t served_hash(const struct lookup *message, uint64_t domain)
{
	return hash_mix(message->owner.pid, domain);
}

void neighbours_ask(struct neighbours *n, const struct lookup *message, uint64_t name)
{
	uint64_t hash = query_hash(message, name), address = address_hash(message);

	n->asked[hash & (ASKED_MAX - 1)] = (struct asked){
		.hash = hash,
		.pid = message->has_owner ? message->owner.pid : 0,
	};
	n->local[address & (LOCAL_MAX - 1)] = address;
}

/* Who talks to himself does not ask on behalf of others. */
static bool asks_itself(const struct neighbours *n, const struct lookup *message, uint64_t name,
			bool local)
{
	uint64_t hash = query_hash(message, name);
	const struct asked *asked = &n->asked[hash & (ASKED_MAX - 1)];

	return local && (asked->hash != hash || asked->pid == message->owner.pid);
}

bool neighbours_is_local(const struct neighbours *n, const struct lookup *message)
{
	uint64_t address = address_hash(message);

	return n->local[address & (LOCAL_MAX - 1)] == address;
}

static void note_served(struct neighbours *n, const struct lookup *message, uint64_t domain)
{
	uint64_t hash = served_hash(message, domain);

	n->served[hash & (SERVED_MAX - 1)] = (struct served){.hash = hash, .time = message->time};
}

static bool has_served(const struct neighbours *n, const struct lookup *message, uint64_t domain,
		       uint64_t within)
{
	uint64_t hash = served_hash(message, domain);
	const struct served *served = &n->served[hash & (SERVED_MAX - 1)];

	return message->has_owner && served->hash == hash && message->time < served->time + within;
}

bool neighbours_serve(struct neighbours *n, const struct lookup *message, uint64_t name,
		      uint64_t domain)
{
	bool local = neighbours_is_local(n, message);

	if (message->has_owner && !asks_itself(n, message, name, local)) {
		note_served(n, message, domain);
		note_served(n, message, ANY_DOMAIN);
	}
	return local;
}

bool neighbours_is_server(const struct neighbours *n, const struct lookup *message)
{
	return has_served(n, message, ANY_DOMAIN, SERVER_TIME);
}

bool neighbours_forwards(const struct neighbours *n, const struct lookup *message, uint64_t domain)
{
	return has_served(n, message, domain, SERVED_TIME);
}
