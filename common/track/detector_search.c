/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that the search list of resolv.conf(5) has made: a library tries a name below the domains
 * of that list when it did not find it, or before it looks for it (ndots). They are no more than
 * the name itself, if that is asked for, too.
 */
#include <string.h>

#include "dns/registered.h"
#include "track/detector_state.h"

#define TLD_MAX	    6			 /* octets of a name's last label */
#define CHARGE_TIME (60 * 1000000000ULL) /* until the name itself is asked for */

/* The first labels of the name as a name of their own. False: it would not be one. */
static bool first_labels(struct dns_name *name, const struct view *v, unsigned int labels)
{
	unsigned int last = 0;

	*name = (struct dns_name){.labels = (uint8_t)labels};
	for (unsigned int n = 0; n < labels; n++, name->len = (uint8_t)(name->len + last + 1))
		last = v->lower.wire[name->len];
	if (last > TLD_MAX)
		return false;
	memcpy(name->wire, v->lower.wire, name->len);
	name->wire[name->len++] = 0;
	return true;
}

/* The fewest labels that may be a name, of those before the registered domain. */
static unsigned int fewest(const struct view *v)
{
	return v->labels > SEARCH_LABELS + 2 ? v->labels - SEARCH_LABELS : 2;
}

/* This client has asked for it by itself. */
static bool was_asked_for(struct detector *d, const struct view *v, unsigned int labels)
{
	struct dns_name name;
	unsigned int domain;
	bool listed;

	if (!first_labels(&name, v, labels))
		return false;
	domain = dns_registered_labels(&name, &listed);
	return listed && seen_has(&d->seen, view_mark(v->client, &name, domain), v->now);
}

bool search_made(struct detector *d, const struct view *v)
{
	for (unsigned int labels = v->labels; labels >= fewest(v); labels--)
		if (was_asked_for(d, v, labels))
			return true;
	return false;
}

void search_charge(const struct view *v, uint32_t cost, uint32_t counted)
{
	struct client *c = v->client;
	struct client_charge *charge = &c->charges[c->charge_count++ % CLIENT_CHARGES];
	struct dns_name name;
	unsigned int n = 0;

	*charge = (struct client_charge){
		.watch = v->watch_key, .time = v->now, .cost = cost, .counted = counted};
	for (unsigned int labels = v->labels; labels >= fewest(v); labels--)
		if (first_labels(&name, v, labels))
			charge->names[n++] = view_name_hash(&name);
}

static bool is_charged(const struct client_charge *charge, const struct view *v)
{
	if (!charge->watch || v->now > charge->time + CHARGE_TIME)
		return false;
	for (unsigned int n = 0; n < SEARCH_LABELS + 1; n++)
		if (charge->names[n] == v->name_hash)
			return true;
	return false;
}

static void take_back(struct detector *d, const struct view *v, struct client_charge *charge)
{
	struct watch *w = watches_find(&d->watches, charge->watch);

	if (w) {
		w->volume -= charge->cost < w->volume ? charge->cost : w->volume;
		sliding_take(&w->sums[SUM_VOLUME], charge->counted);
		sliding_take(&w->leak, charge->counted);
	}
	if (charge->counted >= HEAVY_NAME)
		sliding_take(&v->client->heavy, charge->counted);
	*charge = (struct client_charge){.watch = 0};
}

void search_name(struct detector *d, const struct view *v)
{
	for (unsigned int i = 0; v->listed && i < CLIENT_CHARGES; i++)
		if (is_charged(&v->client->charges[i], v))
			take_back(d, v, &v->client->charges[i]);
}
