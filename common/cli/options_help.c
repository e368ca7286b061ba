/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options_help.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Where the help texts of -h begin. */
#define HELP_COLUMN 26

static const char *const group_titles[OPTION_GROUPS] = {
	[OPTIONS_WHO] = "Whose lookups",    [OPTIONS_WHAT] = "Which lookups",
	[OPTIONS_SOURCE] = "Where from",    [OPTIONS_OUTPUT] = "Output",
	[OPTIONS_LIMITS] = "Time and size", [OPTIONS_OTHER] = "Other",
};

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

void options_help(const struct tool *tool, const struct option_spec *const specs[],
		  unsigned int count)
{
	printf("Usage: %s %s\n%s\n", tool->name, tool->synopsis, tool->description);
	for (int group = 0; group < OPTION_GROUPS; group++) {
		bool titled = false;

		for (unsigned int i = 0; i < count; i++) {
			if ((int)specs[i]->group != group)
				continue;
			if (!titled)
				printf("\n%s:\n", group_titles[group]);
			titled = true;
			help_option(specs[i]);
		}
	}
	printf("\nExamples:\n%s", tool->examples);
}

/* -h into a full device is an error; into a closed pipe it is none. */
enum options_result options_printed(const struct tool *tool)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return OPTIONS_EXIT_OK;
	if (errno == EPIPE)
		return OPTIONS_EXIT_OK;
	fprintf(stderr, "%s: standard output: %s\n", tool->name, strerror(errno));
	return OPTIONS_EXIT_ERROR;
}
