/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/packet.h"

#include <arpa/inet.h>
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

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

size_t endpoint_address_to_text(char text[ENDPOINT_TEXT_MAX], const struct endpoint *e)
{
	if (endpoint_is_ipv4(e))
		inet_ntop(AF_INET, e->address + sizeof(mapped_prefix), text, ENDPOINT_TEXT_MAX);
	else
		inet_ntop(AF_INET6, e->address, text, ENDPOINT_TEXT_MAX);
	return strlen(text);
}
