/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of a list of known services: SUFFIX FACTOR REASON.
 */
#include "track/known.h"

#include <string.h>

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

const char *known_read_line(struct known_service *service, const char *line, size_t size)
{
	struct words words = {line, line + size};
	const char *why;

	service->factor = 0;
	if (size > 0 && line[size - 1] == '\r')
		words.end--;
	pass_blanks(&words);
	if (words.at == words.end || *words.at == '#')
		return NULL;
	why = check_octets(words.at, (size_t)(words.end - words.at));
	if (!why)
		why = take_suffix(&words, service);
	if (!why)
		why = take_factor(&words, service);
	if (!why)
		why = take_reason(&words, service);
	return why;
}
