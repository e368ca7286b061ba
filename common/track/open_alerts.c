/* SPDX-License-Identifier: Apache-2.0 */
#include "track/open_alerts.h"

#include <string.h>

void open_alerts_layout(struct open_alerts *a, struct arena *arena, uint32_t max)
{
	keyed_layout(&a->keyed, arena, max);
	a->open = arena_take(arena, (uint64_t)max + 1, sizeof(*a->open));
}

struct open_alert *open_alerts_find(struct open_alerts *a, uint64_t key)
{
	uint32_t number = keyed_find(&a->keyed, key);

	return number && a->open[number].open ? &a->open[number] : NULL;
}

int open_alerts_severity(const struct open_alerts *a, uint32_t score)
{
	int severity = -1;

	while (severity + 1 < ALERT_SEVERITIES && score >= a->config->severity[severity + 1])
		severity++;
	return severity;
}

/* The one that was used longest ago makes room, closed. */
static struct open_alert *open_new(struct open_alerts *a, uint64_t key)
{
	uint32_t number = keyed_find(&a->keyed, key), victim = keyed_victim(&a->keyed);

	if (number)
		return &a->open[number];
	if (victim && a->open[victim].open) {
		a->closed_for_others++;
		open_alerts_close(a, &a->open[victim]);
	}
	return &a->open[keyed_add(&a->keyed, key)];
}

static struct open_alert *open_or_find(struct open_alerts *a, uint64_t key, bool enough,
				       uint64_t now)
{
	struct open_alert *o = open_alerts_find(a, key);

	if (o || !enough)
		return o;
	o = open_new(a, key);
	memset(o, 0, sizeof(*o));
	o->open = o->news = true;
	o->alert.opened = now;
	return o;
}

struct open_alert *open_alerts_raise(struct open_alerts *a, uint64_t key, uint32_t score,
				     const uint32_t parts[ALERT_PARTS], uint64_t now)
{
	int severity = open_alerts_severity(a, score);
	struct open_alert *o = open_or_find(a, key, severity >= 0, now);

	if (!o)
		return NULL;
	if (severity > (int)o->alert.severity) {
		o->alert.severity = (enum alert_severity)severity;
		o->news = true;
	}
	if (score > o->alert.score) {
		o->alert.score = score;
		memcpy(o->alert.parts, parts, sizeof(o->alert.parts));
	}
	o->alert.time = now;
	return o;
}

static bool is_told(const struct open_alerts *a, const struct open_alert *o)
{
	return o->alert.severity >= a->config->least;
}

void open_alerts_retell(struct open_alerts *a, struct open_alert *o)
{
	if (!is_told(a, o))
		return;
	o->alert.state = o->announced ? ALERT_UPDATE : ALERT_OPEN;
	o->told = o->alert.time;
	o->told_queries = o->alert.queries;
	o->announced = true;
	o->news = false;
	a->config->alert(a->config->context, &o->alert);
}

void open_alerts_tell(struct open_alerts *a, struct open_alert *o)
{
	if (o->news)
		open_alerts_retell(a, o);
}

void open_alerts_close(struct open_alerts *a, struct open_alert *o)
{
	o->open = false;
	o->alert.state = ALERT_CLOSED;
	if (!is_told(a, o))
		return;
	a->counts[o->alert.kind][o->alert.severity]++;
	a->config->alert(a->config->context, &o->alert);
}
