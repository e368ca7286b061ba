/* SPDX-License-Identifier: Apache-2.0 */
/* Config files: their shape, and what they do beside the command line. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/options_config.h"
#include "cli/options_shared.h"

enum { LEVEL_KEY = OPTION_OWN, LIST_KEY, COLUMNS_KEY };

/* What the options of a pretended tool were set to. */
struct target {
	struct shared_options shared;
	char lists[128];
	char level[16];
	char columns[16];
};

static bool set_level(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct target *t = target;

	snprintf(error, OPTION_ERROR_MAX, "is not LOW or HIGH");
	snprintf(t->level, sizeof(t->level), "%s", value);
	return strcmp(value, "LOW") == 0 || strcmp(value, "HIGH") == 0;
}

static bool set_list(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct target *t = target;
	size_t used = strlen(t->lists);

	(void)error;
	snprintf(t->lists + used, sizeof(t->lists) - used, "%s ", value);
	return true;
}

static bool set_columns(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct target *t = target;

	(void)error;
	snprintf(t->columns, sizeof(t->columns), "%s", value ? value : "all");
	return true;
}

static const struct option_spec specs[] = {
	SHARED_NAME,
	SHARED_PORT,
	SHARED_JSON,
	SHARED_WRITE,
	SHARED_DURATION,
	SHARED_CONFIG,
	{LEVEL_KEY, OPTIONS_WHAT, "min-severity", "LEVEL", "severity", set_level},
	{LIST_KEY, OPTIONS_WHAT, "blocklist", "FILE", "may repeat", set_list},
	{COLUMNS_KEY, OPTIONS_OUTPUT, "columns", "[N,...]", "may be left out", set_columns},
	{0},
};

static const struct tool tool = {
	.name = "tool",
	.synopsis = "[OPTION]...",
	.description = "Does nothing.",
	.options = specs,
	.examples = "",
	.read_config = options_read_config,
	.lists = (const char *const[]){SHARED_LISTS, "blocklist", NULL},
};

static struct target target;

/* "" or what is wrong with a file `f` of this text. */
static const char *taken_octets(const void *text, size_t size)
{
	static char error[CONFIG_ERROR_MAX];
	struct config *config = config_parse("f", text, size, error);

	target = (struct target){.shared = SHARED_OPTIONS_DEFAULTS};
	if (!config)
		return error;
	if (options_take_config(&tool, config, &target, error))
		error[0] = '\0';
	config_free(config);
	return error;
}

static const char *taken(const char *text)
{
	return taken_octets(text, strlen(text));
}

static void keys_are_long_names(void **state)
{
	(void)state;
	assert_string_equal(taken("# a comment\n"
				  "min-severity: HIGH\n"
				  "json: true\n"
				  "duration: 1.5 # seconds\n"
				  "blocklist: [a, 'b']\n"
				  "columns: true\n"),
			    "");
	assert_string_equal(target.level, "HIGH");
	assert_true(target.shared.json);
	assert_int_equal(target.shared.duration, 1500000000);
	assert_string_equal(target.lists, "a b ");
	assert_string_equal(target.columns, "all");
}

static void lists_of_one_and_of_none(void **state)
{
	(void)state;
	assert_string_equal(taken("blocklist: a\nport: [53, 5353]\nname: []\n"), "");
	assert_string_equal(target.lists, "a ");
	assert_int_equal(target.shared.capture.port_count, 2);
	assert_string_equal(taken("blocklist:\n- a\n- 'true'\n"), "");
	assert_string_equal(target.lists, "a true ");
}

static void false_is_as_if_not_given(void **state)
{
	(void)state;
	assert_string_equal(taken("json: false\ncolumns: false\n"), "");
	assert_false(target.shared.json);
	assert_string_equal(target.columns, "");
}

static void files_without_entries(void **state)
{
	(void)state;
	assert_string_equal(taken(""), "");
	assert_string_equal(taken("# nothing\n"), "");
	assert_string_equal(taken("---\n...\n"), "");
	assert_string_equal(taken("{}\n"), "");
}

/* Each with its line and its key. */
static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"json: true\nsevere: 1\n", "f:2: severe: is no option of this tool"},
		{"help: true\n", "f:1: help: is no option of this tool"},
		{"config: g\n", "f:1: config: is for the command line only"},
		{"min-severity: high\n", "f:1: min-severity: 'high' is not LOW or HIGH"},
		{"min-severity: [LOW]\n", "f:1: min-severity: takes one value, not a list"},
		{"min-severity:\n", "f:1: min-severity: has no value"},
		{"min-severity: ~\n", "f:1: min-severity: has no value"},
		{"write: true\n", "f:1: write: needs a value, not true or false"},
		{"json: yes\n", "f:1: json: is either true or false"},
		{"json: 'true'\n", "f:1: json: is either true or false"},
		{"json: [true]\n", "f:1: json: is either true or false"},
		{"json:\n", "f:1: json: is either true or false"},
		{"blocklist:\n- a\n-\n", "f:3: blocklist: has no value"},
		{"blocklist: [a, [b]]\n",
		 "f:1: blocklist: takes a value or a list of values, nothing nested"},
		{"blocklist: {a: b}\n",
		 "f:1: blocklist: takes a value or a list of values, nothing nested"},
		{"json: true\n\njson: true\n", "f:3: json: is given twice, in line 1 first"},
		{"duration: 1\nduration: 2\n", "f:2: duration: is given twice, in line 1 first"},
		{"- a\n", "f:1: must be 'key: value' lines"},
		{"text\n", "f:1: must be 'key: value' lines"},
		{"[a]: b\n", "f:1: a key must be a word"},
		{"json: &x true\n", "f:1: json: anchors, aliases and tags are not taken here"},
		{"json: *x\n", "f:1: json: anchors, aliases and tags are not taken here"},
		{"json: !!bool true\n", "f:1: json: anchors, aliases and tags are not taken here"},
		{"json: true\n---\njson: true\n", "f:2: a second document is not taken here"},
		{"write: \"a\\0b\"\n", "f:1: write: a NUL is not taken here"},
		{"\"a\\e[2Jb\": 1\n", "f:1: a?[2Jb: is no option of this tool"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(taken(cases[i].text), cases[i].error);
}

/* libyaml's words, with the line. */
static void what_is_not_yaml(void **state)
{
	(void)state;
	assert_int_equal(strncmp(taken("json: true\nwrite: [a\n"), "f:3: ", 5), 0);
	assert_int_equal(strncmp(taken("json: true\n\twrite: a\n"), "f:2: ", 5), 0);
	assert_int_equal(strncmp(taken_octets("json: true\nwrite: \xff\n", 19), "f:", 2), 0);
	assert_int_equal(strncmp(taken_octets("a\0b: 1\n", 7), "f:", 2), 0);
}

/* A billion laughs: refused at the first anchor, as is what is deep or long. */
static void what_grows_is_refused(void **state)
{
	size_t size = CONFIG_SIZE_MAX;
	char *text = malloc(size + 1), *end = text;

	(void)state;
	assert_string_equal(taken("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
			    "f:1: a: anchors, aliases and tags are not taken here");
	memset(text, '[', size);
	assert_string_equal(taken_octets(text, size), "f:1: must be 'key: value' lines");
	end += sprintf(end, "blocklist:\n");
	for (int i = 0; i <= CONFIG_VALUES_MAX; i++)
		end += sprintf(end, "- a\n");
	assert_string_equal(taken_octets(text, (size_t)(end - text)),
			    "f:4098: blocklist: too many values in one file");
	free(text);
}

/* ---- With the command line ------------------------------------------------------------------ */

static char file[] = "/tmp/config-XXXXXX";

/* options_parse() with a file of `text`; its words on stderr are in `said`. */
static enum options_result parse(const char *text, char *const words[], char said[512])
{
	char *argv[16] = {(char *)"tool"};
	int argc = 1, saved = dup(STDERR_FILENO), fd = open(file, O_WRONLY | O_TRUNC);
	FILE *errors = tmpfile();
	enum options_result result;

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	for (; *words; words++)
		argv[argc++] = *words;
	target = (struct target){.shared = SHARED_OPTIONS_DEFAULTS};
	fflush(stderr);
	dup2(fileno(errors), STDERR_FILENO);
	result = options_parse(&tool, argc, argv, &target, NULL);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(errors);
	said[fread(said, 1, 511, errors)] = '\0';
	fclose(errors);
	return result;
}

#define WORDS(...) ((char *const[]){__VA_ARGS__, NULL})

static void the_command_line_has_the_last_word(void **state)
{
	char said[512];

	(void)state;
	/* Wherever it names the file. */
	assert_int_equal(parse("min-severity: LOW\nblocklist: [a]\nwrite: x\n",
			       WORDS("--min-severity=HIGH", "--blocklist", "b", "-C", file), said),
			 OPTIONS_RUN);
	assert_string_equal(said, "");
	assert_string_equal(target.level, "HIGH");
	assert_string_equal(target.lists, "a b ");
	assert_string_equal(target.shared.write, "x");
	assert_int_equal(parse("json: true\n", WORDS("--config", file), said), OPTIONS_RUN);
	assert_true(target.shared.json);
}

static void wrong_files_are_usage_errors(void **state)
{
	char said[512], wanted[512];

	(void)state;
	assert_int_equal(parse("json: 1\n", WORDS("-C", file), said), OPTIONS_EXIT_USAGE);
	snprintf(wanted, sizeof(wanted), "tool: %s:1: json: is either true or false\n", file);
	assert_string_equal(said, wanted);
	assert_int_equal(parse("", WORDS("-C", "/no/such"), said), OPTIONS_EXIT_USAGE);
	assert_string_equal(said, "tool: /no/such: No such file or directory\n");
	assert_int_equal(parse("", WORDS("-C", "/tmp"), said), OPTIONS_EXIT_USAGE);
	assert_string_equal(said, "tool: /tmp: Is a directory\n");
	assert_int_equal(parse("", WORDS("-C", "/dev/zero"), said), OPTIONS_EXIT_USAGE);
	assert_string_equal(said,
			    "tool: /dev/zero: is longer than 256 KiB: is it a config file?\n");
	assert_int_equal(parse("", WORDS("-C", file, "-C", file), said), OPTIONS_EXIT_USAGE);
	assert_non_null(strstr(said, "one config file is enough"));
}

/* What the command line is refused for comes first, and the file is not read. */
static void wrong_command_lines(void **state)
{
	char said[512];

	(void)state;
	assert_int_equal(parse("json: 1\n", WORDS("-C", file, "--nothing"), said),
			 OPTIONS_EXIT_USAGE);
	assert_non_null(strstr(said, "unknown or ambiguous option '--nothing'"));
	assert_int_equal(parse("", WORDS("-C"), said), OPTIONS_EXIT_USAGE);
	assert_non_null(strstr(said, "option '-C' needs an argument"));
	/* A command's own -C is not the tool's. */
	assert_int_equal(parse("json: 1\n", WORDS("--", "-C", file), said), OPTIONS_EXIT_USAGE);
	assert_non_null(strstr(said, "unexpected argument '-C'"));
}

static int make_file(void **state)
{
	int fd = mkstemp(file);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_long_names),
		cmocka_unit_test(lists_of_one_and_of_none),
		cmocka_unit_test(false_is_as_if_not_given),
		cmocka_unit_test(files_without_entries),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(what_is_not_yaml),
		cmocka_unit_test(what_grows_is_refused),
		cmocka_unit_test(the_command_line_has_the_last_word),
		cmocka_unit_test(wrong_files_are_usage_errors),
		cmocka_unit_test(wrong_command_lines),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
