/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: a list of known services with any octets in it, and the names in it.
 */
#include <string.h>

#include "fuzz.h"
#include "track/known.h"

static void require_service(const struct known *known, const struct known_service *service)
{
	struct dns_name below = service->suffix;

	REQUIRE(service->factor >= 1 && service->factor <= KNOWN_FACTOR_MAX);
	REQUIRE(service->suffix.labels >= 1);
	REQUIRE(strlen(service->reason) > 0 && strlen(service->reason) < KNOWN_REASON_SIZE);
	for (const char *c = service->reason; *c; c++)
		REQUIRE((*c >= ' ' || *c == '\t') && *c <= '~');
	REQUIRE(known_find(known, &service->suffix) == service);
	if (below.len > DNS_NAME_MAX - 2)
		return;
	memmove(below.wire + 2, service->suffix.wire, service->suffix.len);
	memcpy(below.wire, "\1X", 2);
	below.len += 2;
	below.labels++;
	REQUIRE(known_find(known, &below) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct known *known = known_new();
	char *text = malloc(size ? size : 1);
	unsigned int line;

	REQUIRE(known && text);
	memcpy(text, data, size);
	known_add_text(known, text, size, &line);
	REQUIRE(line <= size && known_count(known) <= line);
	for (unsigned int i = 0; i < known_count(known); i++)
		require_service(known, known_at(known, i));
	free(text);
	known_free(known);
	return 0;
}
