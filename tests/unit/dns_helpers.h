/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages made of hex digits, and records out of them, for the tests of common/dns.
 */
#ifndef TESTS_UNIT_DNS_HELPERS_H
#define TESTS_UNIT_DNS_HELPERS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/message.h"
#include "dns/rdata.h"

struct octets {
	size_t size;
	uint8_t data[70000];
};

/* A hex digit's value; 16: it is none. */
static inline unsigned int helper_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c);

	return c && at ? (unsigned int)(at - digits) : 16;
}

/* Appends hex digits; blanks between octets are passed over. */
static inline void add_hex(struct octets *o, const char *hex)
{
	for (; *hex; hex += *hex == ' ' ? 1 : 2) {
		if (*hex == ' ')
			continue;
		assert_true(helper_digit(hex[0]) < 16 && helper_digit(hex[1]) < 16);
		assert_true(o->size < sizeof(o->data));
		o->data[o->size++] = (uint8_t)(helper_digit(hex[0]) << 4 | helper_digit(hex[1]));
	}
}

static inline void add_octets(struct octets *o, const void *data, size_t n)
{
	assert_true(n <= sizeof(o->data) - o->size);
	memcpy(o->data + o->size, data, n);
	o->size += n;
}

static inline void add_u16(struct octets *o, unsigned int value)
{
	uint8_t wire[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	add_octets(o, wire, sizeof(wire));
}

/* A header with these counts. */
static inline void add_header(struct octets *o, unsigned int flags, unsigned int qd,
			      unsigned int an, unsigned int ns, unsigned int ar)
{
	add_u16(o, 0x1234);
	add_u16(o, flags);
	add_u16(o, qd);
	add_u16(o, an);
	add_u16(o, ns);
	add_u16(o, ar);
}

/* A record of the root, TTL 0. */
static inline void add_record(struct octets *o, unsigned int type, unsigned int class,
			      const void *rdata, size_t n)
{
	add_octets(o, "", 1);
	add_u16(o, type);
	add_u16(o, class);
	add_octets(o, "\0\0\0\0", 4);
	add_u16(o, (unsigned int)n);
	add_octets(o, rdata, n);
}

/* A copy that ends where its memory ends, so that a sanitizer sees reads past it. */
static inline uint8_t *exact(const struct octets *o)
{
	uint8_t *wire = malloc(o->size ? o->size : 1);

	assert_non_null(wire);
	memcpy(wire, o->data, o->size);
	return wire;
}

/*
 * The text of one record's data, in a static buffer. *why as dns_rdata_to_text() has it. The
 * same record is also written into buffers of all sizes up to its length.
 */
static inline const char *rdata_text(unsigned int type, unsigned int class,
				     const struct octets *rdata, const char **why)
{
	static char text[DNS_RDATA_TEXT_MAX], part[DNS_RDATA_TEXT_MAX];
	struct octets o = {0};
	struct dns_message m;
	struct dns_cursor c;
	struct dns_record record;
	uint8_t *wire;
	size_t n;

	add_header(&o, 0x8000, 0, 1, 0, 0);
	add_record(&o, type, class, rdata->data, rdata->size);
	wire = exact(&o);
	assert_true(dns_message_read(&m, wire, o.size));
	dns_records_begin(&c, &m);
	assert_true(dns_records_next(&c, &record));
	n = dns_rdata_to_text(text, sizeof(text), &m, &record, why);
	assert_int_equal(n, strlen(text));
	for (size_t size = 1; size <= n + 1 && size < 300; size++) {
		assert_int_equal(dns_rdata_to_text(part, size, &m, &record, NULL), n);
		assert_int_equal(strlen(part), size - 1 < n ? size - 1 : n);
		assert_memory_equal(part, text, strlen(part));
	}
	free(wire);
	return text;
}

static inline const char *rdata_hex_text(unsigned int type, const char *hex, const char **why)
{
	struct octets rdata = {0};

	add_hex(&rdata, hex);
	return rdata_text(type, 1, &rdata, why);
}

/* Data that fits its type. */
static inline void expect_rdata(unsigned int type, const char *hex, const char *text)
{
	const char *why = "untouched";

	assert_string_equal(rdata_hex_text(type, hex, &why), text);
	assert_null(why);
}

/* Data that does not: RFC 3597's form, and the reason. */
static inline void expect_misfit(unsigned int type, const char *hex, const char *reason)
{
	const char *why = NULL;
	const char *text = rdata_hex_text(type, hex, &why);

	assert_memory_equal(text, "\\# ", 3);
	assert_non_null(why);
	assert_string_equal(why, reason);
}

#endif
