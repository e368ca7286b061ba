/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What answers teach: where aliases lead, which servers a zone has, and where those are.
 */
#include <string.h>

#include "dns/codes.h"
#include "track/chain_state.h"

#define SALT_ZONE   0x7a6f6e65ULL
#define SALT_SERVER 0x6e73ULL
#define SALT_ALIAS  0x636e616d65ULL

/* The server `server` has the zone, as `entity` was told. The value is not needed. */
uint64_t fact_zone_server(uint64_t entity, uint64_t zone, const struct endpoint *server)
{
	return hash_octets(hash_mix(hash_mix(SALT_ZONE, entity), zone), server->address,
			   sizeof(server->address));
}

/* The values are names that lead to this one, or below it. */
uint64_t fact_alias(uint64_t entity, uint64_t target)
{
	return hash_mix(hash_mix(SALT_ALIAS, entity), target);
}

/* The values are zones that have this name server, or one below this name. */
uint64_t fact_nameserver(uint64_t entity, uint64_t name)
{
	return hash_mix(hash_mix(SALT_SERVER, entity), name);
}

/* Who was referred to which zone. */
static uint64_t key_of_referral(uint64_t entity, uint64_t zone)
{
	return hash_mix(hash_mix(SALT_ZONE + 1, entity), zone);
}

/* ---- Zones ----------------------------------------------------------------------------------- */

/* The zone's servers, and the addresses that came with them. */
static void learn_zone(struct chains *c, uint64_t entity)
{
	const struct chain_facts *f = &c->read;
	struct name_hashes names;
	uint64_t zone;

	name_hashes(&names, &f->zone);
	zone = name_hash(&names);
	for (uint32_t i = 0; i < f->servers; i++) {
		name_hashes(&names, &f->server[i]);
		/* Those above it are asked for on the way to it. */
		for (unsigned int labels = 1; labels <= names.labels; labels++)
			add_fact(c, fact_nameserver(entity, names.hash[labels]), zone);
		for (uint32_t k = 0; k < f->glues; k++)
			if (f->glue[k].name == name_hash(&names))
				add_fact(c, fact_zone_server(entity, zone, &f->glue[k].address), 0);
	}
}

static void learn_aliases(struct chains *c, uint64_t entity, uint64_t name)
{
	struct name_hashes names;

	for (uint32_t i = 0; i < c->read.cnames; i++) {
		name_hashes(&names, &c->read.cname[i]);
		for (unsigned int labels = 1; labels <= names.labels; labels++)
			add_fact(c, fact_alias(entity, names.hash[labels]), name);
		name = name_hash(&names);
	}
}

/* Addresses of names that were known as name servers before. */
static void learn_addresses(struct chains *c, uint64_t entity)
{
	const struct chain_facts *f = &c->read;

	for (uint32_t k = 0; k < f->glues; k++) {
		uint64_t key = fact_nameserver(entity, f->glue[k].name);
		uint64_t zones[INDEX_WALK_MAX];
		unsigned int count = 0;
		uint32_t n = index_first(&c->by_fact, (uint32_t)key);

		for (unsigned int i = 0; n && i < INDEX_WALK_MAX;
		     i++, n = index_next(&c->by_fact, n))
			if (c->facts[n].key == key)
				zones[count++] = c->facts[n].value;
		while (count)
			add_fact(c, fact_zone_server(entity, zones[--count], &f->glue[k].address),
				 0);
	}
}

/* ---- What requests are interested in from now on --------------------------------------------- */

static void learn_cnames(struct chains *c, struct node *request)
{
	struct name_hashes names;

	for (uint32_t i = 0; i < c->read.cnames; i++) {
		name_hashes(&names, &c->read.cname[i]);
		add_interest(c, request, &names, SOURCE_CNAME);
		request->passed[SOURCE_CNAME] = 0;
	}
}

static void learn_servers(struct chains *c, struct node *request)
{
	struct name_hashes names;

	for (uint32_t i = 0; i < c->read.servers; i++) {
		name_hashes(&names, &c->read.server[i]);
		add_interest(c, request, &names, SOURCE_NAMESERVER);
	}
	request->passed[SOURCE_NAMESERVER] = 0;
}

static bool settles(enum chain_outcome outcome)
{
	return outcome == OUTCOME_REFERRAL || outcome == OUTCOME_NODATA ||
	       outcome == OUTCOME_ANSWER || outcome == OUTCOME_CNAME;
}

/* How deep the cut is known to lie: what is above is not asked again. */
static void note_passed(struct chains *c, struct node *request, const struct node *query)
{
	uint64_t key = hash_mix(request->serves_as, query->name_hash);

	if (!settles(query->x.outcome) || is_linked(c, request, query) == false)
		return;
	for (uint32_t n = request->interests; n; n = c->interests[n].next) {
		const struct interest *i = &c->interests[n];

		if (i->key == key && i->labels > request->passed[i->source])
			request->passed[i->source] = i->labels;
	}
}

static void teach(struct chains *c, struct node *request, const struct node *query)
{
	if (query->x.question.type != DNS_TYPE_DS && query->x.question.type != DNS_TYPE_DNSKEY)
		note_passed(c, request, query);
	if (c->read.cnames)
		learn_cnames(c, request);
	if (c->read.has_zone)
		learn_servers(c, request);
}

void learn_answer(struct chains *c, struct node *node, const struct lookup *lookup)
{
	struct chain_exchange *x = &node->x;

	if (!lookup->message)
		return;
	chain_answer_read(&x->answer, &x->outcome, &c->read, lookup->message, &x->question);
	if (!node->asks_for)
		return;
	if (c->read.has_zone) {
		struct name_hashes zone;

		name_hashes(&zone, &c->read.zone);
		node->gives_key = key_of_referral(node->asks_for, name_hash(&zone));
		learn_zone(c, node->asks_for);
	}
	learn_aliases(c, node->asks_for, node->name_hash);
	learn_addresses(c, node->asks_for);
	join_answered(c, node);
	for (uint32_t n = node->in; n; n = c->edges[n].next_in) {
		struct node *request = node_at(c, c->edges[n].parent);

		if (!c->edges[n].from_root && request->waits)
			teach(c, request, node);
	}
}

/* ---- Referrals ------------------------------------------------------------------------------- */

void learn_referral(struct chains *c, struct node *node, const struct name_hashes *names)
{
	if (!node->asks_for)
		return;
	for (int labels = names->labels; labels >= 0; labels--) {
		uint64_t zone = names->hash[labels];

		if (!has_fact(c, fact_zone_server(node->asks_for, zone, &node->x.server), 0))
			continue;
		node->serves_zone = labels == names->labels;
		node->referred_key = key_of_referral(node->asks_for, zone);
		return;
	}
}
