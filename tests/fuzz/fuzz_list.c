/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: whatever a list holds, what comes out are names with a scope, all is counted,
 * and it does not matter in what pieces the list comes. They go into a set, and are found there.
 * The first octet is the size of the pieces.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "track/list_line.h"
#include "track/name_set.h"

#define SET_NAMES 200

struct seen {
	uint64_t names, exceptions;
	uint64_t sum; /* of all entries, in their order */
	struct name_set *set;
};

static void check_name(const struct dns_name *name)
{
	struct dns_name again;
	const char *why;

	REQUIRE(dns_name_read(&again, name->wire, name->len, 0, &why) == name->len);
	REQUIRE(again.labels == name->labels);
}

static void check_found(struct name_set *set, const struct dns_name *name, unsigned int scope)
{
	struct name_set_match match;

	if (name_set_add(set, name, 1, scope) == NAME_SET_FULL || !(scope & NAME_SET_EXACT))
		return;
	REQUIRE(name_set_find(set, name, &match));
	REQUIRE(match.tag == 1 && match.labels == name->labels);
}

static void entry(void *context, const struct dns_name *name, unsigned int scope)
{
	struct seen *seen = context;

	check_name(name);
	REQUIRE(scope & (NAME_SET_EXACT | NAME_SET_BELOW) && scope < NAME_SET_SCOPES);
	if (scope & NAME_SET_ALLOW)
		seen->exceptions++;
	else
		seen->names++;
	seen->sum = seen->sum * 31 + name_set_hash(scope, name);
	if (seen->set)
		check_found(seen->set, name, scope);
}

static struct list_counts take(struct seen *seen, const uint8_t *data, size_t size, size_t piece)
{
	struct list_text *text = malloc(sizeof(*text));
	struct list_counts counts;

	REQUIRE(text);
	list_text_init(text, entry, seen);
	for (size_t at = 0; at < size; at += piece) {
		size_t n = size - at < piece ? size - at : piece;
		char *copy = malloc(n); /* exact, so that a read past the end is seen */

		REQUIRE(copy);
		memcpy(copy, data + at, n);
		list_text_take(text, copy, n);
		free(copy);
	}
	list_text_end(text);
	counts = text->reader.counts;
	free(text);
	return counts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct list_counts whole, pieces;
	struct seen first = {0}, second = {0};
	void *memory = aligned_alloc(64, name_set_size(SET_NAMES));

	REQUIRE(memory);
	memset(memory, 0, name_set_size(SET_NAMES));
	first.set = name_set_init(memory, name_set_size(SET_NAMES), 1);
	if (size < 2) {
		free(memory);
		return 0;
	}
	whole = take(&first, data + 1, size - 1, size);
	pieces = take(&second, data + 1, size - 1, 1U + data[0]);
	free(memory);
	REQUIRE(whole.lines == pieces.lines && whole.ignored == pieces.ignored);
	REQUIRE(whole.refused == pieces.refused && whole.why == pieces.why);
	REQUIRE(whole.refused_at == pieces.refused_at && whole.html == pieces.html);
	REQUIRE(first.sum == second.sum);
	REQUIRE(whole.names == first.names && whole.exceptions == first.exceptions);
	REQUIRE((whole.refused != 0) == (whole.why != NULL));
	REQUIRE(whole.refused_at <= whole.lines);
	return 0;
}
