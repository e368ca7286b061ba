/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hosts_file.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "track/hash.h"

#define NAME_SIZE_MAX 255 /* of what can be asked for */

/* A name, or a line's address; `next` and the heads are places + 1, 0: none. */
struct entry {
	uint32_t next;
	uint32_t key, key_size; /* in the text */
	uint32_t line;		/* where it begins in the text */
	uint32_t number;
	bool is_address;
};

struct hosts_file {
	uint64_t seed;
	char *text;
	size_t size;
	struct entry *entries;
	uint32_t count;
	uint32_t *heads;
	uint32_t mask;
};

/* A field of a line; empty: there are no more. */
struct field {
	const char *at;
	size_t size;
};

/* The C library's isspace(), whatever the locale. */
static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The C library's tolower() in the locale of C. */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static struct field next_field(const char *at, const char *end)
{
	const char *from;

	while (at < end && is_blank(*at))
		at++;
	for (from = at; at < end && !is_blank(*at);)
		at++;
	return (struct field){from, (size_t)(at - from)};
}

/* Where a line's content ends: at its end, a comment, or what ends a string of C. */
static const char *content_end(const char *line, const char *end)
{
	while (line < end && *line != '\n' && *line != '#' && *line != '\0')
		line++;
	return line;
}

static bool read_address(const struct field *f, uint8_t address[16])
{
	char text[INET6_ADDRSTRLEN];

	if (!f->size || f->size >= sizeof(text))
		return false;
	memcpy(text, f->at, f->size);
	text[f->size] = '\0';
	if (inet_pton(AF_INET6, text, address) == 1)
		return true;
	memset(address, 0, 10);
	address[10] = address[11] = 0xff;
	return inet_pton(AF_INET, text, address + 12) == 1;
}

/* ---- The index ------------------------------------------------------------------------------- */

static uint32_t hash_of(const struct hosts_file *h, const char *octets, size_t size, bool address)
{
	return (uint32_t)hash_octets(h->seed + address, octets, size) & h->mask;
}

static uint32_t hash_of_name(const struct hosts_file *h, const char *name, size_t size)
{
	char folded[NAME_SIZE_MAX];

	for (size_t i = 0; i < size; i++)
		folded[i] = lower(name[i]);
	return hash_of(h, folded, size, false);
}

static uint32_t hash_of_entry(const struct hosts_file *h, const struct entry *e)
{
	const struct field field = {h->text + e->key, e->key_size};
	uint8_t address[16];

	if (!e->is_address)
		return hash_of_name(h, field.at, field.size);
	read_address(&field, address);
	return hash_of(h, (const char *)address, sizeof(address), true);
}

/* Counts where there are no entries yet. False: there are too many. */
static bool add_entry(struct hosts_file *h, const struct entry *e)
{
	if (h->count >= HOSTS_NAMES_MAX)
		return false;
	if (h->entries)
		h->entries[h->count] = *e;
	h->count++;
	return true;
}

static bool add_line(struct hosts_file *h, const char *line, const char *end, uint32_t number)
{
	struct field field = next_field(line, end);
	struct entry e = {.line = (uint32_t)(line - h->text), .number = number};
	uint8_t address[16];

	if (!read_address(&field, address) || !next_field(field.at + field.size, end).size)
		return true;
	e.is_address = true;
	do {
		e.key = (uint32_t)(field.at - h->text);
		e.key_size = (uint32_t)field.size;
		if (field.size <= NAME_SIZE_MAX && !add_entry(h, &e))
			return false;
		e.is_address = false;
		field = next_field(field.at + field.size, end);
	} while (field.size);
	return true;
}

static bool add_lines(struct hosts_file *h)
{
	const char *end = h->text + h->size, *line = h->text;

	h->count = 0;
	for (uint32_t number = 1; line < end; number++) {
		const char *next = memchr(line, '\n', (size_t)(end - line));

		if (!add_line(h, line, content_end(line, end), number))
			return false;
		line = next ? next + 1 : end;
	}
	return true;
}

/* From the last one on, so that each chain has the file's order. */
static void index_entries(struct hosts_file *h)
{
	for (uint32_t i = h->count; i-- > 0;) {
		uint32_t *head = &h->heads[hash_of_entry(h, &h->entries[i])];

		h->entries[i].next = *head;
		*head = i + 1;
	}
}

static bool build(struct hosts_file *h)
{
	uint32_t heads = 8;

	if (!add_lines(h))
		return false;
	while (heads < h->count)
		heads *= 2;
	h->mask = heads - 1;
	h->heads = calloc(heads, sizeof(*h->heads));
	h->entries = calloc(h->count + 1, sizeof(*h->entries));
	if (!h->heads || !h->entries)
		return false;
	add_lines(h);
	index_entries(h);
	return true;
}

struct hosts_file *hosts_file_read(const char *text, size_t size, uint64_t seed)
{
	struct hosts_file *h = size <= HOSTS_FILE_MAX ? calloc(1, sizeof(*h)) : NULL;

	if (!h)
		return NULL;
	h->seed = seed;
	h->size = size;
	h->text = malloc(size + 1);
	if (h->text) {
		if (size)
			memcpy(h->text, text, size);
		if (build(h))
			return h;
	}
	hosts_file_free(h);
	return NULL;
}

void hosts_file_free(struct hosts_file *h)
{
	if (!h)
		return;
	free(h->heads);
	free(h->entries);
	free(h->text);
	free(h);
}

/* ---- Finding --------------------------------------------------------------------------------- */

/* A name that stands twice in a line is found once. */
static bool add_found(const struct hosts_file *h, const struct entry *e, struct hosts_found *found)
{
	struct hosts_line *line = &found->lines[found->count];
	const char *end = content_end(h->text + e->line, h->text + h->size);
	struct field field = next_field(h->text + e->line, end);

	if (found->count && found->lines[found->count - 1].number == e->number)
		return true;
	line->number = e->number;
	read_address(&field, line->address);
	field = next_field(field.at + field.size, end);
	line->name = field.at;
	line->name_size = field.size;
	return ++found->count < HOSTS_SHOWN_MAX;
}

static bool same_name(const char *a, const char *b, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

void hosts_find_name(const struct hosts_file *h, const char *name, struct hosts_found *found)
{
	size_t size = strlen(name);

	found->count = 0;
	if (!size || size > NAME_SIZE_MAX)
		return;
	for (uint32_t n = h->heads[hash_of_name(h, name, size)]; n; n = h->entries[n - 1].next) {
		const struct entry *e = &h->entries[n - 1];

		if (!e->is_address && e->key_size == size &&
		    same_name(h->text + e->key, name, size) && !add_found(h, e, found))
			return;
	}
}

void hosts_find_address(const struct hosts_file *h, const uint8_t address[16],
			struct hosts_found *found)
{
	uint32_t n = h->heads[hash_of(h, (const char *)address, 16, true)];

	found->count = 0;
	for (; n; n = h->entries[n - 1].next) {
		const struct entry *e = &h->entries[n - 1];
		const struct field field = {h->text + e->key, e->key_size};
		uint8_t other[16];

		if (e->is_address && read_address(&field, other) &&
		    memcmp(other, address, sizeof(other)) == 0 && !add_found(h, e, found))
			return;
	}
}

bool is_numeric_address(const char *name)
{
	uint8_t octets[sizeof(struct in6_addr)];
	size_t size = strcspn(name, "%");
	char text[INET6_ADDRSTRLEN];
	struct in_addr address;

	/* inet_aton() does not mind what comes after a blank. */
	if (!name[strcspn(name, " \t\n\v\f\r")] && inet_aton(name, &address))
		return true;
	if (size >= sizeof(text))
		return false;
	memcpy(text, name, size);
	text[size] = '\0';
	return inet_pton(AF_INET6, text, octets) == 1;
}
