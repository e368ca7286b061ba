/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields that several types share.
 */
#include "dns/rdata_field.h"

#include "dns/codes.h"
#include "dns/octets.h"

/*
 * Pointers are followed in every type: RFC 3597, section 4, wants them in the types of RFC 1035
 * alone, but asks receivers to accept them in more.
 */
bool put_name(struct text *t, struct rdata *r)
{
	struct dns_name name;
	size_t taken = dns_name_read(&name, r->message, r->end, r->at, &r->why);

	if (!taken)
		return false;
	r->at += taken;
	text_name(t, &name);
	return true;
}

bool put_u8(struct text *t, struct rdata *r)
{
	const uint8_t *p = rdata_take(r, 1);

	if (p)
		text_number(t, *p);
	return p;
}

bool put_u16(struct text *t, struct rdata *r)
{
	const uint8_t *p = rdata_take(r, 2);

	if (p)
		text_number(t, get_u16(p));
	return p;
}

bool put_u32(struct text *t, struct rdata *r)
{
	const uint8_t *p = rdata_take(r, 4);

	if (p)
		text_number(t, get_u32(p));
	return p;
}

bool put_u48(struct text *t, struct rdata *r)
{
	const uint8_t *p = rdata_take(r, 6);

	if (p)
		text_number(t, get_u48(p));
	return p;
}

bool put_ipv4(struct text *t, struct rdata *r)
{
	const uint8_t *p = rdata_take(r, 4);

	if (p)
		text_ipv4(t, p);
	return p;
}

bool put_ipv6(struct text *t, struct rdata *r)
{
	const uint8_t *p = rdata_take(r, 16);

	if (p)
		text_ipv6(t, p);
	return p;
}

/* A <character-string>: one octet of length, then as many (RFC 1035, section 3.3). */
static const uint8_t *take_string(struct rdata *r, size_t *n)
{
	const uint8_t *length = rdata_take(r, 1);

	if (!length)
		return NULL;
	*n = *length;
	return rdata_take(r, *n);
}

bool put_string(struct text *t, struct rdata *r)
{
	size_t n;
	const uint8_t *p = take_string(r, &n);

	if (p)
		text_quoted(t, p, n);
	return p;
}

bool put_strings(struct text *t, struct rdata *r)
{
	if (!put_string(t, r))
		return false;
	while (rdata_left(r) > 0) {
		text_char(t, ' ');
		if (!put_string(t, r))
			return false;
	}
	return true;
}

/* RFC 8659, section 4.1: US-ASCII letters and digits, at least one. */
bool put_tag(struct text *t, struct rdata *r)
{
	size_t n;
	const uint8_t *p = take_string(r, &n);

	if (!p)
		return false;
	if (n == 0)
		return rdata_misfit(r, "rdata: empty tag");
	for (size_t i = 0; i < n; i++) {
		uint8_t folded = p[i] | 0x20;

		if ((p[i] < '0' || p[i] > '9') && (folded < 'a' || folded > 'z'))
			return rdata_misfit(r, "rdata: tag");
		text_char(t, (char)p[i]);
	}
	return true;
}

bool put_quoted_rest(struct text *t, struct rdata *r)
{
	text_quoted(t, r->message + r->at, rdata_left(r));
	r->at = r->end;
	return true;
}

bool put_target(struct text *t, struct rdata *r)
{
	if (rdata_left(r) == 0)
		return rdata_misfit(r, "rdata: cut");
	return put_quoted_rest(t, r);
}

bool put_hex(struct text *t, struct rdata *r)
{
	if (rdata_left(r) == 0)
		return rdata_misfit(r, "rdata: cut");
	text_hex_upper(t, r->message + r->at, rdata_left(r));
	r->at = r->end;
	return true;
}

bool put_base64_or_none(struct text *t, struct rdata *r)
{
	text_base64(t, r->message + r->at, rdata_left(r));
	r->at = r->end;
	return true;
}

bool put_base64(struct text *t, struct rdata *r)
{
	if (rdata_left(r) == 0)
		return rdata_misfit(r, "rdata: cut");
	return put_base64_or_none(t, r);
}

bool put_sized_base64(struct text *t, struct rdata *r)
{
	const uint8_t *size = rdata_take(r, 2);
	const uint8_t *p;

	if (!size)
		return false;
	p = rdata_take(r, get_u16(size));
	if (!p)
		return false;
	text_number(t, get_u16(size));
	if (get_u16(size) > 0) {
		text_char(t, ' ');
		text_base64(t, p, get_u16(size));
	}
	return true;
}

static bool put_eui(struct text *t, struct rdata *r, size_t n)
{
	const uint8_t *p = rdata_take(r, n);

	if (!p)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			text_char(t, '-');
		text_hex_lower(t, p + i, 1);
	}
	return true;
}

/* RFC 7043, sections 3.2 and 4.2. */
bool put_eui48(struct text *t, struct rdata *r)
{
	return put_eui(t, r, 6);
}

bool put_eui64(struct text *t, struct rdata *r)
{
	return put_eui(t, r, 8);
}

/* RFC 6742, sections 2.1.2 and 2.3.2: four groups of four hex digits. */
bool put_locator64(struct text *t, struct rdata *r)
{
	const uint8_t *p = rdata_take(r, 8);

	if (!p)
		return false;
	for (size_t i = 0; i < 8; i += 2) {
		if (i > 0)
			text_char(t, ':');
		text_hex_lower(t, p + i, 2);
	}
	return true;
}

/* WKS: a protocol and its ports, one bit each (RFC 1035, section 3.4.2). */
bool put_services(struct text *t, struct rdata *r)
{
	size_t n;
	const uint8_t *map;

	if (!put_u8(t, r))
		return false;
	n = rdata_left(r);
	if (n > 65536 / 8)
		return rdata_misfit(r, "rdata: more than 65536 ports");
	map = rdata_take(r, n);
	for (size_t port = 0; port < n * 8; port++) {
		if (map[port / 8] & 0x80 >> port % 8) {
			text_char(t, ' ');
			text_number(t, port);
		}
	}
	return true;
}

/* TSIG and TKEY share the numbers of response codes, but 16 is BADSIG (RFC 8945, section 3). */
bool put_tsig_error(struct text *t, struct rdata *r)
{
	char buffer[DNS_CODE_TEXT_MAX];
	const uint8_t *p = rdata_take(r, 2);

	if (p)
		text_string(t, get_u16(p) == 16 ? "BADSIG" : dns_rcode_name(get_u16(p), buffer));
	return p;
}
