/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pattern.h"

#include <stdlib.h>
#include <string.h>

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool has_wildcard(const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		else if (*text == '*' || *text == '?')
			return true;
	}
	return false;
}

/* The final dot is not part of the presentation form that the glob is compared with. */
static bool glob_parse(struct pattern *pattern, const char *text)
{
	size_t n = strlen(text);

	if (n > 1 && text[n - 1] == '.' && text[n - 2] != '\\')
		n--;
	if (n >= sizeof(pattern->text))
		return false;
	for (size_t i = 0; i < n; i++)
		pattern->text[i] = ascii_lower(text[i]);
	pattern->text[n] = '\0';
	return true;
}

bool pattern_parse(struct pattern *pattern, const char *text)
{
	*pattern = (struct pattern){0};
	if (*text == '!') {
		pattern->excludes = true;
		text++;
	}
	pattern->glob = has_wildcard(text);
	if (pattern->glob)
		return glob_parse(pattern, text);
	return *text != '\0' && dns_name_from_text(&pattern->zone, text);
}

/*
 * One star is remembered, and where it stood: going back to an earlier one is never needed, so
 * the time is at most the product of both lengths.
 */
static bool glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == '?' || (*pattern && *pattern == *text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool pattern_list_add(struct pattern_list *list, const char *text)
{
	struct pattern *grown;

	grown = realloc(list->patterns, (list->count + 1) * sizeof(*grown));
	if (!grown)
		return false;
	list->patterns = grown;
	if (!pattern_parse(&grown[list->count], text))
		return false;
	list->including += !grown[list->count].excludes;
	list->count++;
	return true;
}

void pattern_list_free(struct pattern_list *list)
{
	free(list->patterns);
	*list = (struct pattern_list){0};
}

static void lower_text(char *text, const struct dns_name *name)
{
	dns_name_to_text(text, name);
	for (; *text; text++)
		*text = ascii_lower(*text);
}

bool pattern_list_accepts(const struct pattern_list *list, const struct dns_name *name)
{
	char text[DNS_NAME_TEXT_MAX] = "";
	bool included = list->including == 0;

	if (!name)
		return included;
	for (unsigned int i = 0; i < list->count; i++) {
		const struct pattern *p = &list->patterns[i];
		bool matches;

		if (included && !p->excludes)
			continue;
		if (p->glob && !text[0])
			lower_text(text, name);
		matches = p->glob ? glob_match(p->text, text) : dns_name_is_below(name, &p->zone);
		if (matches && p->excludes)
			return false;
		included |= matches;
	}
	return included;
}
