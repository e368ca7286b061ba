/* SPDX-License-Identifier: Apache-2.0 */
#include "track/latency.h"

#include <string.h>

#include "dns/edns.h"

void latency_reset(struct latency *l)
{
	memset(l, 0, sizeof(*l));
	l->min = UINT64_MAX;
}

static void add_time(struct latency *l, uint64_t latency, const struct latency_scale *scale,
		     uint64_t slow)
{
	uint32_t step = 0;

	while (step < scale->count && latency > scale->upper[step])
		step++;
	l->steps[step]++;
	l->histogram.counts[histogram_bucket(latency)]++;
	l->sum += latency;
	l->slow += latency >= slow;
	if (latency < l->min)
		l->min = latency;
	if (latency > l->max)
		l->max = latency;
}

static void add_answer(struct latency *l, const struct lookup *lookup,
		       const struct latency_scale *scale, uint64_t slow)
{
	struct dns_edns edns;
	uint16_t rcode =
		dns_rcode(lookup->message, dns_edns_read(&edns, lookup->message) ? &edns : NULL);

	l->answers++;
	l->rcodes[rcode < LATENCY_RCODES ? rcode : LATENCY_RCODES]++;
	add_time(l, lookup->latency, scale, slow);
}

static void add_response(struct latency *l, const struct lookup *lookup)
{
	l->unmatched += lookup->unmatched != UNMATCHED_NOT;
	l->duplicates += lookup->unmatched == UNMATCHED_DUPLICATE;
	l->late += lookup->unmatched == UNMATCHED_LATE;
}

void latency_add(struct latency *l, const struct lookup *lookup, const struct latency_scale *scale,
		 uint64_t slow)
{
	switch (lookup->event) {
	case LOOKUP_ANSWER:
		add_answer(l, lookup, scale, slow);
		break;
	case LOOKUP_TIMEOUT:
		l->timeouts++;
		break;
	case LOOKUP_REFUSED:
		l->refused++;
		break;
	case LOOKUP_SEND_FAILED:
		l->send_failed++;
		break;
	case LOOKUP_RESPONSE:
		add_response(l, lookup);
		return;
	case LOOKUP_QUERY:
	case LOOKUP_DROPPED:
		return;
	}
	l->queries++;
	l->retries += lookup->attempts > 1 ? lookup->attempts - 1 : 0;
}

_Static_assert(TALLY_BUCKETS == HISTOGRAM_BUCKETS, "the same histogram");
_Static_assert(TALLY_STEPS > LATENCY_STEPS_MAX, "room for all steps");

static void add_extremes(struct latency *l, const struct tally_extremes *e)
{
	if (~e->headroom < l->min)
		l->min = ~e->headroom;
	if (e->longest > l->max)
		l->max = e->longest;
}

void latency_add_tally(struct latency *l, const struct tally_counts *now,
		       const struct tally_counts *before)
{
	uint64_t answers = now->answers - before->answers;

	l->queries += answers;
	l->answers += answers;
	l->unmatched += now->duplicates - before->duplicates;
	l->duplicates += now->duplicates - before->duplicates;
	l->sum += now->sum - before->sum;
	for (uint32_t i = 0; i < TALLY_RCODES; i++)
		l->rcodes[i] += now->rcodes[i] - before->rcodes[i];
	for (uint32_t i = 0; i <= LATENCY_STEPS_MAX; i++)
		l->steps[i] += now->steps[i] - before->steps[i];
	for (uint32_t i = 0; i < TALLY_BUCKETS; i++)
		l->histogram.counts[i] += now->histogram[i] - before->histogram[i];
	if (answers)
		add_extremes(l, &now->extremes[0]);
}

/* The middle of a bucket may lie outside of what was seen. */
static uint64_t within(const struct latency *l, uint64_t value)
{
	if (value < l->min)
		return l->min;
	return value > l->max ? l->max : value;
}

uint64_t latency_percentile(const struct latency *l, uint32_t permille)
{
	uint64_t rank = l->answers / 1000 * permille + (l->answers % 1000 * permille + 999) / 1000;

	if (!l->answers)
		return 0;
	return within(l, histogram_rank(&l->histogram, rank ? rank : 1));
}

uint64_t latency_average(const struct latency *l)
{
	return l->answers ? l->sum / l->answers : 0;
}

void latency_scale_powers(struct latency_scale *scale, uint64_t unit, uint32_t powers)
{
	scale->count = powers < LATENCY_STEPS_MAX ? powers : LATENCY_STEPS_MAX;
	for (uint32_t i = 0; i < scale->count; i++)
		scale->upper[i] = (2ULL << i) * unit - 1;
}
