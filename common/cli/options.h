/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines: one table says what getopt_long() accepts, what -h prints, and what is done.
 */
#ifndef COMMON_CLI_OPTIONS_H
#define COMMON_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTION_ERROR_MAX 512
#define OPTIONS_MAX	 64 /* in one tool */

/* Exit status of a wrong command line. */
#define EXIT_USAGE 2

/* -h shows them under these headings, in this order. */
enum option_group {
	OPTIONS_WHO,
	OPTIONS_WHAT,
	OPTIONS_SOURCE,
	OPTIONS_OUTPUT,
	OPTIONS_LIMITS,
	OPTIONS_OTHER,
	OPTION_GROUPS,
};

/* Keys of options that have no letter. */
#define OPTION_LONG_ONLY 256

struct option_spec {
	int key; /* the letter, or from OPTION_LONG_ONLY on; 0 ends a table */
	enum option_group group;
	const char *name; /* the long name */
	/*
	 * NULL: takes none. In brackets it may be left out: it is what follows "=", or else the
	 * next word if there is a comma in that.
	 */
	const char *argument;
	const char *help; /* lines after a newline are indented below it */
	/*
	 * Takes the value (NULL without one) into `target`, the tool's own struct. False when
	 * it is no value for this option; `error` may then say what would be one, and is else
	 * filled by the caller.
	 */
	bool (*set)(void *target, const char *value, char error[OPTION_ERROR_MAX]);
};

/* The setter of an option without a value: set_`name`() makes `member` of the `type` true. */
#define OPTION_FLAG(name, type, member)                                                            \
	bool set_##name(void *target, const char *value, char error[OPTION_ERROR_MAX]);            \
	bool set_##name(void *target, const char *value, char error[OPTION_ERROR_MAX])             \
	{                                                                                          \
		(void)value;                                                                       \
		(void)error;                                                                       \
		((type *)target)->member = true;                                                   \
		return true;                                                                       \
	}

struct tool {
	const char *name;
	const char *synopsis;		   /* after the name, in "Usage:" */
	const char *description;	   /* one sentence */
	const struct option_spec *options; /* of this tool, ended by key 0 */
	const char *examples;		   /* lines, each ended by a newline */
	bool takes_command;		   /* after "--" */
	/* Takes an operand that comes before "--", as an option's `set` does; NULL: there is none.
	 */
	bool (*operand)(void *target, const char *value, char error[OPTION_ERROR_MAX]);
	/*
	 * Long names of options that add up when they are given again, ended by NULL: a config file
	 * may have lists for them. NULL: there is none.
	 */
	const char *const *lists;
	/*
	 * options_read_config(), of cli/options_config.h, where SHARED_CONFIG is among the options.
	 * The others need no YAML library.
	 */
	bool (*read_config)(const struct tool *tool, const char *path, void *target,
			    char error[OPTION_ERROR_MAX]);
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_EXIT_OK,    /* -h or -V was printed */
	OPTIONS_EXIT_USAGE, /* one line was written to stderr, and mostly where to look */
	OPTIONS_EXIT_ERROR, /* -h or -V could not be written */
};

/*
 * The setter that makes an option the one that names a config file; see options_parse(). It does
 * nothing itself.
 */
bool set_config(void *target, const char *value, char error[OPTION_ERROR_MAX]);

/*
 * Reads the command line; before it, the config file that it names (YAML, keys are long names), so
 * that the command line has the last word. Every tool has -h and -V without listing them. *rest is
 * the index of what follows "--", argc when there is nothing; a tool that passes NULL takes none.
 */
enum options_result options_parse(const struct tool *tool, int argc, char **argv, void *target,
				  int *rest);

/* The exit status that belongs to a result. */
int options_status(enum options_result result);

/* One line and "Try '… --help'": for what is wrong only when all options are known. */
enum options_result options_usage_error(const struct tool *tool, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
