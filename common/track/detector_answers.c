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

enum {
	PUBLIC = 1,
	PRIVATE = 2,
	ON_HOST = 4, /* or on its link; private, too */
	NEUTRAL = 0, /* a provider's network (RFC 6598), which no firewall of the client's hides */
};

struct answer {
	uint32_t records, octets, ttl;
	unsigned int places; /* of all addresses */
};

static unsigned int place_of_ipv4(const uint8_t *a)
{
	if (a[0] == 127 || (a[0] == 169 && a[1] == 254))
		return PRIVATE | ON_HOST;
	if (a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168))
		return PRIVATE;
	return a[0] == 100 && (a[1] & 0xc0) == 64 ? NEUTRAL : PUBLIC;
}

static bool begins_with(const uint8_t *a, const uint8_t *prefix, size_t size)
{
	return memcmp(a, prefix, size) == 0;
}

/* ::1, link-local and unique local addresses (RFC 4193); others have an IPv4 address in them. */
static unsigned int place_of_ipv6(const uint8_t *a)
{
	static const uint8_t one[16] = {[15] = 1};
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}; /* RFC 4291, 2.5.5.2 */
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};	      /* RFC 6052, 2.1 */

	if (begins_with(a, mapped, sizeof(mapped)) || begins_with(a, nat64, sizeof(nat64)))
		return place_of_ipv4(a + 12);
	if (begins_with(a, one, sizeof(one)) || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80))
		return PRIVATE | ON_HOST;
	return (a[0] & 0xfe) == 0xfc ? PRIVATE : PUBLIC;
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

	if ((record->type != DNS_TYPE_A && record->type != DNS_TYPE_AAAA) ||
	    record->rdlength != size || is_zero(address, size))
		return;
	answer->places |= size == 4 ? place_of_ipv4(address) : place_of_ipv6(address);
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

/* Names that each network has for itself, though the root has what is above them (RFC 8375). */
static bool is_of_home(const struct dns_name *domain)
{
	static const uint8_t home[] = "\4home\4arpa";

	return domain->len >= sizeof(home) &&
	       memcmp(domain->wire + domain->len - sizeof(home), home, sizeof(home)) == 0;
}

/*
 * To the same client, who would be led astray, and by the same server: where one answers for inside
 * and one for outside, names have both. A host may have a public address of one family and a
 * private one of the other; but that it is the client itself, nobody's name says.
 */
static void check_rebinding(struct detector *d, const struct view *v, const struct answer *answer)
{
	uint64_t mark = hash_octets(v->name_hash ^ v->client->key, v->message->server.address, 16);
	uint64_t of_type = hash_mix(mark, v->message->question.type);
	uint32_t parts[ALERT_PARTS] = {[PART_ADDRESS] = 60};

	if (!v->listed || is_of_home(&v->lower))
		return;
	if (answer->places & PUBLIC) {
		seen_before(&d->public, mark, v->now);
		seen_before(&d->public, of_type, v->now);
		return;
	}
	if (!(answer->places & PRIVATE) ||
	    !seen_has(&d->public, answer->places & ON_HOST ? mark : of_type, v->now))
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
