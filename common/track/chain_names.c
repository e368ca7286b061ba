/* SPDX-License-Identifier: Apache-2.0 */
#include "track/chain_names.h"

#include <stdio.h>
#include <string.h>

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static uint64_t hash_label(uint64_t above, const uint8_t *label)
{
	uint8_t text[DNS_LABEL_MAX + 1];

	for (unsigned int i = 0; i <= label[0]; i++)
		text[i] = lower(label[i]);
	return hash_octets(above, text, 1u + label[0]);
}

void name_hashes(struct name_hashes *h, const struct dns_name *name)
{
	uint8_t at[DNS_LABELS_MAX];
	unsigned int n = 0, offset = 0;

	while (name->wire[offset] && n < DNS_LABELS_MAX) {
		at[n++] = (uint8_t)offset;
		offset += 1u + name->wire[offset];
	}
	h->labels = (uint8_t)n;
	h->hash[0] = 0x2e; /* the root */
	for (unsigned int i = 1; i <= n; i++)
		h->hash[i] = hash_label(h->hash[i - 1], name->wire + at[n - i]);
}

bool name_is_expansion(const struct dns_name *query, const struct dns_name *name)
{
	unsigned int n = name->len - 1u; /* without the root label */

	if (query->len < name->len || query->labels < name->labels)
		return false;
	for (unsigned int i = 0; i < n; i++)
		if (lower(query->wire[i]) != lower(name->wire[i]))
			return false;
	return true;
}

static void reverse_ipv4(char *text, size_t size, const uint8_t *a)
{
	snprintf(text, size, "%u.%u.%u.%u.in-addr.arpa", a[3], a[2], a[1], a[0]);
}

static void reverse_ipv6(char *text, const uint8_t *a)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 15; i >= 0; i--) {
		*text++ = digits[a[i] & 15];
		*text++ = '.';
		*text++ = digits[a[i] >> 4];
		*text++ = '.';
	}
	memcpy(text, "ip6.arpa", sizeof("ip6.arpa"));
}

void name_of_address(struct dns_name *name, const struct endpoint *address)
{
	char text[80];

	if (endpoint_is_ipv4(address))
		reverse_ipv4(text, sizeof(text), address->address + 12);
	else
		reverse_ipv6(text, address->address);
	dns_name_from_text(name, text);
}
