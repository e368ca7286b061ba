/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts that RDATA is made of. Inside common/dns only.
 *
 * A writer takes its octets from the reader's front and writes their text. It returns false,
 * with `why` set, when they do not fit; what it had written is then thrown away.
 */
#ifndef COMMON_DNS_RDATA_FIELD_H
#define COMMON_DNS_RDATA_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/text.h"

struct rdata {
	const uint8_t *message;
	size_t at;  /* offset in the message of what is left */
	size_t end; /* offset of the record's end */
	const char *why;
};

typedef bool (*field_writer)(struct text *t, struct rdata *r);

static inline size_t rdata_left(const struct rdata *r)
{
	return r->end - r->at;
}

static inline bool rdata_misfit(struct rdata *r, const char *why)
{
	r->why = why;
	return false;
}

/* The next `n` octets, or NULL. */
static inline const uint8_t *rdata_take(struct rdata *r, size_t n)
{
	const uint8_t *p = r->message + r->at;

	if (n > rdata_left(r)) {
		r->why = "rdata: cut";
		return NULL;
	}
	r->at += n;
	return p;
}

bool put_name(struct text *t, struct rdata *r);
bool put_u8(struct text *t, struct rdata *r);
bool put_u16(struct text *t, struct rdata *r);
bool put_u32(struct text *t, struct rdata *r);
bool put_u48(struct text *t, struct rdata *r);
bool put_ipv4(struct text *t, struct rdata *r);
bool put_ipv6(struct text *t, struct rdata *r);
bool put_string(struct text *t, struct rdata *r);      /* one <character-string>, quoted */
bool put_strings(struct text *t, struct rdata *r);     /* one or more, to the end */
bool put_tag(struct text *t, struct rdata *r);	       /* one, of letters and digits, unquoted */
bool put_quoted_rest(struct text *t, struct rdata *r); /* all that is left, quoted; may be empty */
bool put_target(struct text *t, struct rdata *r);      /* the same, but not empty */
bool put_hex(struct text *t, struct rdata *r);	       /* all that is left, not empty */
bool put_base64(struct text *t, struct rdata *r);      /* all that is left, not empty */
bool put_base64_or_none(struct text *t, struct rdata *r);
bool put_sized_base64(struct text *t, struct rdata *r); /* "LENGTH BASE64": 16 bits, then data */
bool put_eui48(struct text *t, struct rdata *r);
bool put_eui64(struct text *t, struct rdata *r);
bool put_locator64(struct text *t, struct rdata *r);
bool put_services(struct text *t, struct rdata *r);
bool put_tsig_error(struct text *t, struct rdata *r);

bool put_type(struct text *t, struct rdata *r);
bool put_time(struct text *t, struct rdata *r);
bool put_bitmap(struct text *t, struct rdata *r);
bool put_salt(struct text *t, struct rdata *r);
bool put_hash(struct text *t, struct rdata *r);

bool put_location(struct text *t, struct rdata *r);
bool put_service_params(struct text *t, struct rdata *r);

#endif
