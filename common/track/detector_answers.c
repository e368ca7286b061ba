/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers: what comes down, addresses that turn private, names that do not exist.
 */
#include <string.h>

#include "dns/codes.h"
#include "track/detector_state.h"
#include "track/dga.h"
#include "track/hash.h"
#include "track/score.h"

#define SHORT_TTL 5 /* seconds */

struct answer {
	uint32_t records, octets, ttl;
	bool private, public;
};

static bool is_private_ipv4(const uint8_t *a)
{
	return a[0] == 10 || a[0] == 127 || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
	       (a[0] == 192 && a[1] == 168) || (a[0] == 169 && a[1] == 254);
}

/* ::1, unique local (RFC 4193) and link-local addresses. */
static bool is_private_ipv6(const uint8_t *a)
{
	static const uint8_t one[16] = {[15] = 1};

	return (a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) ||
	       memcmp(a, one, sizeof(one)) == 0;
}

/* 0.0.0.0 and :: are what filtering resolvers answer. */
static bool is_zero(const uint8_t *a, size_t size)
{
	uint8_t all = 0;

	for (size_t i = 0; i < size; i++)
		all |= a[i];
	return !all;
}

static void look_at_address(struct answer *answer, const struct dns_record *record,
			    const uint8_t *address)
{
	size_t size = record->type == DNS_TYPE_A ? 4 : 16;
	bool private;

	if ((record->type != DNS_TYPE_A && record->type != DNS_TYPE_AAAA) ||
	    record->rdlength != size || is_zero(address, size))
		return;
	private = size == 4 ? is_private_ipv4(address) : is_private_ipv6(address);
	answer->private |= private;
	answer->public |= !private;
}

/* As many records as a message has room for, so their number is bounded by its size. */
static void read_answer(struct answer *answer, struct dns_message *message)
{
	struct dns_cursor cursor;
	struct dns_record record;

	*answer = (struct answer){.ttl = UINT32_MAX};
	dns_records_begin(&cursor, message);
	while (dns_records_step(&cursor, &record) && record.section == DNS_SECTION_ANSWER) {
		answer->records++;
		answer->octets += record.rdlength;
		answer->ttl = record.ttl < answer->ttl ? record.ttl : answer->ttl;
		look_at_address(answer, &record, message->wire + record.rdata);
	}
}

/*
 * To the same client, who would be led astray, and by the same server: where one answers for inside
 * and one for outside, names have both.
 */
static void check_rebinding(struct detector *d, const struct view *v, const struct answer *answer)
{
	uint64_t mark = hash_octets(v->name_hash ^ v->client->key, v->message->server.address, 16);
	uint32_t parts[ALERT_PARTS] = {[PART_ADDRESS] = 60};

	if (!v->listed)
		return;
	if (answer->public) {
		seen_before(&d->public, mark, v->now);
		return;
	}
	if (!answer->private || !seen_has(&d->public, mark))
		return;
	parts[PART_TTL] = answer->ttl <= 60 ? 15 : 0;
	detector_alert(d, v, ALERT_REBINDING, true, parts[PART_ADDRESS] + parts[PART_TTL], parts);
}

/* A domain that does not exist: asked for itself, or for one name below it. */
static void check_generated(struct detector *d, const struct view *v)
{
	uint64_t mark = hash_mix(v->client->key, v->domain_hash);
	uint32_t parts[ALERT_PARTS], suspicion, score;
	struct client *c = v->client;

	if (!v->listed || v->labels > 1 || seen_before(&d->seen, mark, v->now))
		return;
	suspicion = dga_score(&v->domain);
	sliding_add(&c->missing, 1);
	sliding_add(&c->suspicion, suspicion);
	if (suspicion < DGA_SUSPICIOUS)
		return;
	sliding_add(&c->suspicious, 1);
	alert_keep_sample(c->samples, &c->sample_count, &v->message->question.name);
	score = score_generated(c, v->now, parts);
	detector_alert(d, v, ALERT_DGA, false, score, parts);
}

static void add_answer(struct view *v, const struct answer *answer)
{
	struct watch *w = v->watch;

	watch_advance(w, v->now);
	w->data += answer->octets;
	sliding_add(&w->sums[SUM_DATA], answer->octets);
	if (!answer->records)
		return;
	sliding_add(&w->sums[SUM_ANSWERS], 1);
	sliding_add(&w->sums[SUM_SHORT], answer->ttl <= SHORT_TTL);
}

void detector_response(struct detector *d, struct view *v)
{
	struct dns_message *message = v->message->message;
	struct answer answer;

	if (!message)
		return;
	read_answer(&answer, message);
	check_rebinding(d, v, &answer);
	if (message->rcode == DNS_RCODE_NXDOMAIN)
		check_generated(d, v);
	v->watch = v->labels ? watches_find(&d->watches, v->watch_key) : NULL;
	if (v->watch)
		add_answer(v, &answer);
}
