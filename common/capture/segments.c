/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/segments.h"

#include <string.h>

bool segments_behind_gap(const struct segments *s, uint32_t *from)
{
	uint32_t i = segments_front(s) ? 1 : 0;

	if (i >= s->count)
		return false;
	*from = s->range[i].from;
	return true;
}

static void make_room(struct segments *s, uint32_t to)
{
	if (s->head + to <= sizeof(s->octets))
		return;
	if (s->count)
		memmove(s->octets, s->octets + s->head, s->range[s->count - 1].to);
	s->head = 0;
}

/* Copies [from, to) of the octets that begin at `offset`. */
static void copy(struct segments *s, uint32_t from, uint32_t to, const uint8_t *octets,
		 uint32_t offset)
{
	if (from < to)
		memcpy(s->octets + s->head + from, octets + (from - offset), to - from);
}

static bool insert(struct segments *s, uint32_t i, uint32_t from, uint32_t to)
{
	if (s->count == SEGMENTS_RANGES_MAX)
		return false;
	memmove(&s->range[i + 1], &s->range[i], (s->count - i) * sizeof(s->range[0]));
	s->range[i] = (struct segments_range){from, to};
	s->count++;
	return true;
}

/* Ranges i..end-1 become one, that begins at `from` or before and ends at `to` or behind. */
static void merge(struct segments *s, uint32_t i, uint32_t end, uint32_t from, uint32_t to)
{
	struct segments_range *r = s->range;

	if (from < r[i].from)
		r[i].from = from;
	r[i].to = to > r[end - 1].to ? to : r[end - 1].to;
	memmove(&r[i + 1], &r[end], (s->count - end) * sizeof(r[0]));
	s->count -= end - i - 1;
}

bool segments_put(struct segments *s, uint32_t offset, const uint8_t *octets, uint32_t size)
{
	uint32_t to = offset + size, at = offset, i = 0, end;

	if (size == 0)
		return true;
	make_room(s, to);
	/* From the back: nearly all that comes is new. */
	for (end = s->count; end > 0 && s->range[end - 1].from > to; end--)
		;
	for (i = end; i > 0 && s->range[i - 1].to >= offset; i--)
		;
	if (i == end) {
		if (!insert(s, i, offset, to))
			return false;
		copy(s, offset, to, octets, offset);
		return true;
	}
	for (uint32_t k = i; k < end; k++) {
		copy(s, at, s->range[k].from, octets, offset);
		if (s->range[k].to > at)
			at = s->range[k].to;
	}
	copy(s, at, to, octets, offset);
	merge(s, i, end, offset, to);
	return true;
}

void segments_advance(struct segments *s, uint32_t n)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		struct segments_range r = s->range[i];

		if (r.to <= n)
			continue;
		s->range[kept].from = r.from > n ? r.from - n : 0;
		s->range[kept++].to = r.to - n;
	}
	s->count = kept;
	s->head = kept ? s->head + n : 0;
}
