/* SPDX-License-Identifier: Apache-2.0 */
#include "export/feed_names.h"

#include <stdlib.h>

#define ROOM_FIRST     64
#define PREFETCH_NAMES 16 /* ahead: as many reads of memory as may be under way */

static bool grow(struct feed_hashes *list)
{
	size_t room = list->room ? list->room + list->room / 2 : ROOM_FIRST;
	uint64_t *hashes = realloc(list->hashes, room * sizeof(*hashes));

	if (!hashes)
		return false;
	list->hashes = hashes;
	list->room = room;
	return true;
}

static void take_entry(void *context, const struct dns_name *name, unsigned int scope)
{
	struct feed_parse *parse = context;
	struct feed_hashes *list = &parse->names.of[scope | parse->scope];

	if (parse->names.count >= parse->limit || (list->count == list->room && !grow(list))) {
		parse->unfit++;
		return;
	}
	list->hashes[list->count++] = name_set_hash(parse->seed, name);
	parse->names.count++;
	name_set_note_depth(&parse->names.depths, name->labels, scope);
}

void feed_parse_begin(struct feed_parse *parse, uint64_t seed, uint64_t limit, unsigned int scope)
{
	parse->names = (struct feed_names){0};
	parse->seed = seed;
	parse->limit = limit;
	parse->unfit = 0;
	parse->scope = scope;
	list_text_init(&parse->text, take_entry, parse);
}

void feed_parse_take(struct feed_parse *parse, const char *data, size_t size)
{
	list_text_take(&parse->text, data, size);
}

void feed_parse_end(struct feed_parse *parse)
{
	list_text_end(&parse->text);
	for (unsigned int scope = 0; scope < NAME_SET_SCOPES; scope++) {
		struct feed_hashes *list = &parse->names.of[scope];
		uint64_t *exact = realloc(list->hashes, list->count * sizeof(*exact));

		if (list->count && exact) {
			list->hashes = exact;
			list->room = list->count;
		}
	}
}

void feed_names_free(struct feed_names *names)
{
	for (unsigned int scope = 0; scope < NAME_SET_SCOPES; scope++)
		free(names->of[scope].hashes);
	*names = (struct feed_names){0};
}

static uint64_t add_list(const struct feed_hashes *list, struct name_set *set, uint8_t tag,
			 unsigned int scope, uint64_t limit)
{
	uint64_t unfit = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (i + PREFETCH_NAMES < list->count)
			name_set_prefetch(set, list->hashes[i + PREFETCH_NAMES]);
		if (name_set_count(set) >= limit ||
		    name_set_add_hash(set, list->hashes[i], tag, scope) == NAME_SET_FULL)
			unfit++;
	}
	return unfit;
}

uint64_t feed_names_add(const struct feed_names *names, struct name_set *set, uint8_t tag,
			uint64_t limit)
{
	uint64_t unfit = 0;

	for (unsigned int scope = 0; scope < NAME_SET_SCOPES; scope++)
		unfit += add_list(&names->of[scope], set, tag, scope, limit);
	name_set_cover(set, &names->depths);
	return unfit;
}
