/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: whatever a config file holds, it is taken or refused in one printable line, and
 * its values are text within its limits.
 */
#include <string.h>

#include "cli/options_config.h"
#include "cli/options_shared.h"
#include "fuzz.h"

static const struct option_spec specs[] = {
	SHARED_WHO,    SHARED_WHAT,  SHARED_SOURCE, SHARED_OUTPUT,
	SHARED_LIMITS, SHARED_OTHER, SHARED_CONFIG, {0}};

static const struct tool tool = {
	.name = "tool",
	.options = specs,
	.lists = (const char *const[]){SHARED_LISTS, NULL},
};

static void check_error(const char *error)
{
	REQUIRE(strncmp(error, "f:", 2) == 0);
	REQUIRE(strlen(error) > 4 && strlen(error) < CONFIG_ERROR_MAX);
	for (const char *c = error; *c; c++)
		REQUIRE(*c >= 0x20 && *c <= 0x7e);
}

static void check_entries(const struct config *config, size_t size)
{
	REQUIRE(config->entry_count <= CONFIG_VALUES_MAX);
	REQUIRE(config->value_count <= CONFIG_VALUES_MAX);
	for (unsigned int i = 0; i < config->entry_count; i++) {
		const struct config_entry *e = &config->entries[i];

		REQUIRE(strlen(e->key) <= CONFIG_KEY_MAX);
		REQUIRE(e->first + e->count <= config->value_count);
		REQUIRE(e->is_list || e->count == 1);
	}
	for (unsigned int i = 0; i < config->value_count; i++)
		REQUIRE(config->values[i].line >= 1 && config->values[i].line <= size + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shared_options options = SHARED_OPTIONS_DEFAULTS;
	char error[CONFIG_ERROR_MAX] = "";
	uint8_t *text = malloc(size ? size : 1); /* exact, so that a read past the end is seen */
	struct config *config;

	REQUIRE(text);
	memcpy(text, data, size);
	config = config_parse("f", text, size, error);
	free(text);
	if (!config) {
		check_error(error);
		return 0;
	}
	check_entries(config, size);
	if (!options_take_config(&tool, config, &options, error))
		check_error(error);
	shared_options_free(&options);
	config_free(config);
	return 0;
}
