/* SPDX-License-Identifier: Apache-2.0 */
#include "track/list_line.h"

#include <string.h>

#include "track/list_word.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

void list_reader_init(struct list_reader *reader, list_entry_fn entry, void *context)
{
	*reader = (struct list_reader){.entry = entry, .context = context};
	reader->zone.apex.len = reader->zone.origin.len = 1;
}

/* A comment may follow after a blank. */
static bool next_before_comment(struct word *line, struct word *word)
{
	return word_next(line, word) && !strchr("#;", *word->at) && !word_begins(word, "//");
}

static void hosts_line(struct list_reader *reader, struct word names)
{
	struct word name;
	bool any = false;

	for (; next_before_comment(&names, &name); any = true)
		list_add(reader, &name, NAME_SET_EXACT);
	if (!any)
		list_refuse(reader, "an address, not a name");
}

static void plain_line(struct list_reader *reader, struct word name)
{
	if (!word_strip(&name, "*."))
		word_strip(&name, ".");
	list_add(reader, &name, SCOPE_BOTH);
}

/* Options: only those that leave a rule one about the whole name. */
static bool is_adblock_end_harmless(struct word rest)
{
	static const char *const harmless[] = {"important", "all", "document", "doc"};
	struct word option;
	bool last = false;

	word_strip(&rest, "|");
	if (!rest.size)
		return true;
	if (!word_strip(&rest, "$"))
		return false;
	while (!last) {
		size_t i;

		last = !word_up_to(&rest, ',', &option);
		if (last)
			option = rest;
		for (i = 0; i < 4 && !word_is(&option, harmless[i]); i++)
			;
		if (i == 4)
			return false;
	}
	return true;
}

static void adblock_line(struct list_reader *reader, struct word rule)
{
	unsigned int allow = word_strip(&rule, "@@") ? NAME_SET_ALLOW : 0;
	bool whole = word_strip(&rule, "||");
	unsigned int scope = word_strip(&rule, "*.") ? NAME_SET_BELOW : SCOPE_BOTH;
	struct word name;

	if (!whole || !word_up_to(&rule, '^', &name) || !is_adblock_end_harmless(rule))
		list_refuse(reader, "a rule that is not about whole names");
	else
		list_add(reader, &name, scope | allow);
}

static void dnsmasq_name(struct list_reader *reader, struct word name, unsigned int allow)
{
	unsigned int scope = SCOPE_BOTH;

	if (word_strip(&name, "*."))
		scope = NAME_SET_BELOW;
	else
		word_strip(&name, ".");
	list_add(reader, &name, scope | allow);
}

/* "a/b/value"; a value of server= or local= is a server to ask: nothing is blocked then. */
static void dnsmasq_line(struct list_reader *reader, struct word list, bool address)
{
	struct word value = list, name;
	unsigned int allow;

	while (word_up_to(&value, '/', &name))
		;
	allow = !address && word_is(&value, "#") ? NAME_SET_ALLOW : 0;
	if (value.at == list.at)
		list_refuse(reader, "there is no name");
	else if (!address && !allow && value.size)
		list_refuse(reader, "names that another server is asked for");
	else
		while (word_up_to(&list, '/', &name))
			dnsmasq_name(reader, name, allow);
}

static bool is_comment(const struct word *line)
{
	return strchr("#!;", *line->at) || word_begins(line, "//") ||
	       (*line->at == '[' && line->at[line->size - 1] == ']');
}

static void words_line(struct list_reader *reader, const struct word *line)
{
	struct word rest = *line, first, second;

	next_before_comment(&rest, &first);
	if (word_is_address(&first))
		hosts_line(reader, rest);
	else if (list_zone_line(reader, line))
		return;
	else if (!next_before_comment(&rest, &second))
		plain_line(reader, first);
	else
		list_refuse(reader, "no format that is known");
}

static void rule_line(struct list_reader *reader, const struct word *line)
{
	struct word rest = *line, first;

	word_next(&rest, &first);
	if (word_begins(&first, "||") || word_begins(&first, "@@"))
		adblock_line(reader, first);
	else if (word_strip(&first, "address=/"))
		dnsmasq_line(reader, first, true);
	else if (word_strip(&first, "server=/") || word_strip(&first, "local=/"))
		dnsmasq_line(reader, first, false);
	else
		words_line(reader, line);
}

static struct word trimmed(struct word line)
{
	while (line.size && (is_blank(line.at[line.size - 1]) || line.at[line.size - 1] == '\r'))
		line.size--;
	while (line.size && is_blank(*line.at)) {
		line.at++;
		line.size--;
	}
	return line;
}

void list_line(struct list_reader *reader, const char *text, size_t size)
{
	struct word line = {text, size}, inside;

	if (!reader->counts.lines++)
		word_strip(&line, BYTE_ORDER_MARK);
	inside = trimmed(line);
	line.size = (size_t)(inside.at + inside.size - line.at);
	if (!inside.size || list_zone_goes_on(reader, &inside))
		return;
	if (!reader->begun)
		reader->counts.html = *inside.at == '<';
	reader->begun = true;
	if (size > LIST_LINE_MAX)
		list_refuse(reader, "the line is too long");
	else if (*inside.at == '$')
		list_zone_directive(reader, &inside);
	else if (!is_comment(&inside))
		rule_line(reader, &line);
}

void list_text_init(struct list_text *text, list_entry_fn entry, void *context)
{
	list_reader_init(&text->reader, entry, context);
	text->used = 0;
}

static void end_line(struct list_text *text)
{
	list_line(&text->reader, text->line, text->used);
	text->used = 0;
}

/* Of a line that is too long, enough to be known as such. */
static void keep(struct list_text *text, const char *data, size_t size)
{
	size_t room = sizeof(text->line) - text->used;

	if (size > room)
		size = room;
	memcpy(text->line + text->used, data, size);
	text->used += size;
}

void list_text_take(struct list_text *text, const char *data, size_t size)
{
	while (size) {
		const char *newline = memchr(data, '\n', size);
		size_t n = newline ? (size_t)(newline - data) : size;

		keep(text, data, n);
		if (newline)
			end_line(text);
		data += n + (newline != NULL);
		size -= n + (newline != NULL);
	}
}

void list_text_end(struct list_text *text)
{
	if (text->used)
		end_line(text);
}
