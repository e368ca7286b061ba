/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dga_score() of any name: a permille, the same for equal names, and none for what it keeps out of.
 */
#include <string.h>

#include "fuzz.h"
#include "track/dga.h"

static void check(const struct dns_name *name)
{
	struct dns_name lower, upper = *name;
	uint32_t score = dga_score(name);

	REQUIRE(score <= 1000);
	REQUIRE(name->wire[0] >= 4 || score == 0);
	dns_name_lower(&lower, name);
	REQUIRE(dga_score(&lower) == score);
	for (unsigned int i = 0; i < name->len; i++) {
		if (upper.wire[i] >= 'a' && upper.wire[i] <= 'z')
			upper.wire[i] -= 'a' - 'A';
	}
	REQUIRE(dga_score(&upper) == score);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[512];
	size_t n = size < sizeof(text) ? size : sizeof(text) - 1;
	struct dns_name name;

	/* What could be read of a damaged name is one, too. */
	dns_name_read(&name, data, size, 0, NULL);
	check(&name);
	memcpy(text, data, n);
	text[n] = '\0';
	if (dns_name_from_text(&name, text))
		check(&name);
	return 0;
}
