/* SPDX-License-Identifier: Apache-2.0 */
#include "track/seen.h"

#include <string.h>

void seen_layout(struct seen *s, struct arena *arena, uint64_t window, uint32_t room)
{
	s->clock.span = window;
	for (s->sets = 1; s->sets < room / SEEN_WAYS; s->sets *= 2)
		;
	for (int i = 0; i < 2; i++)
		s->marks[i] =
			arena_take(arena, (uint64_t)s->sets * SEEN_WAYS, sizeof(*s->marks[i]));
}

/* The older generation makes room for what comes. */
static void advance(struct seen *s, uint64_t now)
{
	unsigned int spans = sliding_advance(&s->clock, now);
	size_t size = (size_t)s->sets * SEEN_WAYS * sizeof(*s->marks[0]);

	/* Memory that nothing was put into is not there yet, and shall not be. */
	if (spans == 0 || !s->used)
		return;
	s->current = !s->current;
	memset(s->marks[s->current], 0, size);
	if (spans > 1)
		memset(s->marks[!s->current], 0, size);
}

static uint64_t *set_of(const struct seen *s, unsigned int generation, uint64_t mark)
{
	return s->marks[generation] + (mark >> 20 & (s->sets - 1)) * SEEN_WAYS;
}

static unsigned int find(const uint64_t *set, uint64_t mark)
{
	unsigned int way = 0;

	while (way < SEEN_WAYS && set[way] != mark)
		way++;
	return way;
}

/* In front of what is before `way`. */
static void put_first(uint64_t *set, unsigned int way, uint64_t mark)
{
	memmove(set + 1, set, way * sizeof(*set));
	set[0] = mark;
}

bool seen_has(struct seen *s, uint64_t mark, uint64_t now)
{
	advance(s, now);
	mark += !mark; /* 0 is a free place */
	return find(set_of(s, 0, mark), mark) < SEEN_WAYS ||
	       find(set_of(s, 1, mark), mark) < SEEN_WAYS;
}

bool seen_before(struct seen *s, uint64_t mark, uint64_t now)
{
	uint64_t *set;
	unsigned int way;

	advance(s, now);
	s->used = true;
	mark += !mark;
	set = set_of(s, s->current, mark);
	way = find(set, mark);
	if (way < SEEN_WAYS) {
		put_first(set, way, mark);
		return true;
	}
	s->forgotten += set[SEEN_WAYS - 1] != 0;
	put_first(set, SEEN_WAYS - 1, mark);
	return find(set_of(s, !s->current, mark), mark) < SEEN_WAYS;
}
