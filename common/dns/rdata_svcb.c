/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SvcParams of SVCB and HTTPS (RFC 9460).
 */
#include "dns/octets.h"
#include "dns/rdata_field.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Each writes "=VALUE" (or nothing) for a reader that holds the value alone. */
static bool put_mandatory(struct text *t, struct rdata *r);
static bool put_alpn(struct text *t, struct rdata *r);
static bool put_no_value(struct text *t, struct rdata *r);
static bool put_port(struct text *t, struct rdata *r);
static bool put_ipv4_hints(struct text *t, struct rdata *r);
static bool put_ech(struct text *t, struct rdata *r);
static bool put_ipv6_hints(struct text *t, struct rdata *r);
static bool put_quoted_value(struct text *t, struct rdata *r);

/* By SvcParamKey (RFC 9460, section 14.3.2; RFC 9461; RFC 9540). */
static const struct {
	const char *name;
	field_writer put;
} keys[] = {
	{"mandatory", put_mandatory},	   {"alpn", put_alpn},
	{"no-default-alpn", put_no_value}, {"port", put_port},
	{"ipv4hint", put_ipv4_hints},	   {"ech", put_ech},
	{"ipv6hint", put_ipv6_hints},	   {"dohpath", put_quoted_value},
	{"ohttp", put_no_value},
};

static void put_key(struct text *t, uint16_t key)
{
	if (key < ARRAY_SIZE(keys)) {
		text_string(t, keys[key].name);
	} else {
		text_string(t, "key");
		text_number(t, key);
	}
}

/* Section 8: ascending, not itself, at least one. */
static bool put_mandatory(struct text *t, struct rdata *r)
{
	uint16_t last = 0;

	if (rdata_left(r) == 0)
		return rdata_misfit(r, "svcb: mandatory");
	for (char before = '='; rdata_left(r) > 0; before = ',') {
		const uint8_t *p = rdata_take(r, 2);

		if (!p || get_u16(p) <= last)
			return rdata_misfit(r, "svcb: mandatory");
		last = get_u16(p);
		text_char(t, before);
		put_key(t, last);
	}
	return true;
}

/*
 * An element of a list inside a <character-string>: escaped first for the list (appendix A.1),
 * then for the string.
 */
static void put_list_octet(struct text *t, uint8_t octet)
{
	if (octet == ',' || octet == '\\')
		text_string(t, "\\\\");
	text_quoted_octet(t, octet);
}

/* Section 7.1.1: protocol ids of at least one octet, at least one of them. */
static bool put_alpn(struct text *t, struct rdata *r)
{
	if (rdata_left(r) == 0)
		return rdata_misfit(r, "svcb: alpn");
	text_string(t, "=\"");
	for (bool first = true; rdata_left(r) > 0; first = false) {
		const uint8_t *size = rdata_take(r, 1);
		const uint8_t *id = size ? rdata_take(r, *size) : NULL;

		if (!id || *size == 0)
			return rdata_misfit(r, "svcb: alpn");
		if (!first)
			text_char(t, ',');
		for (size_t i = 0; i < *size; i++)
			put_list_octet(t, id[i]);
	}
	text_char(t, '"');
	return true;
}

static bool put_no_value(struct text *t, struct rdata *r)
{
	(void)t;
	return rdata_left(r) == 0 || rdata_misfit(r, "svcb: value where none may be");
}

static bool put_port(struct text *t, struct rdata *r)
{
	if (rdata_left(r) != 2)
		return rdata_misfit(r, "svcb: port");
	text_char(t, '=');
	return put_u16(t, r);
}

static bool put_ipv4_hints(struct text *t, struct rdata *r)
{
	if (rdata_left(r) == 0 || rdata_left(r) % 4)
		return rdata_misfit(r, "svcb: ipv4hint");
	for (char before = '='; rdata_left(r) > 0; before = ',') {
		text_char(t, before);
		put_ipv4(t, r);
	}
	return true;
}

static bool put_ipv6_hints(struct text *t, struct rdata *r)
{
	if (rdata_left(r) == 0 || rdata_left(r) % 16)
		return rdata_misfit(r, "svcb: ipv6hint");
	for (char before = '='; rdata_left(r) > 0; before = ',') {
		text_char(t, before);
		put_ipv6(t, r);
	}
	return true;
}

static bool put_ech(struct text *t, struct rdata *r)
{
	text_char(t, '=');
	return put_base64(t, r);
}

static bool put_quoted_value(struct text *t, struct rdata *r)
{
	if (rdata_left(r) > 0) {
		text_char(t, '=');
		put_quoted_rest(t, r);
	}
	return true;
}

/* Section 2.2: keys ascend, so that none comes twice. */
bool put_service_params(struct text *t, struct rdata *r)
{
	for (long last = -1; rdata_left(r) > 0;) {
		const uint8_t *head = rdata_take(r, 4);
		struct rdata value;
		uint16_t key;
		bool fits;

		if (!head)
			return false;
		key = get_u16(head);
		if (key <= last)
			return rdata_misfit(r, "svcb: keys not ascending");
		if (last >= 0)
			text_char(t, ' ');
		last = key;
		value = (struct rdata){r->message, r->at, r->at + get_u16(head + 2), NULL};
		if (!rdata_take(r, get_u16(head + 2)))
			return false;
		put_key(t, key);
		fits = key < ARRAY_SIZE(keys) ? keys[key].put(t, &value)
					      : put_quoted_value(t, &value);
		if (!fits)
			return rdata_misfit(r, value.why);
	}
	return true;
}
