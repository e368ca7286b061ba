/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options_config.h"

#include <string.h>

/* What is being taken, and where it may be wrong. */
struct taking {
	const struct tool *tool;
	const struct config *config;
	const struct config_entry *entry;
	const struct option_spec *spec;
	void *target;
	char *error;
};

static bool fail(const struct taking *t, unsigned int line, const char *why)
{
	return config_explain(t->config, line, t->entry->key, t->error, "%s", why);
}

static const struct option_spec *find_option(const struct tool *tool, const char *name)
{
	for (const struct option_spec *spec = tool->options; spec->key; spec++)
		if (strcmp(spec->name, name) == 0)
			return spec;
	return NULL;
}

static bool may_repeat(const struct tool *tool, const char *name)
{
	for (const char *const *list = tool->lists; list && *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static bool set_option(const struct taking *t, const struct config_value *value, const char *text)
{
	char error[OPTION_ERROR_MAX] = "";

	if (t->spec->set(t->target, text, error))
		return true;
	return config_explain(t->config, value->line, t->entry->key, t->error, "'%s' %s",
			      value->text, error[0] ? error : "is not a value for it");
}

static bool take_flag(const struct taking *t, const struct config_value *value)
{
	if (value->kind == CONFIG_TRUE)
		return set_option(t, value, NULL);
	return value->kind == CONFIG_FALSE || fail(t, value->line, "is either true or false");
}

static bool take_value(const struct taking *t, const struct config_value *value)
{
	bool optional = t->spec->argument[0] == '[';

	if (optional && value->kind != CONFIG_TEXT)
		return take_flag(t, value);
	if (value->kind == CONFIG_NOTHING)
		return fail(t, value->line, "has no value");
	if (value->kind != CONFIG_TEXT)
		return fail(t, value->line, "needs a value, not true or false");
	return set_option(t, value, value->text);
}

static bool take_list(const struct taking *t)
{
	if (!may_repeat(t->tool, t->entry->key))
		return fail(t, t->entry->line, "takes one value, not a list");
	for (unsigned int i = 0; i < t->entry->count; i++)
		if (!take_value(t, &t->config->values[t->entry->first + i]))
			return false;
	return true;
}

static bool take_entry(const struct taking *t)
{
	const struct config_value *value = &t->config->values[t->entry->first];

	if (!t->spec)
		return fail(t, t->entry->line, "is no option of this tool");
	if (t->spec->set == set_config)
		return fail(t, t->entry->line, "is for the command line only");
	if (!t->spec->argument)
		return t->entry->is_list ? fail(t, t->entry->line, "is either true or false")
					 : take_flag(t, value);
	return t->entry->is_list ? take_list(t) : take_value(t, value);
}

bool options_take_config(const struct tool *tool, const struct config *config, void *target,
			 char error[CONFIG_ERROR_MAX])
{
	struct taking t = {.tool = tool, .config = config, .target = target, .error = error};

	for (unsigned int i = 0; i < config->entry_count; i++) {
		t.entry = &config->entries[i];
		t.spec = find_option(tool, t.entry->key);
		if (!take_entry(&t))
			return false;
	}
	return true;
}

bool options_read_config(const struct tool *tool, const char *path, void *target,
			 char error[CONFIG_ERROR_MAX])
{
	static struct config *config; /* options point to its values */

	config = config_read(path, error);
	return config && options_take_config(tool, config, target, error);
}
