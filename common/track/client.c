/* SPDX-License-Identifier: Apache-2.0 */
#include "track/client.h"

#include <string.h>

#include "track/hash.h"

#define NS_PER_S      1000000000ULL
#define MINUTES	      (600 * NS_PER_S)
#define IPV6_PREFIX   8 /* octets: hosts take addresses below it as they like (RFC 8981) */
#define RAPID_SECONDS 3
#define PREFIX_OF(e)  (endpoint_is_ipv4(e) ? 16 : IPV6_PREFIX)

void clients_layout(struct clients *c, struct arena *arena, uint32_t max, uint64_t window)
{
	c->window = window;
	keyed_layout(&c->keyed, arena, max);
	c->clients = arena_take(arena, (uint64_t)max + 1, sizeof(*c->clients));
}

static uint64_t identity(struct alert_client *who, const struct lookup *message, bool is_server)
{
	const struct owner *owner = &message->owner;
	uint64_t hash;

	*who = (struct alert_client){.address = message->client};
	if (!message->has_owner || is_server)
		return hash_octets(1, who->address.address, PREFIX_OF(&who->address));
	who->has_owner = true;
	who->owner = *owner;
	hash = hash_octets(2, owner->comm, strnlen(owner->comm, COMM_SIZE));
	return hash_mix(hash_mix(hash, owner->uid), owner->cgroup);
}

static struct client *add(struct clients *c, uint64_t hash)
{
	struct client *client = &c->clients[keyed_add(&c->keyed, hash)];

	memset(client, 0, sizeof(*client));
	client->key = hash;
	client->minutes.span = MINUTES;
	client->window.span = c->window;
	return client;
}

struct client *clients_find(struct clients *c, const struct lookup *message, bool is_server)
{
	struct alert_client who;
	uint64_t hash = identity(&who, message, is_server);
	uint32_t number = keyed_find(&c->keyed, hash);
	struct client *client = number ? &c->clients[number] : add(c, hash);

	client->who = who;
	return client;
}

void client_advance(struct client *c, uint64_t now)
{
	unsigned int spans = sliding_advance(&c->minutes, now);

	if (spans) {
		sliding_roll(&c->foreign, spans);
		sliding_roll(&c->missing, spans);
		sliding_roll(&c->suspicious, spans);
		sliding_roll(&c->suspicion, spans);
	}
	spans = sliding_advance(&c->window, now);
	if (!spans)
		return;
	sliding_roll(&c->heavy, spans);
	sliding_roll(&c->names, spans);
	memcpy(c->heavy_domains[1], c->heavy_domains[0], sizeof(c->heavy_domains[0]));
	memset(c->heavy_domains[0], 0, sizeof(c->heavy_domains[0]));
	if (spans > 1)
		memset(c->heavy_domains[1], 0, sizeof(c->heavy_domains[1]));
}

bool client_is_rapid(struct client *c, uint64_t queries, uint64_t now, uint32_t rate)
{
	uint64_t second = now / NS_PER_S;

	if (second != c->second) {
		bool rapid = c->in_second > rate && second == c->second + 1;

		c->rapid_rate = c->in_second;
		c->rapid_seconds = rapid ? c->rapid_seconds + 1 : 0;
		c->second = second;
		c->in_second = 0;
	}
	c->in_second += queries > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)queries;
	if (c->in_second > rate && c->in_second > c->rapid_rate)
		c->rapid_rate = c->in_second;
	return c->rapid_seconds + (c->in_second > rate) >= RAPID_SECONDS;
}

void client_add_heavy(struct client *c, uint64_t domain, uint32_t cost)
{
	unsigned int bit = domain >> 11 & (CLIENT_DOMAIN_BITS - 1);

	sliding_add(&c->heavy, cost);
	c->heavy_domains[0][bit / 64] |= 1ULL << bit % 64;
}

/* Linear counting is near enough to its bits as long as few of them are set. */
unsigned int client_heavy_domains(const struct client *c)
{
	unsigned int count = 0;

	for (int i = 0; i < CLIENT_DOMAIN_BITS / 64; i++)
		count += (unsigned int)__builtin_popcountll(c->heavy_domains[0][i] |
							    c->heavy_domains[1][i]);
	return count;
}
