/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/accounting.h"

#include <stdio.h>

struct cause {
	const char *name;
	uint64_t count;
};

static size_t put_causes(char *text, size_t size, const struct cause *causes, size_t count)
{
	const char *before = " (";
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (!causes[i].count)
			continue;
		n += (size_t)snprintf(text + n, size - n, "%s%s %llu", before, causes[i].name,
				      (unsigned long long)causes[i].count);
		before = ", ";
	}
	if (n)
		n += (size_t)snprintf(text + n, size - n, ")");
	return n;
}

/* Sixteen numbers of at most 20 digits and their words: less than ACCOUNTING_TEXT_MAX. */
size_t accounting_text(char text[ACCOUNTING_TEXT_MAX], const struct accounting *a)
{
	const struct source_stats *s = &a->source;
	const struct transactions_stats *t = &a->transactions;
	const struct cause unattributed[] = {{"process map full", s->lost_owner}};
	const struct cause lost[] = {{"ring buffer full", s->lost_ring},
				     {"unreadable", s->unreadable}};
	const struct cause others[] = {
		{"fragments", s->fragments},   {"forgotten", s->forgotten},
		{"evicted", t->evicted},       {"evicted streams", s->evicted},
		{"not probed", s->not_probed}, {"pending", t->pending}};
	size_t n = 0;

#define PUT(...) n += (size_t)snprintf(text + n, ACCOUNTING_TEXT_MAX - n, __VA_ARGS__)
	PUT("captured %llu, unattributed %llu", (unsigned long long)s->captured,
	    (unsigned long long)s->unattributed);
	n += put_causes(text + n, ACCOUNTING_TEXT_MAX - n, unattributed, 1);
	PUT(", unmatched %llu, malformed %llu, truncated %llu, lost %llu",
	    (unsigned long long)t->unmatched, (unsigned long long)a->malformed,
	    (unsigned long long)s->truncated, (unsigned long long)(s->lost_ring + s->unreadable));
	n += put_causes(text + n, ACCOUNTING_TEXT_MAX - n, lost, 2);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].count)
			PUT(", %s %llu", others[i].name, (unsigned long long)others[i].count);
#undef PUT
	return n;
}
