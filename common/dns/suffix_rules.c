/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/suffix_rules.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The list has some 2,000 such names; what finds no room is only slower. */
#define ROOM 32768U /* a power of two */

static uint64_t *inner; /* hashes of the names that have rules below them; 0: free */

static uint64_t mix(uint64_t hash, const uint8_t *octets, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ octets[i]) * 0x100000001b3ULL;
	hash ^= hash >> 32;
	return hash * 0x9e3779b97f4a7c15ULL;
}

static uint64_t *place_of(uint64_t hash)
{
	uint32_t at = (uint32_t)(hash >> 40) & (ROOM - 1);

	for (uint32_t i = 0; i < ROOM; i++, at = (at + 1) & (ROOM - 1))
		if (!inner[at] || inner[at] == hash)
			return &inner[at];
	return NULL;
}

#define HASH_SEED 0xcbf29ce484222325ULL

/* All that stands to the right of a dot in a rule. */
static void add_rule(const char *rule, size_t size)
{
	const char *end = rule + size;
	uint64_t hash = HASH_SEED;

	for (const char *dot; (dot = memrchr(rule, '.', (size_t)(end - rule))); end = dot) {
		uint64_t *place;

		hash = mix(hash, (const uint8_t *)dot + 1, (size_t)(end - dot - 1));
		place = place_of(hash);
		if (place)
			*place = hash;
	}
}

static void read_rules(FILE *file)
{
	char line[512];

	while (fgets(line, sizeof(line), file)) {
		const char *rule = line + (line[0] == '!');
		size_t size = 0;

		while (rule[size] && !isspace((unsigned char)rule[size]))
			size++;
		if (size && strncmp(rule, "//", 2) != 0)
			add_rule(rule, size);
	}
}

bool suffix_rules_open(const char *path)
{
	FILE *file = inner ? NULL : fopen(path, "re");

	if (!file)
		return inner != NULL;
	inner = calloc(ROOM, sizeof(*inner));
	if (inner)
		read_rules(file);
	fclose(file);
	return inner != NULL;
}

void suffix_rules_close(void)
{
	free(inner);
	inner = NULL;
}

bool suffix_rules_depth(const struct dns_name *name, unsigned int *labels, uint64_t *hash)
{
	uint8_t starts[DNS_LABELS_MAX];
	unsigned int count = 0;

	if (!inner)
		return false;
	for (size_t at = 0; name->wire[at] && count < DNS_LABELS_MAX; at += name->wire[at] + 1U)
		starts[count++] = (uint8_t)at;
	*hash = HASH_SEED;
	*labels = 0;
	while (*labels < count) {
		const uint8_t *label = name->wire + starts[count - ++*labels];
		uint64_t *place;

		*hash = mix(*hash, label + 1, *label);
		place = place_of(*hash);
		if (place && !*place)
			break;
	}
	return true;
}
