/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names below a domain: how much somebody can have put into them.
 */
#include <string.h>

#include "dns/codes.h"
#include "track/detector_state.h"
#include "track/evidence.h"
#include "track/score.h"

#define HEAVY_DOMAINS 5
#define EVALUATE_FROM 8	 /* new names; all are looked at, */
#define EVALUATE_ALL  64 /* up to so many, then some */
#define EVALUATE_EACH 8

/* What applications hardly ask for counts whole; what few of them do, nearly so. */
static uint32_t type_weight(uint16_t type)
{
	switch (type) {
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
	case DNS_TYPE_PTR:
	case DNS_TYPE_HTTPS:
	case DNS_TYPE_SVCB:
	case DNS_TYPE_SOA:
	case DNS_TYPE_NS:
	case DNS_TYPE_DS:
	case DNS_TYPE_DNSKEY:
		return 0;
	case DNS_TYPE_TXT:
	case DNS_TYPE_MX:
	case DNS_TYPE_SRV:
	case DNS_TYPE_CNAME:
		return 7;
	default:
		return 10;
	}
}

#define UNIQUE_NAMES 20

static void note_evidence(struct watch *w, const struct view *v, uint32_t cost)
{
	w->evidence |= evidence_of_name(&v->lower, v->labels, cost) |
		       evidence_of_type(v->message->question.type);
	if (w->names >= UNIQUE_NAMES && w->names * 10 >= w->queries * 8)
		w->evidence |= 1U << EVIDENCE_UNIQUE_SUBDOMAINS;
}

#define SEARCH_COST (2 * INFORMATION_BIT)

static void add_name(struct detector *d, struct view *v)
{
	struct watch *w = v->watch;
	uint32_t cost = information_add(&w->information, &d->common, &v->lower, v->labels);
	uint32_t factor, counted;

	w->known = d->config.known ? known_find(d->config.known, &v->lower) : NULL;
	factor = w->known ? w->known->factor : 1;
	if (cost > SEARCH_COST && search_made(d, v))
		cost = SEARCH_COST;
	counted = cost / factor;
	if (cost > SEARCH_COST)
		search_charge(v, cost, counted);
	w->names++;
	w->volume += cost;
	sliding_add(&w->sums[SUM_NAMES], SCORE_NAME / factor);
	sliding_add(&w->sums[SUM_VOLUME], counted);
	sliding_add(&w->sums[SUM_TYPES],
		    SCORE_NAME / factor * type_weight(v->message->question.type) / 10);
	sliding_add(&w->leak, counted);
	if (counted >= HEAVY_NAME)
		client_add_heavy(v->client, v->domain_hash, counted);
	sliding_add(&v->client->names, 1);
	note_evidence(w, v, cost);
	alert_keep_sample(w->samples, &w->sample_count, &v->message->question.name);
}

/* Who asks for so many names is many: a forwarder, a household behind one address. */
#define NAMES_OF_ONE_DOMAIN 32768
#define NAMES_OF_DOMAINS    4096

static uint64_t leak_bound(const struct detector *d, const struct view *v, uint32_t names_of_one)
{
	uint64_t names = sliding_sum(&v->client->names, &v->client->window, v->now);

	return d->config.leak + d->config.leak * names / names_of_one;
}

static void check_many(struct detector *d, struct view *v)
{
	unsigned int domains = client_heavy_domains(v->client);
	uint32_t parts[ALERT_PARTS], score;
	struct open_alert *o;
	uint64_t octets;

	if (domains < HEAVY_DOMAINS)
		return;
	octets = sliding_sum(&v->client->heavy, &v->client->window, v->now) / INFORMATION_OCTET;
	score = score_leak(octets, leak_bound(d, v, NAMES_OF_DOMAINS), parts);
	o = detector_raise(d, v, ALERT_EXFILTRATION, false, score, parts);
	if (!o)
		return;
	o->alert.has_up = true;
	o->alert.bytes_up = octets;
	o->alert.domain_count = domains;
	open_alerts_tell(&d->alerts, o);
}

/* What is told as a tunnel is told once more only if it is worse. */
static void check_domain(struct detector *d, struct view *v)
{
	uint32_t parts[ALERT_PARTS], score;

	score = score_leak(watch_leak(v->watch, v->now), leak_bound(d, v, NAMES_OF_ONE_DOMAIN),
			   parts);
	if (detector_severity(d, v, ALERT_EXFILTRATION) >= 0 ||
	    open_alerts_severity(&d->alerts, score) > detector_severity(d, v, ALERT_TUNNEL))
		detector_alert(d, v, ALERT_EXFILTRATION, true, score, parts);
}

/* Of one domain that takes more than names need; then of many that each take little. */
static void check_leak(struct detector *d, struct view *v)
{
	check_domain(d, v);
	if (detector_severity(d, v, ALERT_TUNNEL) < ALERT_HIGH)
		check_many(d, v);
}

static void evaluate(struct detector *d, struct view *v)
{
	uint32_t parts[ALERT_PARTS], score;

	if (v->watch->names > EVALUATE_ALL && v->watch->names % EVALUATE_EACH)
		return;
	if (v->watch->names >= EVALUATE_FROM) {
		score = score_tunnel(v->watch, v->now, parts);
		detector_alert(d, v, ALERT_TUNNEL, true, score, parts);
	}
	check_leak(d, v);
}

static struct watch *watch_of(struct detector *d, const struct view *v)
{
	struct watch *w = watches_find(&d->watches, v->watch_key);

	return w ? w : watches_add(&d->watches, v->watch_key);
}

void detector_name(struct detector *d, struct view *v, uint64_t queries, bool is_new)
{
	v->watch = watch_of(d, v);
	watch_advance(v->watch, v->now);
	watch_beat(v->watch, v->now);
	v->watch->last = v->now;
	v->watch->queries += queries;
	sliding_add(&v->watch->sums[SUM_QUERIES], queries);
	if (!is_new)
		return;
	add_name(d, v);
	evaluate(d, v);
}
