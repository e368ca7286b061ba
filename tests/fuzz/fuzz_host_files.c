/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: hosts(5) and nsswitch.conf(5) with any octets in them. The first line is what
 * is looked for.
 */
#include <string.h>

#include "cli/hosts_file.h"
#include "cli/nsswitch.h"
#include "fuzz.h"

static void require_found(const struct hosts_found *found, size_t size)
{
	REQUIRE(found->count <= HOSTS_SHOWN_MAX);
	for (unsigned int i = 0; i < found->count; i++) {
		const struct hosts_line *line = &found->lines[i];

		REQUIRE(line->number >= 1 && line->number <= size);
		REQUIRE(!i || line->number > found->lines[i - 1].number);
		REQUIRE(line->name_size > 0 && line->name_size < size);
		REQUIRE(!memchr(line->name, '\n', line->name_size));
	}
}

/* Each line that is found is found by its name and by its address, too. */
static void require_both_ways(const struct hosts_file *h, const struct hosts_line *line,
			      size_t size)
{
	struct hosts_found found;
	char name[256];

	hosts_find_address(h, line->address, &found);
	require_found(&found, size);
	REQUIRE(found.count && found.lines[0].number <= line->number);
	if (line->name_size >= sizeof(name))
		return;
	memcpy(name, line->name, line->name_size);
	name[line->name_size] = '\0';
	hosts_find_name(h, name, &found);
	require_found(&found, size);
	REQUIRE(found.count && found.lines[0].number <= line->number);
}

static void look_for(const struct hosts_file *h, const char *name, size_t size)
{
	struct hosts_found found;

	hosts_find_name(h, name, &found);
	require_found(&found, size);
	for (unsigned int i = 0; i < found.count; i++)
		require_both_ways(h, &found.lines[i], size);
	is_numeric_address(name);
}

static void read_services(const char *text, size_t size)
{
	char services[NSSWITCH_TEXT_MAX];
	size_t word, total = 0;
	const char *at;

	if (!nsswitch_hosts(services, text, size)) {
		REQUIRE(!services[0]);
		return;
	}
	for (const char *c = services; *c; c++)
		REQUIRE(*c >= ' ' && *c <= '~');
	for (at = nsswitch_word(services, &word); at; at = nsswitch_word(at + word, &word)) {
		REQUIRE(word > 0 && at + word <= services + strlen(services));
		total += word;
	}
	REQUIRE(total > 0 && total <= strlen(services));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1), name[300];
	const char *end = size ? memchr(data, '\n', size) : NULL;
	size_t length = end ? (size_t)(end - (const char *)data) : 0;
	struct hosts_file *h;

	REQUIRE(text);
	if (size)
		memcpy(text, data, size);
	if (length >= sizeof(name))
		length = sizeof(name) - 1;
	memcpy(name, text, length);
	name[length] = '\0';
	h = hosts_file_read(text, size, 7);
	if (h)
		look_for(h, name, size);
	hosts_file_free(h);
	read_services(text, size);
	free(text);
	return 0;
}
