/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a single query tells: lists, rates, servers; and packets that are no DNS.
 */
#include <netinet/in.h>
#include <string.h>

#include "track/detector_state.h"
#include "track/score.h"

static void check_lists(struct detector *d, const struct view *v)
{
	uint32_t parts[ALERT_PARTS] = {0};
	struct name_set_match match;
	struct open_alert *o;
	bool exact;

	if (!d->lists || !name_set_find(d->lists, &v->lower, &match) ||
	    match.scope & NAME_SET_ALLOW)
		return;
	exact = match.labels == v->lower.labels;
	parts[PART_LIST] = exact ? 65 : 60;
	o = detector_raise(d, v, ALERT_BLOCKLISTED, true, parts[PART_LIST], parts);
	if (!o)
		return;
	o->alert.list = match.tag;
	o->alert.exact |= exact;
	open_alerts_tell(&d->alerts, o);
}

static void check_rate(struct detector *d, const struct view *v, uint64_t queries)
{
	uint32_t parts[ALERT_PARTS] = {0}, rate = d->config.rate;
	struct open_alert *o;

	if (!client_is_rapid(v->client, queries, v->now, rate))
		return;
	parts[PART_RATE] = v->client->rapid_rate / rate >= 10 ? 55 : 45;
	o = detector_raise(d, v, ALERT_RAPID_QUERIES, false, parts[PART_RATE], parts);
	if (!o)
		return;
	o->alert.evidence |= 1U << EVIDENCE_RAPID_QUERIES;
	open_alerts_tell(&d->alerts, o);
}

static bool is_loopback(const struct endpoint *e)
{
	static const uint8_t one[16] = {[15] = 1};

	return endpoint_is_ipv4(e) ? e->address[12] == 127 : memcmp(e->address, one, 16) == 0;
}

static bool is_configured(const struct detector_config *config, const struct endpoint *server)
{
	for (unsigned int i = 0; i < config->resolver_count; i++)
		if (memcmp(config->resolvers[i].address, server->address, 16) == 0)
			return true;
	return is_loopback(server) || endpoint_is_multicast(server);
}

static void check_resolver(struct detector *d, const struct view *v)
{
	uint32_t parts[ALERT_PARTS] = {[PART_SERVER] = 45};

	if (!d->config.resolver_count || v->contained || v->message->role != ROLE_CLIENT ||
	    !v->message->has_owner || is_configured(&d->config, &v->message->server))
		return;
	detector_alert(d, v, ALERT_UNUSUAL_RESOLVER, false, parts[PART_SERVER], parts);
}

void detector_rules(struct detector *d, const struct view *v, uint64_t queries)
{
	check_lists(d, v);
	/* Name servers ask many, and much. */
	if (neighbours_is_server(&d->neighbours, v->message))
		return;
	check_rate(d, v, queries);
	check_resolver(d, v);
}

/* Which side is the client's is told by the ports: what is no DNS has no flag that says it. */
static bool is_reversed(const struct lookup *message)
{
	return message->client.port == DNS_PORT && message->server.port != DNS_PORT;
}

static void add_foreign(struct client *c, uint64_t size, bool up)
{
	sliding_add(&c->foreign, 1);
	if (up)
		c->foreign_up += size;
	else
		c->foreign_down += size;
}

/* With the client as the client. */
static struct lookup sorted(const struct lookup *message, bool reversed)
{
	struct lookup m = *message;

	if (reversed) {
		m.client = message->server;
		m.server = message->client;
	}
	return m;
}

static void alert_foreign(struct detector *d, const struct view *v)
{
	uint32_t parts[ALERT_PARTS], score = score_foreign(v->client, v->now, parts);
	struct open_alert *o = detector_raise(d, v, ALERT_TUNNEL, false, score, parts);

	if (!o)
		return;
	o->alert.evidence |= 1U << EVIDENCE_NOT_DNS;
	o->alert.has_up = o->alert.has_down = true;
	o->alert.bytes_up = v->client->foreign_up;
	o->alert.bytes_down = v->client->foreign_down;
	open_alerts_tell(&d->alerts, o);
}

void detector_foreign(struct detector *d, const struct lookup *message)
{
	bool reversed = is_reversed(message);
	bool is_server = (message->role == ROLE_SERVER) != reversed;
	const struct lookup m = sorted(message, reversed);
	struct view v = {.message = &m, .now = m.time, .is_server = is_server};

	if (m.role != ROLE_UNKNOWN && is_server && neighbours_is_local(&d->neighbours, &m))
		return;
	v.client = clients_find(&d->clients, &m, is_server);
	client_advance(v.client, v.now);
	add_foreign(v.client, m.message->size, (m.event == LOOKUP_QUERY) != reversed);
	alert_foreign(d, &v);
}
