/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/message.h"

#include "dns/codes.h"
#include "dns/octets.h"

enum {
	QUESTION_FIXED = 4, /* type, class */
	RECORD_FIXED = 10,  /* type, class, TTL, length */
};

/* A name at `offset`, copied where `name` is not NULL; 0: damaged, and said so. */
static size_t take_name(struct dns_message *m, struct dns_name *name, size_t offset)
{
	struct dns_name ignored;
	size_t taken;

	if (name)
		return dns_name_read(name, m->wire, m->size, offset, &m->malformed);
	taken = dns_name_skip(m->wire, m->size, offset);
	if (!taken)
		dns_name_read(&ignored, m->wire, m->size, offset, &m->malformed);
	return taken;
}

/*
 * Whether `fixed` octets follow a name at `offset`; returns where they begin, or 0 at damage.
 * `name` keeps what could be read of it.
 */
static size_t take_entry(struct dns_message *m, struct dns_name *name, size_t offset, size_t fixed,
			 const char *cut)
{
	const char *before = m->malformed;
	size_t taken;

	if (offset >= m->size) {
		m->malformed = "counts exceed message";
		return 0;
	}
	taken = take_name(m, name, offset);
	if (!taken)
		return 0;
	m->malformed = before;
	offset += taken;
	if (m->size - offset < fixed) {
		m->malformed = cut;
		return 0;
	}
	return offset;
}

/* Reads one question; `question` may be NULL. Returns where it ends, 0 at damage. */
static size_t take_question(struct dns_message *m, struct dns_question *question, size_t offset)
{
	offset = take_entry(m, question ? &question->name : NULL, offset, QUESTION_FIXED,
			    "question: cut");
	if (!offset)
		return 0;
	if (question) {
		question->type = get_u16(m->wire + offset);
		question->class = get_u16(m->wire + offset + 2);
	}
	return offset + QUESTION_FIXED;
}

/* Reads one record; its name only where `name` is not NULL. Returns where it ends. */
static size_t take_record(struct dns_message *m, struct dns_record *record, struct dns_name *name,
			  size_t offset)
{
	const uint8_t *fixed;

	offset = take_entry(m, name, offset, RECORD_FIXED, "record: cut");
	if (!offset)
		return 0;
	fixed = m->wire + offset;
	record->type = get_u16(fixed);
	record->class = get_u16(fixed + 2);
	record->ttl = get_u32(fixed + 4);
	record->rdlength = get_u16(fixed + 8);
	record->rdata = (uint32_t)(offset + RECORD_FIXED);
	if (m->size - record->rdata < record->rdlength) {
		m->malformed = "record: cut";
		return 0;
	}
	return (size_t)record->rdata + record->rdlength;
}

bool dns_message_read(struct dns_message *m, const uint8_t *wire, size_t size)
{
	size_t offset = DNS_HEADER_SIZE;

	if (size < DNS_HEADER_SIZE || size > UINT32_MAX)
		return false;
	m->wire = wire;
	m->size = (uint32_t)size;
	m->id = get_u16(wire);
	m->flags = get_u16(wire + 2);
	m->opcode = m->flags >> 11 & 0xf;
	m->rcode = m->flags & 0xf;
	for (int i = 0; i < 4; i++)
		m->count[i] = get_u16(wire + 4 + 2 * i);
	m->has_question = false;
	m->records = 0;
	m->malformed = NULL;

	for (unsigned int i = 0; i < m->count[DNS_SECTION_QUESTION]; i++) {
		offset = take_question(m, i ? NULL : &m->question, offset);
		if (!offset)
			return true;
		m->has_question = true;
	}
	m->records = (uint32_t)offset;
	return true;
}

void dns_questions_begin(struct dns_cursor *c, struct dns_message *m)
{
	*c = (struct dns_cursor){m, DNS_HEADER_SIZE, 0, DNS_SECTION_QUESTION};
}

bool dns_questions_next(struct dns_cursor *c, struct dns_question *question)
{
	size_t end;

	if (c->index >= c->message->count[DNS_SECTION_QUESTION])
		return false;
	end = take_question(c->message, question, c->offset);
	if (!end) {
		c->index = UINT32_MAX;
		return false;
	}
	c->offset = (uint32_t)end;
	c->index++;
	return true;
}

void dns_records_begin(struct dns_cursor *c, struct dns_message *m)
{
	*c = (struct dns_cursor){m, m->records, 0, DNS_SECTION_ANSWER};
	if (!m->records) /* damaged before the first record */
		*c = (struct dns_cursor){m, 0, UINT32_MAX, DNS_SECTION_ADDITIONAL};
}

static inline bool step(struct dns_cursor *c, struct dns_record *record, struct dns_name *name)
{
	size_t end;

	while (c->index >= c->message->count[c->section]) {
		if (c->section == DNS_SECTION_ADDITIONAL)
			return false;
		c->section++;
		c->index = 0;
	}
	record->section = c->section;
	end = take_record(c->message, record, name, c->offset);
	if (!end) {
		c->section = DNS_SECTION_ADDITIONAL;
		c->index = UINT32_MAX;
		return false;
	}
	c->offset = (uint32_t)end;
	c->index++;
	return true;
}

bool dns_records_next(struct dns_cursor *c, struct dns_record *record)
{
	return step(c, record, &record->name);
}

bool dns_records_step(struct dns_cursor *c, struct dns_record *record)
{
	return step(c, record, NULL);
}

void dns_message_check(struct dns_message *m)
{
	struct dns_cursor c;
	struct dns_record record;

	if (m->malformed)
		return;
	dns_records_begin(&c, m);
	while (dns_records_step(&c, &record))
		;
	/* DSO's TLVs follow the header without being counted (RFC 8490, section 5.4). */
	if (!m->malformed && c.offset < m->size && m->opcode != DNS_OPCODE_DSO)
		m->malformed = "trailing octets";
}
