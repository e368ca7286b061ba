/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EDNS options for people.
 */
#include <string.h>

#include "dns/codes.h"
#include "dns/edns.h"
#include "dns/octets.h"
#include "dns/text.h"

/* Writes the value, or returns false when it is none that the option's RFC allows. */
typedef bool (*option_writer)(struct text *t, const uint8_t *data, uint16_t size);

static bool is_printable(const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] < 0x20 || data[i] > 0x7e)
			return false;
	}
	return true;
}

/* RFC 5001, section 2.3: no meaning is defined, but most servers put text there. */
static bool put_nsid(struct text *t, const uint8_t *data, uint16_t size)
{
	text_hex_lower(t, data, size);
	if (size > 0 && is_printable(data, size)) {
		text_char(t, ' ');
		text_quoted(t, data, size);
	}
	return true;
}

/*
 * RFC 7871, section 6: as many octets as the source prefix needs, with nothing behind it;
 * SCOPE can be no longer than the address either.
 */
static bool put_client_subnet(struct text *t, const uint8_t *data, uint16_t size)
{
	uint8_t address[16] = {0};
	uint16_t family;
	unsigned int bits, octets;

	if (size < 4)
		return false;
	family = get_u16(data);
	if (family != 1 && family != 2)
		return false;
	bits = family == 1 ? 32 : 128;
	octets = (data[2] + 7u) / 8;
	if (data[2] > bits || data[3] > bits || size - 4u != octets)
		return false;
	memcpy(address, data + 4, octets);
	if (data[2] % 8 && address[octets - 1] & 0xff >> data[2] % 8)
		return false;
	if (family == 1)
		text_ipv4(t, address);
	else
		text_ipv6(t, address);
	text_char(t, '/');
	text_number(t, data[2]);
	text_char(t, '/');
	text_number(t, data[3]);
	return true;
}

/* RFC 7828, section 3.1: units of 100 ms; a client sends none. */
static bool put_tcp_keepalive(struct text *t, const uint8_t *data, uint16_t size)
{
	if (size == 0)
		return true;
	if (size != 2)
		return false;
	text_number(t, get_u16(data) / 10);
	text_char(t, '.');
	text_number(t, get_u16(data) % 10);
	text_char(t, 's');
	return true;
}

static bool put_padding(struct text *t, const uint8_t *data, uint16_t size)
{
	(void)data;
	text_number(t, size);
	return true;
}

/* RFC 8914, section 2: EXTRA-TEXT is UTF-8 and may, wrongly, end with a NUL. */
static bool put_error(struct text *t, const uint8_t *data, uint16_t size)
{
	char buffer[DNS_CODE_TEXT_MAX];
	uint16_t code;

	if (size < 2)
		return false;
	code = get_u16(data);
	text_number(t, code);
	text_char(t, ' ');
	text_string(t, dns_ede_name(code, buffer));
	if (size > 2 && data[size - 1] == 0)
		size--;
	if (size > 2)
		text_string(t, ": ");
	for (uint16_t i = 2; i < size; i++) {
		if (data[i] >= 0x20 && data[i] <= 0x7e && data[i] != '\\')
			text_char(t, (char)data[i]);
		else
			text_quoted_octet(t, data[i]);
	}
	return true;
}

/* COOKIE needs no row: hex is its form (RFC 7873). */
static const struct {
	uint16_t code;
	option_writer put;
} writers[] = {
	{DNS_EDNS_NSID, put_nsid},
	{DNS_EDNS_CLIENT_SUBNET, put_client_subnet},
	{DNS_EDNS_TCP_KEEPALIVE, put_tcp_keepalive},
	{DNS_EDNS_PADDING, put_padding},
	{DNS_EDNS_ERROR, put_error},
};

size_t dns_edns_option_to_text(char *text, size_t size, const struct dns_edns_option *option)
{
	struct text t = {text, size, 0};
	bool written = false;

	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		if (writers[i].code == option->code)
			written = writers[i].put(&t, option->data, option->size);
	}
	if (!written) {
		t.len = 0;
		text_hex_lower(&t, option->data, option->size);
	}
	return text_end(&t);
}
