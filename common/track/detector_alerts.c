/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From scores to alerts, and to their end.
 */
#include <string.h>

#include "track/detector_state.h"
#include "track/hash.h"

#define NS_PER_S 1000000000ULL
#define QUIET	 (1800 * NS_PER_S) /* an alert of which nothing came for so long is over */
/* An alert that goes on is told no more often than that, and when there are twice as many. */
#define RETELL (300 * NS_PER_S)

static void copy_samples(struct alert *a, const struct dns_name *samples, uint32_t count)
{
	a->sample_count = count;
	memcpy(a->samples, samples, count * sizeof(a->samples[0]));
}

static void fill_watch(struct alert *a, const struct watch *w)
{
	a->queries = w->queries;
	a->distinct_names = w->names;
	a->bytes_up = w->volume / INFORMATION_OCTET;
	a->bytes_down = w->data;
	a->has_names = a->has_up = a->has_down = true;
	a->evidence |= w->evidence;
	a->time = w->last > a->time ? w->last : a->time;
	copy_samples(a, w->samples, w->sample_count);
}

static void fill_client(struct alert *a, const struct client *c)
{
	a->queries = c->queries;
	a->distinct_names = c->distinct_names;
	a->has_names = true;
	if (a->kind == ALERT_DGA)
		copy_samples(a, c->samples, c->sample_count);
}

/* The totals as they are now. */
static void fill_totals(struct detector *d, struct open_alert *o, const struct client *client)
{
	const struct watch *w = o->watch ? watches_find(&d->watches, o->watch) : NULL;

	if (w)
		fill_watch(&o->alert, w);
	else if (client && !o->alert.has_domain)
		fill_client(&o->alert, client);
}

static void fill_message(struct alert *a, const struct view *v)
{
	a->client = v->client->who;
	a->server = v->message->server;
	a->protocol = v->message->protocol;
	a->ifindex = v->message->ifindex;
}

static uint64_t alert_key(const struct view *v, enum alert_kind kind, bool of_domain)
{
	return hash_mix(hash_mix(v->client->key, kind + 1U), of_domain ? v->domain_hash : 0);
}

/* Else it is of the names that were listed or rebound, among others of the domain. */
static bool is_of_all_names(enum alert_kind kind)
{
	return kind == ALERT_TUNNEL || kind == ALERT_EXFILTRATION;
}

/* NULL: it is too little. The caller completes and tells it. */
struct open_alert *detector_raise(struct detector *d, const struct view *v, enum alert_kind kind,
				  bool of_domain, uint32_t score, const uint32_t parts[ALERT_PARTS])
{
	struct open_alert *o =
		open_alerts_raise(&d->alerts, alert_key(v, kind, of_domain), score, parts, v->now);

	if (!o)
		return NULL;
	o->alert.kind = kind;
	o->alert.has_domain = of_domain;
	o->alert.domain = v->domain;
	o->watch = is_of_all_names(kind) && of_domain ? v->watch_key : 0;
	fill_message(&o->alert, v);
	if (!o->watch && of_domain)
		o->alert.queries += 1 + v->message->repeats;
	if (!o->watch && o->alert.sample_count < ALERT_SAMPLES && v->message->has_question)
		alert_keep_sample(o->alert.samples, &o->alert.sample_count,
				  &v->message->question.name);
	fill_totals(d, o, v->client);
	return o;
}

void detector_alert(struct detector *d, const struct view *v, enum alert_kind kind, bool of_domain,
		    uint32_t score, const uint32_t parts[ALERT_PARTS])
{
	struct open_alert *o = detector_raise(d, v, kind, of_domain, score, parts);

	if (o)
		open_alerts_tell(&d->alerts, o);
}

int detector_severity(struct detector *d, const struct view *v, enum alert_kind kind)
{
	const struct open_alert *o = open_alerts_find(&d->alerts, alert_key(v, kind, true));

	return o ? (int)o->alert.severity : -1;
}

static void close_or_retell(struct detector *d, struct open_alert *o, uint64_t now)
{
	uint64_t last;

	fill_totals(d, o, NULL);
	last = o->alert.time;
	if (now >= last + QUIET)
		open_alerts_close(&d->alerts, o);
	else if (last > o->told + RETELL && o->alert.queries >= 2 * o->told_queries)
		open_alerts_retell(&d->alerts, o);
}

void detector_expire(struct detector *d, uint64_t now)
{
	if (now < d->next_expiry && d->next_expiry - now < 2 * NS_PER_S)
		return;
	d->next_expiry = now + NS_PER_S;
	for (uint32_t i = 1; i <= d->alerts.keyed.used; i++)
		if (d->alerts.open[i].open)
			close_or_retell(d, &d->alerts.open[i], now);
}

void detector_finish(struct detector *d)
{
	for (uint32_t i = 1; i <= d->alerts.keyed.used; i++) {
		struct open_alert *o = &d->alerts.open[i];

		if (!o->open)
			continue;
		fill_totals(d, o, NULL);
		open_alerts_close(&d->alerts, o);
	}
}
