/* SPDX-License-Identifier: Apache-2.0 */
#include "track/known.h"

#include <stdlib.h>
#include <string.h>

#include "track/index.h"

enum { HEADS = 8192 }; /* a power of two */

struct known {
	uint32_t used;
	uint8_t longest; /* labels of the longest suffix */
	struct index index;
	uint32_t heads[HEADS];
	struct index_link links[KNOWN_SERVICES_MAX + 1];
	struct known_service services[KNOWN_SERVICES_MAX + 1]; /* [0] is not used */
};

struct known *known_new(void)
{
	struct known *known = calloc(1, sizeof(*known));

	if (!known)
		return NULL;
	known->index = (struct index){known->heads, known->links, HEADS - 1};
	return known;
}

void known_free(struct known *known)
{
	free(known);
}

unsigned int known_count(const struct known *known)
{
	return known->used;
}

const struct known_service *known_at(const struct known *known, unsigned int n)
{
	return &known->services[n + 1];
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

/* FNV-1a over a label with its length; a name is hashed from its last label to its first. */
static uint64_t hash_label(uint64_t hash, const uint8_t *label)
{
	for (unsigned int i = 0; i <= label[0]; i++)
		hash = (hash ^ lower(label[i])) * 1099511628211ULL;
	return hash;
}

static const uint64_t hash_of_root = 14695981039346656037ULL;

/* Where the labels of a name begin. */
struct labels {
	unsigned int count;
	uint8_t at[DNS_LABELS_MAX];
};

static void find_labels(struct labels *labels, const struct dns_name *name)
{
	unsigned int at = 0;

	labels->count = 0;
	for (; name->wire[at]; at += name->wire[at] + 1U)
		labels->at[labels->count++] = (uint8_t)at;
}

static bool octets_equal(const uint8_t *any_case, const uint8_t *lower_case, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (lower(any_case[i]) != lower_case[i])
			return false;
	return true;
}

/* The node of a suffix of `size` octets, without the root; 0: none. */
static uint32_t find_suffix(const struct known *known, uint64_t hash, const uint8_t *wire,
			    size_t size)
{
	uint32_t walked = 0, node = index_first(&known->index, index_mix(hash));

	for (; node && walked < INDEX_WALK_MAX; node = index_next(&known->index, node), walked++) {
		const struct dns_name *suffix = &known->services[node].suffix;

		if (suffix->len == size + 1 && octets_equal(wire, suffix->wire, size))
			return node;
	}
	return 0;
}

/* Longest first: the last one that is found, as the hash grows from the root. */
static uint32_t find_longest(const struct known *known, const struct dns_name *name,
			     const struct labels *labels)
{
	uint64_t hash = hash_of_root;
	uint32_t found = 0;
	unsigned int most = labels->count < known->longest ? labels->count : known->longest;

	for (unsigned int taken = 1; taken <= most; taken++) {
		const uint8_t *from = name->wire + labels->at[labels->count - taken];
		uint32_t node;

		hash = hash_label(hash, from);
		node = find_suffix(known, hash, from, name->len - 1U - (size_t)(from - name->wire));
		found = node ? node : found;
	}
	return found;
}

static uint32_t find_label(const struct known *known, const struct dns_name *name,
			   const struct labels *labels)
{
	for (unsigned int i = 0; i < labels->count; i++) {
		const uint8_t *label = name->wire + labels->at[i];
		uint32_t node;

		if (label[1] != '_')
			continue;
		node = find_suffix(known, hash_label(hash_of_root, label), label, label[0] + 1U);
		if (node)
			return node;
	}
	return 0;
}

const struct known_service *known_find(const struct known *known, const struct dns_name *name)
{
	struct labels labels;
	uint32_t node;

	find_labels(&labels, name);
	node = find_longest(known, name, &labels);
	if (!node)
		node = find_label(known, name, &labels);
	return node ? &known->services[node] : NULL;
}

static uint64_t hash_of(const struct dns_name *suffix)
{
	struct labels labels;
	uint64_t hash = hash_of_root;

	find_labels(&labels, suffix);
	while (labels.count > 0)
		hash = hash_label(hash, suffix->wire + labels.at[--labels.count]);
	return hash;
}

static const char *add_service(struct known *known, const struct known_service *service)
{
	uint64_t hash = hash_of(&service->suffix);
	uint32_t node = find_suffix(known, hash, service->suffix.wire, service->suffix.len - 1U);

	if (!node) {
		if (known->used == KNOWN_SERVICES_MAX)
			return "there is room for 4096 services only";
		node = ++known->used;
		index_add(&known->index, index_mix(hash), node);
	}
	known->services[node] = *service;
	if (service->suffix.labels > known->longest)
		known->longest = service->suffix.labels;
	return NULL;
}

const char *known_add_line(struct known *known, const char *line, size_t size)
{
	struct known_service service;
	const char *why = known_read_line(&service, line, size);

	if (why || service.factor == 0)
		return why;
	return add_service(known, &service);
}

const char *known_add_text(struct known *known, const char *text, size_t size,
			   unsigned int *line_number)
{
	*line_number = 0;
	while (size > 0) {
		const char *newline = memchr(text, '\n', size);
		size_t line = newline ? (size_t)(newline - text) : size;
		const char *why = known_add_line(known, text, line);

		++*line_number;
		if (why)
			return why;
		line += newline != NULL;
		text += line;
		size -= line;
	}
	return NULL;
}
