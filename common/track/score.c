/* SPDX-License-Identifier: Apache-2.0 */
#include "track/score.h"

#include <string.h>

#include "track/information.h"

/* 16 * log2(value / 256), of 256 and more. */
static uint32_t log2_of(uint64_t value)
{
	unsigned int power = 63U - (unsigned int)__builtin_clzll(value);
	uint64_t rest = power >= 4 ? value >> (power - 4) & 15 : 0;

	return (power - 8) * 16 + (uint32_t)rest;
}

/* From 0 at none to `most` at `full`, by the logarithm: `unit` is what begins to count. */
static uint32_t points(uint64_t value, uint64_t unit, uint64_t full, uint32_t most)
{
	if (value >= full)
		return most;
	return most * log2_of((value + unit) * 256 / unit) / log2_of((full + unit) * 256 / unit);
}

/* In proportion. */
static uint32_t share(uint64_t value, uint64_t full, uint32_t most)
{
	return value >= full ? most : (uint32_t)(most * value / full);
}

static uint32_t sum_of(const uint32_t parts[ALERT_PARTS])
{
	uint32_t sum = 0;

	for (int i = 0; i < ALERT_PARTS; i++)
		sum += parts[i];
	return sum > ALERT_SCORE_MAX ? ALERT_SCORE_MAX : sum;
}

#define NAMES_FULL   40
#define STEADY_NAMES 30
#define ANSWERS_SURE 10

/* Names that come once, if more than half of the queries are of that kind. */
static uint32_t points_for_names(uint64_t names, uint64_t queries)
{
	uint64_t new = names * 2 > queries *SCORE_NAME ? names * 2 - queries *SCORE_NAME : 0;

	return share(share(names, NAMES_FULL * SCORE_NAME, 1024) * new / (names + !names), 1024,
		     25);
}

uint32_t score_tunnel(const struct watch *w, uint64_t now, uint32_t parts[ALERT_PARTS])
{
	uint64_t names = watch_sum(w, SUM_NAMES, now), answers = watch_sum(w, SUM_ANSWERS, now);
	uint64_t volume = watch_sum(w, SUM_VOLUME, now), factor = w->known ? w->known->factor : 1;
	uint64_t each = names ? volume * SCORE_NAME / names / INFORMATION_BIT : 0;

	memset(parts, 0, ALERT_PARTS * sizeof(*parts));
	if (!names)
		return 0;
	parts[PART_NAMES] = points_for_names(names, watch_sum(w, SUM_QUERIES, now));
	parts[PART_VOLUME] = points(volume / INFORMATION_OCTET, 32, 2048, 35);
	parts[PART_ANSWERS] = points(watch_sum(w, SUM_DATA, now) / factor, 64, 4096, 15);
	parts[PART_TYPES] = share(watch_sum(w, SUM_TYPES, now), names, 15);
	if (answers >= ANSWERS_SURE)
		parts[PART_TTL] = share(watch_sum(w, SUM_SHORT, now), answers, 10);
	parts[PART_SHAPE] = share(each, 120, 10);
	if (names >= STEADY_NAMES * SCORE_NAME)
		parts[PART_BEAT] = watch_steadiness(w, now);
	return sum_of(parts);
}

/* 55 at the bound, 15 for each doubling. */
#define LEAK_AT_BOUND 55
#define LEAK_DOUBLING 15

uint32_t score_leak(uint64_t octets, uint64_t bound, uint32_t parts[ALERT_PARTS])
{
	uint32_t up;

	memset(parts, 0, ALERT_PARTS * sizeof(*parts));
	if (octets * 16 < bound)
		return 0;
	up = log2_of(octets * 16 * 256 / bound); /* 64 at the bound */
	up = up * LEAK_DOUBLING / 16;
	parts[PART_VOLUME] =
		up + LEAK_AT_BOUND > 4 * LEAK_DOUBLING ? up + LEAK_AT_BOUND - 4 * LEAK_DOUBLING : 0;
	return sum_of(parts);
}

uint32_t score_foreign(const struct client *c, uint64_t now, uint32_t parts[ALERT_PARTS])
{
	memset(parts, 0, ALERT_PARTS * sizeof(*parts));
	parts[PART_FOREIGN] = points(sliding_sum(&c->foreign, &c->minutes, now), 2, 64, 60);
	parts[PART_VOLUME] = points(c->foreign_up + c->foreign_down, 64, 4096, 20);
	return sum_of(parts);
}

/* Some names that look generated, and do not exist; or many that do not exist. */
#define GENERATED_MIN 4

uint32_t score_generated(const struct client *c, uint64_t now, uint32_t parts[ALERT_PARTS])
{
	uint64_t missing = sliding_sum(&c->missing, &c->minutes, now);
	uint64_t suspicious = sliding_sum(&c->suspicious, &c->minutes, now);
	uint64_t each = missing ? sliding_sum(&c->suspicion, &c->minutes, now) / missing : 0;

	memset(parts, 0, ALERT_PARTS * sizeof(*parts));
	if (suspicious < GENERATED_MIN)
		return 0;
	parts[PART_SUSPICIOUS] = points(suspicious, 1, 16, 50) + share(each, 1000, 20);
	parts[PART_NXDOMAIN] = points(missing, 4, 64, 30);
	return sum_of(parts);
}
