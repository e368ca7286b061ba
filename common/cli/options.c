/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where the help texts of -h begin. */
#define HELP_COLUMN 26

static const struct option_spec common_options[] = {
	{'h', OPTIONS_OTHER, "help", NULL, "print this and exit", NULL},
	{'V', OPTIONS_OTHER, "version", NULL, "print the version and exit", NULL},
	{0},
};

static const char *const group_titles[OPTION_GROUPS] = {
	[OPTIONS_WHO] = "Whose lookups",    [OPTIONS_WHAT] = "Which lookups",
	[OPTIONS_SOURCE] = "Where from",    [OPTIONS_OUTPUT] = "Output",
	[OPTIONS_LIMITS] = "Time and size", [OPTIONS_OTHER] = "Other",
};

/* All options of a tool: its own, then the common ones. */
struct option_set {
	const struct option_spec *specs[OPTIONS_MAX];
	unsigned int count;
};

static void add_options(struct option_set *set, const struct option_spec *specs)
{
	for (; specs->key && set->count < OPTIONS_MAX; specs++)
		set->specs[set->count++] = specs;
}

static struct option_set all_options(const struct tool *tool)
{
	struct option_set set = {.count = 0};

	add_options(&set, tool->options);
	add_options(&set, common_options);
	return set;
}

static const struct option_spec *find_option(const struct option_set *set, int key)
{
	for (unsigned int i = 0; i < set->count; i++)
		if (set->specs[i]->key == key)
			return set->specs[i];
	return NULL;
}

static void help_option(const struct option_spec *spec)
{
	const char *line = spec->help;
	int column;

	if (spec->key < OPTION_LONG_ONLY)
		column = printf("  -%c, --%s", spec->key, spec->name);
	else
		column = printf("      --%s", spec->name);
	if (spec->argument)
		column += printf(" %s", spec->argument);
	if (column > HELP_COLUMN - 2) {
		putchar('\n');
		column = 0;
	}
	while (*line) {
		int length = (int)strcspn(line, "\n");

		printf("%*s%.*s\n", HELP_COLUMN - column, "", length, line);
		line += length + (line[length] == '\n');
		column = 0;
	}
}

static void help(const struct tool *tool, const struct option_set *set)
{
	printf("Usage: %s %s\n%s\n", tool->name, tool->synopsis, tool->description);
	for (int group = 0; group < OPTION_GROUPS; group++) {
		bool titled = false;

		for (unsigned int i = 0; i < set->count; i++) {
			if ((int)set->specs[i]->group != group)
				continue;
			if (!titled)
				printf("\n%s:\n", group_titles[group]);
			titled = true;
			help_option(set->specs[i]);
		}
	}
	printf("\nExamples:\n%s", tool->examples);
}

/* -h into a full device is an error; into a closed pipe it is none. */
static enum options_result printed(const struct tool *tool)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return OPTIONS_EXIT_OK;
	if (errno == EPIPE)
		return OPTIONS_EXIT_OK;
	fprintf(stderr, "%s: standard output: %s\n", tool->name, strerror(errno));
	return OPTIONS_EXIT_ERROR;
}

enum options_result options_usage_error(const struct tool *tool, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", tool->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nTry '%s --help' for more information.\n", tool->name);
	return OPTIONS_EXIT_USAGE;
}

static enum options_result apply(const struct tool *tool, const struct option_spec *spec,
				 const char *value, void *target)
{
	char error[OPTION_ERROR_MAX] = "";
	char letter[8] = "";

	if (spec->set(target, value, error))
		return OPTIONS_RUN;
	if (spec->key < OPTION_LONG_ONLY)
		snprintf(letter, sizeof(letter), "-%c, ", spec->key);
	return options_usage_error(tool, "%s--%s: '%s' %s", letter, spec->name, value ? value : "",
				   error[0] ? error : "is not a value for it");
}

/* getopt's own tables. */
struct getopt_tables {
	struct option options[OPTIONS_MAX + 1];
	char letters[2 * OPTIONS_MAX + 3];
};

/* What getopt_long() returns for an operand. */
#define OPERAND 1

static bool is_optional(const struct option_spec *spec)
{
	return spec->argument && spec->argument[0] == '[';
}

static int takes_argument(const struct option_spec *spec)
{
	if (!spec->argument)
		return no_argument;
	return is_optional(spec) ? optional_argument : required_argument;
}

static void make_getopt_tables(struct getopt_tables *tables, const struct option_set *set)
{
	char *letter = tables->letters;

	memset(tables, 0, sizeof(*tables));
	*letter++ = '-'; /* operands come in their order, and what follows "--" is left alone */
	*letter++ = ':'; /* a missing argument is told from an unknown option */
	for (unsigned int i = 0; i < set->count; i++) {
		const struct option_spec *spec = set->specs[i];

		tables->options[i] = (struct option){
			.name = spec->name,
			.has_arg = takes_argument(spec),
			.val = spec->key,
		};
		if (spec->key >= OPTION_LONG_ONLY)
			continue;
		*letter++ = (char)spec->key;
		if (spec->argument)
			*letter++ = ':';
	}
}

static enum options_result refuse(const struct tool *tool, const struct option_set *set, int why,
				  const char *word)
{
	const struct option_spec *spec = find_option(set, optopt);

	if (why == ':')
		return options_usage_error(tool, "option '%s' needs an argument", word);
	if (spec)
		return options_usage_error(tool, "option '--%s' takes no argument", spec->name);
	if (optopt)
		return options_usage_error(tool, "unknown option '-%c'", optopt);
	return options_usage_error(tool, "unknown or ambiguous option '%s'", word);
}

static const char *optional_value(const struct option_spec *spec, int argc, char **argv)
{
	if (is_optional(spec) && !optarg && optind < argc && strchr(argv[optind], ','))
		return argv[optind++];
	return optarg;
}

static enum options_result take_operand(const struct tool *tool, const char *word, void *target)
{
	char error[OPTION_ERROR_MAX] = "";

	if (!tool->operand)
		return options_usage_error(tool, "unexpected argument '%s'%s", word,
					   tool->takes_command ? ": a command follows '--'" : "");
	if (tool->operand(target, word, error))
		return OPTIONS_RUN;
	return options_usage_error(tool, "'%s' %s", word, error);
}

enum options_result options_parse(const struct tool *tool, int argc, char **argv, void *target,
				  int *rest)
{
	struct option_set set = all_options(tool);
	struct getopt_tables tables;
	int key;

	make_getopt_tables(&tables, &set);
	opterr = 0;
	optind = 0; /* glibc: begin anew, also in a second call */
	while ((key = getopt_long(argc, argv, tables.letters, tables.options, NULL)) != -1) {
		const struct option_spec *spec = find_option(&set, key);
		enum options_result result;

		if (key == 'h') {
			help(tool, &set);
			return printed(tool);
		}
		if (key == 'V') {
			printf("%s (bcc-dnstools) %s\n", tool->name, VERSION);
			return printed(tool);
		}
		if (key == '?' || key == ':')
			return refuse(tool, &set, key, argv[optind - 1]);
		if (key == OPERAND)
			result = take_operand(tool, optarg, target);
		else
			result = apply(tool, spec, optional_value(spec, argc, argv), target);
		if (result != OPTIONS_RUN)
			return result;
	}
	if (tool->takes_command && strcmp(argv[optind - 1], "--") == 0 && optind == argc)
		return options_usage_error(tool, "no command after '--'");
	if (!rest && optind < argc)
		return options_usage_error(tool, "unexpected argument '%s'", argv[optind]);
	if (rest)
		*rest = optind;
	return OPTIONS_RUN;
}

int options_status(enum options_result result)
{
	static const int status[] = {
		[OPTIONS_RUN] = 0,
		[OPTIONS_EXIT_OK] = 0,
		[OPTIONS_EXIT_USAGE] = EXIT_USAGE,
		[OPTIONS_EXIT_ERROR] = 1,
	};

	return status[result];
}
