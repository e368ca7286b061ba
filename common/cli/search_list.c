/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/search_list.h"

#include <stdbool.h>
#include <stdlib.h>

#define RING_SIZE 1024 /* lookups that are remembered; a power of two */

struct remembered {
	uint64_t time;
	uint64_t process;
	bool done; /* of a failure: counted; of either: not (any longer) in use */
	struct dns_name name;
};

struct ring {
	uint32_t next; /* counts on; modulo RING_SIZE it is the oldest place */
	struct remembered entries[RING_SIZE];
};

struct search_list {
	struct ring failures;
	struct ring answers;
	uint64_t forgotten;
};

struct search_list *search_list_new(void)
{
	return calloc(1, sizeof(struct search_list));
}

void search_list_free(struct search_list *s)
{
	free(s);
}

static bool is_recent(const struct remembered *r, uint64_t time)
{
	return r->time + SEARCH_LIST_WINDOW >= time;
}

static void remember(struct search_list *s, struct ring *ring, uint64_t time, uint64_t process,
		     const struct dns_name *name)
{
	struct remembered *r = &ring->entries[ring->next++ % RING_SIZE];

	if (r->time && !r->done && is_recent(r, time))
		s->forgotten++;
	*r = (struct remembered){.time = time, .process = process, .name = *name};
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

/* True when `name` is `start` with labels after it. A length octet is below 'A': it may be folded.
 */
static bool continues(const struct dns_name *name, const struct dns_name *start)
{
	if (start->labels == 0 || name->labels <= start->labels || name->len <= start->len)
		return false;
	for (unsigned int i = 0; i + 1 < start->len; i++)
		if (lower(name->wire[i]) != lower(start->wire[i]))
			return false;
	return true;
}

/* The nth newest entry, or NULL when it is too old: then all older ones are. */
static struct remembered *newest(struct ring *ring, unsigned int n, uint64_t time)
{
	struct remembered *r = &ring->entries[(ring->next - 1 - n) % RING_SIZE];

	return r->time && is_recent(r, time) ? r : NULL;
}

unsigned int search_list_failed(struct search_list *s, uint64_t time, uint64_t process,
				const struct dns_name *name)
{
	const struct remembered *r;

	for (unsigned int n = 0; n < RING_SIZE && (r = newest(&s->answers, n, time)); n++)
		if (r->process == process && continues(name, &r->name))
			return 1;
	remember(s, &s->failures, time, process, name);
	return 0;
}

unsigned int search_list_answered(struct search_list *s, uint64_t time, uint64_t process,
				  const struct dns_name *name)
{
	unsigned int wasted = 0;
	struct remembered *r;

	for (unsigned int n = 0; n < RING_SIZE && (r = newest(&s->failures, n, time)); n++) {
		if (r->done || r->process != process || !continues(&r->name, name))
			continue;
		r->done = true;
		wasted++;
	}
	remember(s, &s->answers, time, process, name);
	return wasted;
}

uint64_t search_list_forgotten(const struct search_list *s)
{
	return s->forgotten;
}
