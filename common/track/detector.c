/* SPDX-License-Identifier: Apache-2.0 */
#include "track/detector.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "dns/codes.h"
#include "dns/registered.h"
#include "track/detector_state.h"
#include "track/hash.h"

/* For each watch; names that find no room may be taken for new again, and are counted. */
#define SEEN_NAMES   32
#define PUBLIC_NAMES 2
#define CLIENTS_MAX  8192
/* An attack turns the name while its page is open. */
#define REBINDING_TIME (3600 * 1000000000ULL)
#define COMMON_ROOM    (1U << 14)
#define MDNS_PORT      5353
#define LLMNR_PORT     5355

static uint32_t at_most(uint32_t value, uint32_t limit)
{
	return value < limit ? value : limit;
}

static void layout(struct detector *d, struct arena *arena)
{
	const struct detector_config *config = &d->config;
	uint32_t max = config->max_domains;

	arena_take(arena, 1, sizeof(*d));
	watches_layout(&d->watches, arena, max, config->window);
	clients_layout(&d->clients, arena, at_most(max, CLIENTS_MAX), config->window);
	open_alerts_layout(&d->alerts, arena, at_most(max, ALERTS_MAX));
	neighbours_layout(&d->neighbours, arena);
	seen_layout(&d->seen, arena, config->window, max * SEEN_NAMES);
	seen_layout(&d->public, arena, REBINDING_TIME, max * PUBLIC_NAMES);
	common_labels_layout(&d->common, arena, COMMON_ROOM);
}

struct detector *detector_new(const struct detector_config *config)
{
	struct detector size = {.config = *config}, *d;
	struct arena arena = {0};

	layout(&size, &arena);
	d = calloc(1, arena.used);
	if (!d)
		return NULL;
	arena = (struct arena){.base = (uint8_t *)d};
	d->config = *config;
	layout(d, &arena);
	d->alerts.config = &d->config;
	return d;
}

void detector_free(struct detector *d)
{
	free(d);
}

void detector_lists(struct detector *d, const struct name_set *lists)
{
	d->lists = lists;
}

/* ---- What a message is about ----------------------------------------------------------------- */

#define PLAIN_TLD_MAX	 15
#define PORTS_OF_CLIENTS 1024 /* and above */

/* Names below a last label that nobody has, as data makes them, belong together. */
static bool is_made_up(const struct dns_name *name)
{
	const uint8_t *label = name->wire;

	for (unsigned int n = 1; n < name->labels; n++)
		label += *label + 1;
	for (uint8_t n = 1; n <= *label; n++)
		if (label[n] < 'a' || label[n] > 'z')
			return true;
	return *label > PLAIN_TLD_MAX;
}

unsigned int detector_domain(const struct dns_name *lower, bool *listed)
{
	unsigned int labels = dns_registered_labels(lower, listed);

	return *listed || !is_made_up(lower) ? labels : 0;
}

uint64_t view_name_hash(const struct dns_name *lower)
{
	return hash_octets(5, lower->wire, lower->len);
}

static void look_at(struct view *v, const struct lookup *message)
{
	unsigned int domain;

	v->is_server = message->role == ROLE_SERVER;
	dns_name_lower(&v->lower, &message->question.name);
	domain = detector_domain(&v->lower, &v->listed);
	v->labels = v->lower.labels - domain;
	dns_name_suffix(&v->domain, &v->lower, domain);
	v->name_hash = view_name_hash(&v->lower);
	v->domain_hash = hash_octets(6, v->domain.wire, v->domain.len);
}

uint64_t view_mark(const struct client *client, const struct dns_name *name,
		   unsigned int domain_labels)
{
	struct dns_name domain;
	uint64_t key;

	dns_name_suffix(&domain, name, domain_labels);
	key = hash_mix(client->key, hash_octets(6, domain.wire, domain.len));
	return hash_mix(key, view_name_hash(name));
}

/* ---- Messages -------------------------------------------------------------------------------- */

static bool is_local_port(uint16_t port)
{
	return port == MDNS_PORT || port == LLMNR_PORT;
}

/* Names on the local link are asked of all, and lead nowhere else (RFC 6762, RFC 4795). */
static bool is_ours(const struct lookup *message)
{
	return message->has_question && !message->no_header &&
	       message->opcode == DNS_OPCODE_QUERY && !is_local_port(message->server.port) &&
	       message->question.name.labels > 1;
}

/* Counted at the client's side where both are seen, and for him who asks first. */
static bool is_counted_elsewhere(struct detector *d, const struct view *v)
{
	const struct lookup *m = v->message;
	uint64_t asked = v->name_hash ^ m->question.type;

	if (m->role == ROLE_SERVER)
		return neighbours_serve(&d->neighbours, m, asked, v->domain_hash);
	if (m->role == ROLE_CLIENT && m->event == LOOKUP_QUERY)
		neighbours_ask(&d->neighbours, m, asked);
	return m->role == ROLE_CLIENT && neighbours_forwards(&d->neighbours, m, v->domain_hash);
}

static void take_query(struct detector *d, struct view *v)
{
	uint64_t queries = 1 + v->message->repeats;
	bool is_new = !seen_before(&d->seen, hash_mix(v->watch_key, v->name_hash), v->now);

	v->client->queries += queries;
	v->client->distinct_names += is_new;
	if (is_new)
		search_name(d, v);
	detector_rules(d, v, queries);
	if (v->labels)
		detector_name(d, v, queries, is_new);
}

/* It may be told with an answer what was counted. */
static void take_answer(struct detector *d, struct view *v)
{
	uint64_t repeats = v->message->repeats;

	detector_response(d, v);
	v->client->queries += repeats;
	if (v->watch && repeats) {
		v->watch->queries += repeats;
		sliding_add(&v->watch->sums[SUM_QUERIES], repeats);
	}
}

static void take_dns(struct detector *d, struct view *v, const struct lookup *message)
{
	look_at(v, message);
	if (is_counted_elsewhere(d, v))
		return;
	v->client = clients_find(&d->clients, message, v->is_server);
	client_advance(v->client, v->now);
	v->watch_key = hash_mix(v->client->key, v->domain_hash);
	if (message->event == LOOKUP_QUERY)
		take_query(d, v);
	else
		take_answer(d, v);
}

/* UPDATE and NOTIFY go to servers; the rest is in use by nobody over UDP (IANA's registry). */
static bool is_plain(const struct lookup *message)
{
	return message->opcode == DNS_OPCODE_QUERY || message->opcode == DNS_OPCODE_NOTIFY ||
	       message->opcode == DNS_OPCODE_UPDATE;
}

/*
 * Readable names on the local link are of no matter here, however the rest looks. And somebody may
 * happen to have that port, as behind NAT, with a server of something else at the other end.
 */
static bool is_of_local_port(const struct lookup *message)
{
	uint16_t server = message->server.port, client = message->client.port;
	uint16_t other = is_local_port(server) ? client : server;

	if (!is_local_port(server) && !is_local_port(client))
		return false;
	return (message->message->has_question && other != DNS_PORT) ||
	       (other < PORTS_OF_CLIENTS && other != DNS_PORT);
}

/* Whole, and yet damaged, or of a kind that nobody sends. */
static bool is_foreign(const struct lookup *message)
{
	const struct dns_message *m = message->message;

	return m && (m->malformed || !is_plain(message)) && !is_of_local_port(message) &&
	       m->size == message->query_size + message->response_size &&
	       message->protocol == IPPROTO_UDP;
}

void detector_message(struct detector *d, const struct lookup *message, bool contained)
{
	struct view v = {.message = message, .now = message->time, .contained = contained};

	d->messages++;
	if (is_ours(message))
		take_dns(d, &v, message);
	else if (is_foreign(message))
		detector_foreign(d, message);
}

void detector_stats(const struct detector *d, struct detector_stats *stats)
{
	*stats = (struct detector_stats){
		.messages = d->messages,
		.evicted_domains = d->watches.keyed.evicted,
		.evicted_clients = d->clients.keyed.evicted,
		.evicted_alerts = d->alerts.closed_for_others,
		.forgotten_names = d->seen.forgotten,
		.domains = d->watches.keyed.used,
		.clients = d->clients.keyed.used,
	};
	memcpy(stats->alerts, d->alerts.counts, sizeof(stats->alerts));
}
