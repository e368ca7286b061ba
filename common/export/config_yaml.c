/* SPDX-License-Identifier: Apache-2.0 */
#include "export/config_yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

/* One file while it is read. */
struct reading {
	struct config *config;
	char *error;
	yaml_parser_t parser;
};

/* ---- What is wrong -------------------------------------------------------------------------- */

static bool fail(struct reading *r, const yaml_mark_t *mark, const char *key, const char *why)
{
	return config_explain(r->config, (unsigned int)mark->line + 1, key, r->error, "%s", why);
}

static bool fail_memory(struct reading *r)
{
	snprintf(r->error, CONFIG_ERROR_MAX, "%.200s: not enough memory", r->config->name);
	return false;
}

/* libyaml's own words, with the line where it stopped. */
static bool fail_syntax(struct reading *r)
{
	const yaml_parser_t *p = &r->parser;

	if (p->error == YAML_MEMORY_ERROR)
		return fail_memory(r);
	/* It knows the place of what it could not decode only as an offset. */
	if (p->error == YAML_READER_ERROR)
		return fail(r, &p->mark, NULL, p->problem);
	return config_explain(r->config, (unsigned int)p->problem_mark.line + 1, NULL, r->error,
			      "%s%s%s", p->context ? p->context : "", p->context ? ", " : "",
			      p->problem ? p->problem : "is not YAML");
}

/* ---- Scalars -------------------------------------------------------------------------------- */

static bool is_one_of(const char *text, const char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

#define IS_ONE_OF(text, ...)                                                                       \
	is_one_of(text, (const char *const[]){__VA_ARGS__},                                        \
		  sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* YAML 1.2's core schema. */
static enum config_kind kind_of(const char *text, bool plain)
{
	if (!plain)
		return CONFIG_TEXT;
	if (IS_ONE_OF(text, "true", "True", "TRUE"))
		return CONFIG_TRUE;
	if (IS_ONE_OF(text, "false", "False", "FALSE"))
		return CONFIG_FALSE;
	if (IS_ONE_OF(text, "", "~", "null", "Null", "NULL"))
		return CONFIG_NOTHING;
	return CONFIG_TEXT;
}

static bool is_marked(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor || event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor || event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor || event->data.mapping_start.tag;
	default:
		return event->type == YAML_ALIAS_EVENT;
	}
}

static bool next_event(struct reading *r, yaml_event_t *event, const char *key)
{
	if (!yaml_parser_parse(&r->parser, event))
		return fail_syntax(r);
	if (!is_marked(event))
		return true;
	fail(r, &event->start_mark, key, "anchors, aliases and tags are not taken here");
	yaml_event_delete(event);
	return false;
}

static char *copy_scalar(struct reading *r, const yaml_event_t *event, const char *key)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	char *copy;

	if (memchr(text, '\0', length)) {
		fail(r, &event->start_mark, key, "a NUL is not taken here");
		return NULL;
	}
	copy = strndup(text, length);
	if (!copy)
		fail_memory(r);
	return copy;
}

/* ---- Entries -------------------------------------------------------------------------------- */

static bool add_value(struct reading *r, const yaml_event_t *event, struct config_entry *entry)
{
	struct config *c = r->config;
	struct config_value *value = &c->values[c->value_count];

	if (event->type != YAML_SCALAR_EVENT)
		return fail(r, &event->start_mark, entry->key,
			    "takes a value or a list of values, nothing nested");
	if (c->value_count == CONFIG_VALUES_MAX)
		return fail(r, &event->start_mark, entry->key, "too many values in one file");
	value->text = copy_scalar(r, event, entry->key);
	if (!value->text)
		return false;
	value->kind = kind_of(value->text, event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE);
	value->line = (unsigned int)event->start_mark.line + 1;
	c->value_count++;
	entry->count++;
	return true;
}

static bool read_list(struct reading *r, struct config_entry *entry)
{
	yaml_event_t event;
	bool ended = false, good = true;

	entry->is_list = true;
	while (good && !ended) {
		if (!next_event(r, &event, entry->key))
			return false;
		ended = event.type == YAML_SEQUENCE_END_EVENT;
		good = ended || add_value(r, &event, entry);
		yaml_event_delete(&event);
	}
	return good;
}

static bool read_value(struct reading *r, struct config_entry *entry)
{
	yaml_event_t event;
	bool good;

	if (!next_event(r, &event, entry->key))
		return false;
	entry->first = r->config->value_count;
	if (event.type == YAML_SEQUENCE_START_EVENT)
		good = read_list(r, entry);
	else
		good = add_value(r, &event, entry);
	yaml_event_delete(&event);
	return good;
}

static const struct config_entry *find_key(const struct config *c, const char *key)
{
	for (unsigned int i = 0; i < c->entry_count; i++)
		if (strcmp(c->entries[i].key, key) == 0)
			return &c->entries[i];
	return NULL;
}

static bool check_key(struct reading *r, const yaml_event_t *event, const char *key)
{
	const struct config_entry *earlier = find_key(r->config, key);

	if (strlen(key) > CONFIG_KEY_MAX)
		return fail(r, &event->start_mark, NULL, "a key is too long");
	if (earlier)
		return config_explain(r->config, (unsigned int)event->start_mark.line + 1, key,
				      r->error, "is given twice, in line %u first", earlier->line);
	return r->config->entry_count < CONFIG_VALUES_MAX ||
	       fail(r, &event->start_mark, NULL, "too many keys in one file");
}

static bool read_entry(struct reading *r, const yaml_event_t *event)
{
	struct config *c = r->config;
	struct config_entry *entry = &c->entries[c->entry_count];
	char *key;

	if (event->type != YAML_SCALAR_EVENT)
		return fail(r, &event->start_mark, NULL, "a key must be a word");
	key = copy_scalar(r, event, NULL);
	if (!key)
		return false;
	if (!check_key(r, event, key)) {
		free(key);
		return false;
	}
	*entry = (struct config_entry){
		.key = key,
		.line = (unsigned int)event->start_mark.line + 1,
	};
	c->entry_count++;
	return read_value(r, entry);
}

static bool read_mapping(struct reading *r)
{
	yaml_event_t event;
	bool ended = false, good = true;

	while (good && !ended) {
		if (!next_event(r, &event, NULL))
			return false;
		ended = event.type == YAML_MAPPING_END_EVENT;
		good = ended || read_entry(r, &event);
		yaml_event_delete(&event);
	}
	return good;
}

/* ---- The whole ------------------------------------------------------------------------------ */

/* A document of nothing, as a file of comments, has no entries. */
static bool read_document(struct reading *r, const yaml_event_t *event)
{
	if (event->type == YAML_MAPPING_START_EVENT)
		return read_mapping(r);
	if (event->type == YAML_SCALAR_EVENT && event->data.scalar.length == 0 &&
	    event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return true;
	return fail(r, &event->start_mark, NULL, "must be 'key: value' lines");
}

static bool read_stream(struct reading *r)
{
	unsigned int documents = 0;
	yaml_event_t event;
	bool ended = false, good = true;

	while (good && !ended) {
		if (!next_event(r, &event, NULL))
			return false;
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		case YAML_DOCUMENT_START_EVENT:
			good = documents++ == 0 || fail(r, &event.start_mark, NULL,
							"a second document is not taken here");
			break;
		case YAML_STREAM_END_EVENT:
			ended = true;
			break;
		default:
			good = read_document(r, &event);
		}
		yaml_event_delete(&event);
	}
	return good;
}

struct config *config_parse(const char *name, const void *text, size_t size,
			    char error[CONFIG_ERROR_MAX])
{
	struct reading r = {.config = config_new(name), .error = error};
	bool good;

	if (!r.config || !yaml_parser_initialize(&r.parser)) {
		snprintf(error, CONFIG_ERROR_MAX, "%.200s: not enough memory", name);
		config_free(r.config);
		return NULL;
	}
	yaml_parser_set_input_string(&r.parser, text, size);
	good = read_stream(&r);
	yaml_parser_delete(&r.parser);
	if (good)
		return r.config;
	config_free(r.config);
	return NULL;
}
