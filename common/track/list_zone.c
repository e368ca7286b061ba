/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Response policy zones (draft-vixie-dnsop-dns-rpz), as zone files (RFC 1035, section 5).
 */
#include <string.h>
#include <strings.h>

#include "track/list_word.h"

#define OPEN_LINES_MAX 64 /* a record with more lines has a parenthesis that nobody closes */

enum record { RECORD_NONE, RECORD_SKIPPED, RECORD_DATA, RECORD_CNAME };

static const struct {
	const char *type;
	enum record record;
} record_types[] = {
	{"CNAME", RECORD_CNAME},    {"A", RECORD_DATA},	       {"AAAA", RECORD_DATA},
	{"TXT", RECORD_DATA},	    {"MX", RECORD_DATA},       {"SRV", RECORD_DATA},
	{"PTR", RECORD_DATA},	    {"HTTPS", RECORD_DATA},    {"SVCB", RECORD_DATA},
	{"DNAME", RECORD_DATA},	    {"SOA", RECORD_SKIPPED},   {"NS", RECORD_SKIPPED},
	{"DNSKEY", RECORD_SKIPPED}, {"RRSIG", RECORD_SKIPPED}, {"NSEC", RECORD_SKIPPED},
	{"NSEC3", RECORD_SKIPPED},  {"DS", RECORD_SKIPPED},    {"NSEC3PARAM", RECORD_SKIPPED},
};

/* Owners whose last label says that they are not about the name that is asked for. */
static const char *const other_triggers[] = {"rpz-ip", "rpz-client-ip", "rpz-nsip", "rpz-nsdname"};

/* What a line of a zone consists of. */
struct zone_line {
	struct word owner; /* empty: as the last record's */
	struct word data;
	enum record record;
	bool soa;
};

static enum record record_of(const struct word *word)
{
	for (size_t i = 0; i < sizeof(record_types) / sizeof(record_types[0]); i++)
		if (word_is(word, record_types[i].type))
			return record_types[i].record;
	return RECORD_NONE;
}

/* "3600", "1h30m" */
static bool is_ttl(const struct word *word)
{
	if (*word->at < '0' || *word->at > '9')
		return false;
	for (size_t i = 0; i < word->size; i++)
		if (!word->at[i] || !strchr("0123456789smhdwSMHDW", word->at[i]))
			return false;
	return true;
}

static bool is_ttl_or_class(const struct word *word)
{
	return is_ttl(word) || word_is(word, "IN") || word_is(word, "CH") || word_is(word, "HS");
}

/* Up to a comment: a semicolon that is neither quoted nor escaped. */
static struct word before_comment(struct word line)
{
	bool quoted = false;

	for (size_t i = 0; i < line.size; i++) {
		if (line.at[i] == '\\')
			i++;
		else if (line.at[i] == '"')
			quoted = !quoted;
		else if (line.at[i] == ';' && !quoted)
			line.size = i;
	}
	return line;
}

static void count_parentheses(struct list_zone *zone, const struct word *line)
{
	struct word text = before_comment(*line);
	bool quoted = false;

	for (size_t i = 0; i < text.size; i++) {
		if (text.at[i] == '\\')
			i++;
		else if (text.at[i] == '"')
			quoted = !quoted;
		else if (text.at[i] == '(' && !quoted)
			zone->open++;
		else if (text.at[i] == ')' && !quoted && zone->open)
			zone->open--;
	}
}

bool list_zone_goes_on(struct list_reader *reader, const struct word *line)
{
	struct list_zone *zone = &reader->zone;

	if (!zone->open)
		return false;
	if (++zone->open_lines > OPEN_LINES_MAX) {
		list_refuse(reader, "a parenthesis that is not closed before it");
		zone->open = 0;
		return false;
	}
	count_parentheses(zone, line);
	return true;
}

static bool split(struct zone_line *parts, const struct word *line)
{
	struct word rest = before_comment(*line), word;

	*parts = (struct zone_line){0};
	if (!is_blank(*rest.at) && !word_next(&rest, &parts->owner))
		return false;
	for (unsigned int i = 0;; i++) {
		if (!word_next(&rest, &word))
			return false;
		if (i == 2 || !is_ttl_or_class(&word))
			break;
	}
	parts->record = record_of(&word);
	parts->soa = word_is(&word, "SOA");
	word_next(&rest, &parts->data);
	if (word_is(&word, "A") || word_is(&word, "AAAA"))
		return word_is_address(&parts->data); /* "not a name" is none */
	return parts->record && parts->data.size;
}

/* False: longer than a name can be. */
static bool append(struct dns_name *name, const struct dns_name *suffix)
{
	size_t before = name->len - 1U;

	if (before + suffix->len > DNS_NAME_MAX)
		return false;
	memcpy(name->wire + before, suffix->wire, suffix->len);
	name->len = (uint8_t)(before + suffix->len);
	name->labels = (uint8_t)(name->labels + suffix->labels);
	return true;
}

/* `name` is below `suffix`, or the same. */
static void cut_off(struct dns_name *name, const struct dns_name *suffix)
{
	name->len = (uint8_t)(name->len - suffix->len + 1);
	name->labels = (uint8_t)(name->labels - suffix->labels);
	name->wire[name->len - 1] = 0;
}

/* With the origin where the word does not end in a dot; "" is the origin. */
static const char *absolute(struct dns_name *name, const struct list_zone *zone,
			    const struct word *word)
{
	bool whole = word->size && word->at[word->size - 1] == '.';
	const char *why = NULL;

	*name = (struct dns_name){.len = 1};
	if (word->size && !word_is(word, "."))
		why = list_name(name, word, true);
	if (!why && !whole && !append(name, &zone->origin))
		why = "the name is too long";
	return why;
}

static bool is_other_trigger(const struct dns_name *name)
{
	const uint8_t *label = name->wire;

	for (unsigned int i = 1; i < name->labels; i++)
		label += 1 + *label;
	for (size_t i = 0; i < sizeof(other_triggers) / sizeof(other_triggers[0]); i++)
		if (*label == strlen(other_triggers[i]) &&
		    strncasecmp((const char *)label + 1, other_triggers[i], *label) == 0)
			return true;
	return false;
}

/* The record's policy for `owner`, without the zone's name: a scope; 0: none that is known. */
static unsigned int policy(const struct list_zone *zone, const struct zone_line *parts,
			   const struct dns_name *owner)
{
	struct dns_name target;

	if (parts->record == RECORD_DATA)
		return SCOPE_BOTH;
	if (word_is(&parts->data, "rpz-tcp-only."))
		return 0;
	if (word_is(&parts->data, "rpz-passthru."))
		return SCOPE_BOTH | NAME_SET_ALLOW;
	if (!absolute(&target, zone, &parts->data) && target.labels &&
	    dns_name_equal(&target, owner))
		return SCOPE_BOTH | NAME_SET_ALLOW; /* how the first version wrote it */
	return SCOPE_BOTH;
}

static void record_line(struct list_reader *reader, const struct zone_line *parts, bool wildcard)
{
	struct list_zone *zone = &reader->zone;
	struct dns_name name = zone->owner;
	unsigned int scope;

	if (parts->soa) {
		zone->apex = zone->owner;
		zone->has_apex = true;
	}
	if (parts->record == RECORD_SKIPPED || (!wildcard && dns_name_equal(&name, &zone->apex)))
		return;
	if (!dns_name_is_below(&name, &zone->apex)) {
		list_refuse(reader, "outside of the zone");
		return;
	}
	cut_off(&name, &zone->apex);
	scope = policy(zone, parts, &name) &
		(NAME_SET_ALLOW | (wildcard ? NAME_SET_BELOW : NAME_SET_EXACT));
	if (!scope || is_other_trigger(&name))
		list_refuse(reader, "a policy that is not about the name that is asked for");
	else
		list_found(reader, &name, scope);
}

/* NULL, or why there is no owner. A record without one has the last record's. */
static const char *take_owner(struct list_zone *zone, struct word owner)
{
	const char *why;

	if (!owner.size)
		return zone->has_owner ? NULL : "a record without an owner";
	zone->wildcard = word_is(&owner, "*") || word_begins(&owner, "*.");
	if (word_is(&owner, "@") || word_is(&owner, "*"))
		owner.size = 0;
	word_strip(&owner, "*.");
	why = absolute(&zone->owner, zone, &owner);
	zone->has_owner = !why;
	return why;
}

bool list_zone_line(struct list_reader *reader, const struct word *line)
{
	struct zone_line parts;
	const char *why;

	if (!split(&parts, line))
		return false;
	reader->zone.open_lines = 0;
	count_parentheses(&reader->zone, line);
	why = take_owner(&reader->zone, parts.owner);
	if (why)
		list_refuse(reader, why);
	else
		record_line(reader, &parts, reader->zone.wildcard);
	return true;
}

void list_zone_directive(struct list_reader *reader, const struct word *line)
{
	struct list_zone *zone = &reader->zone;
	struct word rest = before_comment(*line), directive, word;
	struct dns_name origin;
	const char *why;

	word_next(&rest, &directive);
	if (word_is(&directive, "$TTL"))
		return;
	if (!word_is(&directive, "$ORIGIN") || !word_next(&rest, &word)) {
		list_refuse(reader, "no format that is known");
		return;
	}
	why = absolute(&origin, zone, &word);
	if (why) {
		list_refuse(reader, why);
		return;
	}
	zone->origin = origin;
	if (!zone->has_apex)
		zone->apex = origin;
	zone->has_apex = true;
}
