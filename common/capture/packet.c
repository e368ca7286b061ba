/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/packet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool endpoint_is_ipv4(const struct endpoint *e)
{
	return memcmp(e->address, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool endpoint_is_multicast(const struct endpoint *e)
{
	if (endpoint_is_ipv4(e))
		return (e->address[12] & 0xf0) == 0xe0;
	return e->address[0] == 0xff;
}

bool endpoint_is_unspecified(const struct endpoint *e)
{
	static const uint8_t zeros[16];

	if (endpoint_is_ipv4(e))
		return memcmp(e->address + 12, zeros, 4) == 0;
	return memcmp(e->address, zeros, sizeof(zeros)) == 0;
}

bool packet_is_from_server(const struct packet *packet)
{
	if (packet->protocol == IPPROTO_TCP && packet->tcp_flags & TCP_SYN)
		return packet->tcp_flags & TCP_ACK;
	return packet->source.port < packet->destination.port;
}

bool packet_message(struct packet *packet)
{
	if (packet->protocol != IPPROTO_TCP)
		return packet->size > 0;
	if (packet->size < 2 ||
	    (uint32_t)(packet->payload[0] << 8 | packet->payload[1]) + 2 != packet->wire_size)
		return false;
	packet->payload += 2;
	packet->size -= 2;
	packet->wire_size -= 2;
	return true;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

/* inet_ntop() prints each octet with sprintf(): too slow for two addresses a line. */
static size_t ipv4_to_text(char *text, const uint8_t octets[4])
{
	char *out = text;

	for (int i = 0; i < 4; i++) {
		uint8_t octet = octets[i];

		if (octet >= 100)
			*out++ = (char)('0' + octet / 100);
		if (octet >= 10)
			*out++ = (char)('0' + octet / 10 % 10);
		*out++ = (char)('0' + octet % 10);
		*out++ = i < 3 ? '.' : '\0';
	}
	return (size_t)(out - text) - 1;
}

size_t endpoint_address_to_text(char text[ENDPOINT_TEXT_MAX], const struct endpoint *e)
{
	if (endpoint_is_ipv4(e))
		return ipv4_to_text(text, e->address + sizeof(mapped_prefix));
	inet_ntop(AF_INET6, e->address, text, ENDPOINT_TEXT_MAX);
	return strlen(text);
}
