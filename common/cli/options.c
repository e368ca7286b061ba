/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/options_help.h"

static const struct option_spec common_options[] = {
	{'h', OPTIONS_OTHER, "help", NULL, "print this and exit", NULL},
	{'V', OPTIONS_OTHER, "version", NULL, "print the version and exit", NULL},
	{0},
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

/* A command line while it is read. */
struct command_line {
	const struct tool *tool;
	struct option_set set;
	struct getopt_tables tables;
	int argc;
	char **argv;
};

static void begin(struct command_line *line, const struct tool *tool, int argc, char **argv)
{
	line->tool = tool;
	line->set = all_options(tool);
	line->argc = argc;
	line->argv = argv;
	make_getopt_tables(&line->tables, &line->set);
}

static void rewind_line(void)
{
	opterr = 0;
	optind = 0; /* glibc: begin anew, also in a second call */
}

/* The next key, -1 at the end; *value as the option's `set` takes it. */
static int next_key(const struct command_line *line, const struct option_spec **spec,
		    const char **value)
{
	int key = getopt_long(line->argc, line->argv, line->tables.letters, line->tables.options,
			      NULL);

	*spec = find_option(&line->set, key);
	*value = *spec ? optional_value(*spec, line->argc, line->argv) : optarg;
	return key;
}

/*
 * The config file that the command line names. Where the command line will be refused, or only asks
 * for help, no file is looked for.
 */
static enum options_result find_config(const struct command_line *line, const char **path)
{
	const struct option_spec *spec;
	const char *value;
	int key;

	rewind_line();
	while ((key = next_key(line, &spec, &value)) != -1) {
		if (key == '?' || key == ':' || key == 'h' || key == 'V') {
			*path = NULL;
			return OPTIONS_RUN;
		}
		if (!spec || spec->set != set_config)
			continue;
		if (*path)
			return options_usage_error(line->tool, "--%s: one config file is enough",
						   spec->name);
		*path = value;
	}
	return OPTIONS_RUN;
}

static enum options_result take_config(const struct tool *tool, const char *path, void *target)
{
	char error[OPTION_ERROR_MAX] = "config files are not taken";

	if (tool->read_config && tool->read_config(tool, path, target, error))
		return OPTIONS_RUN;
	fprintf(stderr, "%s: %s\n", tool->name, error);
	return OPTIONS_EXIT_USAGE;
}

static enum options_result take_words(const struct command_line *line, void *target)
{
	const struct option_spec *spec;
	const char *value;
	int key;

	rewind_line();
	while ((key = next_key(line, &spec, &value)) != -1) {
		enum options_result result;

		if (key == 'h') {
			options_help(line->tool, line->set.specs, line->set.count);
			return options_printed(line->tool);
		}
		if (key == 'V') {
			printf("%s (bcc-dnstools) %s\n", line->tool->name, VERSION);
			return options_printed(line->tool);
		}
		if (key == '?' || key == ':')
			return refuse(line->tool, &line->set, key, line->argv[optind - 1]);
		if (key == OPERAND)
			result = take_operand(line->tool, value, target);
		else
			result = apply(line->tool, spec, value, target);
		if (result != OPTIONS_RUN)
			return result;
	}
	return OPTIONS_RUN;
}

bool set_config(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	(void)target;
	(void)value;
	(void)error;
	return true;
}

enum options_result options_parse(const struct tool *tool, int argc, char **argv, void *target,
				  int *rest)
{
	enum options_result result;
	const char *config = NULL;
	struct command_line line;

	begin(&line, tool, argc, argv);
	result = find_config(&line, &config);
	if (result == OPTIONS_RUN && config)
		result = take_config(tool, config, target);
	if (result == OPTIONS_RUN)
		result = take_words(&line, target);
	if (result != OPTIONS_RUN)
		return result;
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
