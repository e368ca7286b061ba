/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/name.h"

#include <string.h>

#include "dns/lower.h"

/*
 * More pointers than labels help no name, and a bound on them keeps a message that is made of
 * nothing but pointers from costing a long walk for each of its records.
 */
#define POINTERS_MAX DNS_LABELS_MAX

enum { LABEL_TYPE = 0xc0, LABEL_POINTER = 0xc0 }; /* RFC 1035, section 4.1.4 */

/* What a walk over a name found. */
struct walk {
	size_t taken;  /* octets at the name's own place; 0: damaged */
	size_t used;   /* octets of whole labels, without the root */
	size_t labels; /* without the root */
	const char *why;
};

/* Passes the labels from `at` on; ends at a root label, a pointer, or damage. */
static inline size_t pass_labels(struct walk *w, const uint8_t *message, size_t size, size_t at)
{
	size_t used = w->used;

	for (;;) {
		if (at >= size) {
			w->why = "name: cut";
			break;
		}
		size_t octets = 1 + (size_t)message[at];

		if (octets == 1)
			break;
		if (octets > 1 + DNS_LABEL_MAX) {
			if ((message[at] & LABEL_TYPE) != LABEL_POINTER)
				w->why = "label type";
			break;
		}
		if (octets > size - at) {
			w->why = "name: cut";
			break;
		}
		if (used + octets + 1 > DNS_NAME_MAX) {
			w->why = "name: too long";
			break;
		}
		used += octets;
		at += octets;
		w->labels++;
	}
	w->used = used;
	return at;
}

/* Copies to `out` where it is not NULL. */
static inline struct walk walk_name(uint8_t *out, const uint8_t *message, size_t size,
				    size_t offset)
{
	struct walk w = {0};
	size_t at = offset;
	size_t below = offset;

	for (unsigned int pointers = 0;; pointers++) {
		size_t before = w.used;
		size_t end = pass_labels(&w, message, size, at);

		if (out && w.used > before)
			memcpy(out + before, message + at, w.used - before);
		if (w.why)
			break;
		if (message[end] == 0) {
			if (!pointers)
				w.taken = end + 1 - offset;
			return w;
		}
		if (size - end < 2) {
			w.why = "name: cut";
			break;
		}
		if (!pointers)
			w.taken = end + 2 - offset;
		if (pointers == POINTERS_MAX) {
			w.why = "name: too many pointers";
			break;
		}
		at = (size_t)(message[end] & ~LABEL_TYPE) << 8 | message[end + 1];
		if (at >= below) {
			w.why = "name: pointer not below the last";
			break;
		}
		below = at;
	}
	w.taken = 0;
	return w;
}

size_t dns_name_read(struct dns_name *name, const uint8_t *message, size_t size, size_t offset,
		     const char **why)
{
	struct walk w = walk_name(name->wire, message, size, offset);

	name->wire[w.used] = 0;
	name->len = (uint8_t)(w.used + 1);
	name->labels = (uint8_t)w.labels;
	if (why)
		*why = w.why;
	return w.taken;
}

size_t dns_name_skip(const uint8_t *message, size_t size, size_t offset)
{
	return walk_name(NULL, message, size, offset).taken;
}

/* Up to eight octets, in lower case, padded with zeros. */
static inline uint64_t load_lower(const uint8_t *p, size_t n)
{
	uint64_t x = 0;

	if (n >= sizeof(x))
		memcpy(&x, p, sizeof(x));
	else
		memcpy(&x, p, n);
	return lower8(x);
}

static bool octets_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i += 8) {
		if (load_lower(a + i, n - i) != load_lower(b + i, n - i))
			return false;
	}
	return true;
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
	return a->len == b->len && octets_equal(a->wire, b->wire, a->len);
}

bool dns_name_is_below(const struct dns_name *name, const struct dns_name *zone)
{
	size_t at = 0;

	if (name->len < zone->len || name->labels < zone->labels)
		return false;
	for (unsigned int extra = name->labels - zone->labels; extra > 0; extra--)
		at += 1 + (size_t)name->wire[at];
	return name->len - at == zone->len && octets_equal(name->wire + at, zone->wire, zone->len);
}

void dns_name_suffix(struct dns_name *suffix, const struct dns_name *name, unsigned int labels)
{
	size_t skip = 0;

	for (unsigned int extra = name->labels - labels; extra > 0; extra--)
		skip += name->wire[skip] + 1U;
	suffix->labels = (uint8_t)labels;
	suffix->len = (uint8_t)(name->len - skip);
	memmove(suffix->wire, name->wire + skip, suffix->len);
}

void dns_name_lower(struct dns_name *lower, const struct dns_name *name)
{
	lower->len = name->len;
	lower->labels = name->labels;
	for (size_t i = 0; i < name->len; i += 8) {
		size_t n = name->len - i < 8 ? name->len - i : 8;
		uint64_t octets = load_lower(name->wire + i, n);

		memcpy(lower->wire + i, &octets, n);
	}
}

uint32_t dns_name_hash(const struct dns_name *name)
{
	uint64_t hash = name->len;

	for (size_t i = 0; i < name->len; i += 8) {
		hash = (hash ^ load_lower(name->wire + i, name->len - i)) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 32;
	}
	return (uint32_t)hash;
}
