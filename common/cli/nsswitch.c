/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/nsswitch.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* What comes after "hosts:"; NULL: the line is about something else. */
static const char *after_key(const char *line, const char *end)
{
	static const char key[] = "hosts:";

	while (line < end && is_blank(*line))
		line++;
	if ((size_t)(end - line) < sizeof(key) - 1 || memcmp(line, key, sizeof(key) - 1) != 0)
		return NULL;
	return line + sizeof(key) - 1;
}

/* Blanks become one, those at the ends none. */
static bool copy_services(char services[NSSWITCH_TEXT_MAX], const char *at, const char *end)
{
	size_t n = 0;
	bool blank = false;

	for (; at < end; at++) {
		if (is_blank(*at)) {
			blank = n > 0;
			continue;
		}
		if (*at < ' ' || *at > '~' || n + blank + 1 >= NSSWITCH_TEXT_MAX)
			return false;
		if (blank)
			services[n++] = ' ';
		blank = false;
		services[n++] = *at;
	}
	services[n] = '\0';
	return n > 0;
}

static const char *content_end(const char *line, const char *end)
{
	while (line < end && *line != '\n' && *line != '#' && *line != '\0')
		line++;
	return line;
}

static bool find_line(char services[NSSWITCH_TEXT_MAX], const char *text, size_t size)
{
	const char *end = text + size, *line = text;
	char other[NSSWITCH_TEXT_MAX] = "";
	bool found = false;

	while (line < end) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		const char *content = content_end(line, end), *at = after_key(line, content);

		if (at && !copy_services(found ? other : services, at, content))
			return false;
		if (at && found && strcmp(other, services) != 0)
			return false;
		found = found || at;
		line = next ? next + 1 : end;
	}
	return found;
}

bool nsswitch_hosts(char services[NSSWITCH_TEXT_MAX], const char *text, size_t size)
{
	bool found;

	services[0] = '\0';
	found = size <= NSSWITCH_FILE_MAX && find_line(services, text, size);
	if (!found)
		services[0] = '\0';
	return found;
}

const char *nsswitch_word(const char *at, size_t *size)
{
	const char *end;

	at += strspn(at, " ");
	if (!*at)
		return NULL;
	end = *at == '[' ? strchr(at, ']') : NULL;
	*size = end ? (size_t)(end - at) + 1 : strcspn(at, " [");
	if (!*size) /* a bracket that nothing closes */
		*size = strlen(at);
	return at;
}
