/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A response as a step of a resolution (RFC 1034, section 5.3.3; RFC 2308, section 2).
 */
#include <string.h>

#include "dns/codes.h"
#include "dns/edns.h"
#include "dns/octets.h"
#include "track/chain_names.h"

struct reading {
	struct chain_answer *answer;
	struct chain_facts *facts;
	struct dns_message *m;
	const struct dns_question *question;
	struct dns_name
		owner; /* whose records are the answer: the name, or the last CNAME's target */
	bool answered; /* there is a record of the type that was asked for */
	bool has_soa;
};

static void note_ttl(struct reading *r, uint32_t ttl)
{
	if (!r->answer->has_ttl || ttl < r->answer->ttl)
		r->answer->ttl = ttl;
	r->answer->has_ttl = true;
}

static bool read_target(const struct reading *r, const struct dns_record *record,
			struct dns_name *name)
{
	return dns_name_read(name, r->m->wire, r->m->size, record->rdata, NULL) > 0;
}

static void take_cname(struct reading *r, const struct dns_record *record)
{
	struct chain_facts *f = r->facts;

	if (f->cnames == FACTS_CNAMES_MAX || !dns_name_equal(&record->name, &r->owner) ||
	    !read_target(r, record, &f->cname[f->cnames]))
		return;
	r->owner = f->cname[f->cnames];
	f->cnames++;
}

/* IPv4 as ::ffff:a.b.c.d; false: it is no address. */
static bool read_address(const struct reading *r, const struct dns_record *record,
			 uint8_t address[16])
{
	const uint8_t *data = r->m->wire + record->rdata;

	if (record->type == DNS_TYPE_A && record->rdlength == 4) {
		memset(address, 0, 10);
		address[10] = address[11] = 0xff;
		memcpy(address + 12, data, 4);
		return true;
	}
	if (record->type != DNS_TYPE_AAAA || record->rdlength != 16)
		return false;
	memcpy(address, data, 16);
	return true;
}

static void take_glue(struct reading *r, const struct dns_record *record)
{
	struct chain_facts *f = r->facts;
	struct name_hashes hashes;

	if (f->glues == FACTS_GLUE_MAX)
		return;
	memset(&f->glue[f->glues], 0, sizeof(f->glue[0]));
	if (!read_address(r, record, f->glue[f->glues].address.address))
		return;
	name_hashes(&hashes, &record->name);
	f->glue[f->glues++].name = name_hash(&hashes);
}

static void take_address(struct reading *r, const struct dns_record *record)
{
	struct chain_answer *a = r->answer;
	uint8_t address[16];

	if (!read_address(r, record, address))
		return;
	if (a->addresses < CHAIN_ADDRESSES_MAX)
		memcpy(a->address[a->addresses], address, 16);
	a->addresses++;
}

/* Of one zone: the first. */
static void take_server(struct reading *r, const struct dns_record *record)
{
	struct chain_facts *f = r->facts;

	if (!f->has_zone) {
		f->has_zone = true;
		f->zone = record->name;
	}
	if (!dns_name_equal(&record->name, &f->zone))
		return;
	r->answer->servers++;
	if (f->servers < FACTS_SERVERS_MAX && read_target(r, record, &f->server[f->servers]))
		f->servers++;
}

static bool asks_for_all(uint16_t type)
{
	return type == DNS_TYPE_ANY || type == DNS_TYPE_AXFR || type == DNS_TYPE_IXFR;
}

static void take_answer(struct reading *r, const struct dns_record *record)
{
	uint16_t type = r->question->type;

	r->answer->records++;
	note_ttl(r, record->ttl);
	if (record->type == type || asks_for_all(type))
		r->answered = true;
	else if (record->type == DNS_TYPE_CNAME)
		take_cname(r, record);
	take_address(r, record);
}

/* RFC 2308, section 5: a negative answer's TTL. */
static void take_soa(struct reading *r, const struct dns_record *record)
{
	uint32_t minimum;

	r->has_soa = true;
	if (r->answer->records || record->rdlength < 22)
		return;
	minimum = get_u32(r->m->wire + record->rdata + record->rdlength - 4);
	note_ttl(r, record->ttl < minimum ? record->ttl : minimum);
}

static void take_record(struct reading *r, const struct dns_record *record)
{
	if (record->class != r->question->class && r->question->class != DNS_CLASS_ANY)
		return;
	if (record->section == DNS_SECTION_ANSWER)
		take_answer(r, record);
	if (record->section == DNS_SECTION_AUTHORITY && record->type == DNS_TYPE_SOA)
		take_soa(r, record);
	if (record->type == DNS_TYPE_NS && record->section != DNS_SECTION_ADDITIONAL)
		take_server(r, record);
	take_glue(r, record);
}

static enum chain_outcome outcome_of(const struct reading *r)
{
	const struct chain_answer *a = r->answer;

	if (a->rcode == DNS_RCODE_NXDOMAIN)
		return OUTCOME_NXDOMAIN;
	if (a->rcode != DNS_RCODE_NOERROR)
		return OUTCOME_ERROR;
	if (a->flags & DNS_FLAG_TC)
		return OUTCOME_TRUNCATED;
	if (r->answered)
		return OUTCOME_ANSWER;
	if (r->facts->cnames)
		return OUTCOME_CNAME;
	if (r->facts->has_zone && !r->has_soa && !(a->flags & DNS_FLAG_AA))
		return OUTCOME_REFERRAL;
	return OUTCOME_NODATA;
}

static void set_name(struct chain_answer *a, const struct dns_name *name)
{
	a->name = *name;
	a->has_name = true;
}

void chain_answer_read(struct chain_answer *answer, enum chain_outcome *outcome,
		       struct chain_facts *facts, struct dns_message *m,
		       const struct dns_question *question)
{
	struct reading r = {
		.answer = answer,
		.facts = facts,
		.m = m,
		.question = question,
		.owner = question->name,
	};
	struct dns_cursor cursor;
	struct dns_record record;
	struct dns_edns edns;

	memset(answer, 0, sizeof(*answer));
	facts->cnames = facts->servers = facts->glues = 0;
	facts->has_zone = false;
	answer->rcode = dns_rcode(m, dns_edns_read(&edns, m) ? &edns : NULL);
	answer->flags = m->flags;
	dns_records_begin(&cursor, m);
	while (dns_records_next(&cursor, &record))
		take_record(&r, &record);
	*outcome = outcome_of(&r);
	if (*outcome == OUTCOME_REFERRAL)
		set_name(answer, &facts->zone);
	else if (facts->cnames)
		set_name(answer, &facts->cname[facts->cnames - 1]);
	if (*outcome != OUTCOME_REFERRAL)
		answer->servers = 0;
}
