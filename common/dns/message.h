/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS messages, read in place: header, questions and records of all sections.
 *
 * RFC 1035 section 4, RFC 2136 (UPDATE), RFC 6762 section 18 (mDNS), RFC 8490 (DSO).
 * Nothing is allocated. The message's octets stay the caller's and must outlive every
 * struct that was made from them.
 */
#ifndef COMMON_DNS_MESSAGE_H
#define COMMON_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"

#define DNS_HEADER_SIZE 12

/* Bits of the header's second 16 bits (RFC 1035 section 4.1.1, RFC 4035 section 3). */
enum dns_flag {
	DNS_FLAG_QR = 0x8000,
	DNS_FLAG_AA = 0x0400,
	DNS_FLAG_TC = 0x0200,
	DNS_FLAG_RD = 0x0100,
	DNS_FLAG_RA = 0x0080,
	DNS_FLAG_Z = 0x0040,
	DNS_FLAG_AD = 0x0020,
	DNS_FLAG_CD = 0x0010,
	/* LLMNR has another meaning for two of them (RFC 4795, section 2.1.1). */
	DNS_FLAG_LLMNR_CONFLICT = 0x0400,
	DNS_FLAG_LLMNR_TENTATIVE = 0x0100,
};

/* In UPDATE: zone, prerequisite, update, additional (RFC 2136, section 2). */
enum dns_section {
	DNS_SECTION_QUESTION,
	DNS_SECTION_ANSWER,
	DNS_SECTION_AUTHORITY,
	DNS_SECTION_ADDITIONAL,
};

/* A question (RFC 1035 section 4.1.2). In mDNS the class' top bit is QU (RFC 6762, 5.4). */
struct dns_question {
	struct dns_name name;
	uint16_t type;
	uint16_t class;
};

/* A resource record (RFC 1035 section 4.1.3); rdata lies in the message at `rdata`. */
struct dns_record {
	struct dns_name name;
	enum dns_section section;
	uint16_t type;
	uint16_t class; /* mDNS: the top bit is cache-flush (RFC 6762, 10.2) */
	uint32_t ttl;
	uint16_t rdlength;
	uint32_t rdata; /* offset in the message */
};

/*
 * A message's header and first question. `malformed` is NULL or the reason (a static
 * string) why reading stopped; what was read before it is valid.
 */
struct dns_message {
	const uint8_t *wire;
	uint32_t size;
	uint16_t id;
	uint16_t flags;
	uint8_t opcode;
	uint8_t rcode;	   /* the header's four bits; the whole one: dns_rcode(), edns.h */
	uint16_t count[4]; /* by enum dns_section; what the header claims */
	bool has_question;
	struct dns_question question; /* the first; valid when has_question */
	uint32_t records;	      /* offset where the answer section begins; 0: not reached */
	const char *malformed;
};

/*
 * Reads the header and all questions (keeping the first). Returns false when not even the
 * header is there; a true return may still have set `malformed`.
 */
bool dns_message_read(struct dns_message *m, const uint8_t *wire, size_t size);

/* A walk over the records of all sections, or over the questions. */
struct dns_cursor {
	struct dns_message *message;
	uint32_t offset;
	uint32_t index; /* records (or questions) passed in this section */
	enum dns_section section;
};

/* Starts before the first question. */
void dns_questions_begin(struct dns_cursor *c, struct dns_message *m);
/* The next question; false at the end or at damage (see m->malformed). */
bool dns_questions_next(struct dns_cursor *c, struct dns_question *question);

/* Starts before the first record of the answer section. */
void dns_records_begin(struct dns_cursor *c, struct dns_message *m);
/* The next record in message order; false at the end or at damage (see m->malformed). */
bool dns_records_next(struct dns_cursor *c, struct dns_record *record);
/* The same, but leaves record->name alone: for a caller that only wants types or sizes. */
bool dns_records_step(struct dns_cursor *c, struct dns_record *record);

/*
 * Walks over everything once so that `malformed` is known, also for octets after the
 * last record ("trailing octets").
 */
void dns_message_check(struct dns_message *m);

/* Of a question: records of all classes (RFC 1035, section 3.2.5). */
#define DNS_CLASS_ANY 255

/* Multicast DNS keeps a flag in the class' top bit: QU in questions, cache-flush in records. */
#define DNS_CLASS_FLAG 0x8000

static inline bool dns_class_has_flag(uint16_t class)
{
	return class & DNS_CLASS_FLAG;
}

static inline uint16_t dns_class_without_flag(uint16_t class)
{
	return class & (uint16_t)~DNS_CLASS_FLAG;
}

static inline bool dns_message_is_response(const struct dns_message *m)
{
	return m->flags & DNS_FLAG_QR;
}

#endif
