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

/* ---- Lines --------------------------------------------------------------------------------- */

struct words {
	const char *at;
	const char *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void pass_blanks(struct words *words)
{
	while (words->at < words->end && is_blank(*words->at))
		words->at++;
}

/* The next word into `word`, with its NUL; empty at the end. False: it is too long. */
static bool take_word(struct words *words, char *word, size_t room)
{
	size_t size = 0;

	pass_blanks(words);
	for (; words->at < words->end && !is_blank(*words->at); words->at++) {
		if (size + 1 == room)
			return false;
		word[size++] = *words->at;
	}
	word[size] = '\0';
	return true;
}

static bool is_label(const struct dns_name *suffix)
{
	return suffix->labels == 1 && suffix->wire[1] == '_';
}

static const char *take_suffix(struct words *words, struct known_service *service)
{
	char word[DNS_NAME_TEXT_MAX];
	struct dns_name name;

	if (!take_word(words, word, sizeof(word)) || !dns_name_from_text(&name, word))
		return "SUFFIX is not a domain name";
	if (name.labels == 0)
		return "SUFFIX must not be the root: it would mean every name";
	dns_name_lower(&service->suffix, &name);
	return NULL;
}

static const char *take_factor(struct words *words, struct known_service *service)
{
	char word[5];
	unsigned int factor = 0;

	if (!take_word(words, word, sizeof(word)) || !word[0])
		return "FACTOR is not a number from 1 to 1000";
	for (const char *digit = word; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return "FACTOR is not a number from 1 to 1000";
		factor = factor * 10 + (unsigned int)(*digit - '0');
	}
	if (factor < 1 || factor > KNOWN_FACTOR_MAX)
		return "FACTOR is not a number from 1 to 1000";
	if (is_label(&service->suffix) && factor > KNOWN_LABEL_FACTOR_MAX)
		return "FACTOR of a label is at most 8: any domain may have it";
	service->factor = (uint16_t)factor;
	return NULL;
}

static const char *take_reason(struct words *words, struct known_service *service)
{
	size_t size;

	pass_blanks(words);
	while (words->end > words->at && is_blank(words->end[-1]))
		words->end--;
	size = (size_t)(words->end - words->at);
	if (size == 0)
		return "REASON is missing: SUFFIX FACTOR REASON";
	if (size >= KNOWN_REASON_SIZE)
		return "REASON is longer than 127 characters";
	memcpy(service->reason, words->at, size);
	service->reason[size] = '\0';
	return NULL;
}

/* So that whatever was read may be shown. */
static const char *check_octets(const char *line, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((line[i] < ' ' && line[i] != '\t') || line[i] > '~')
			return "an octet is not printable ASCII";
	return NULL;
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
	struct words words = {line, line + size};
	struct known_service service;
	const char *why;

	if (size > 0 && line[size - 1] == '\r')
		words.end--;
	pass_blanks(&words);
	if (words.at == words.end || *words.at == '#')
		return NULL;
	why = check_octets(words.at, (size_t)(words.end - words.at));
	if (!why)
		why = take_suffix(&words, &service);
	if (!why)
		why = take_factor(&words, &service);
	if (!why)
		why = take_reason(&words, &service);
	return why ? why : add_service(known, &service);
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
