/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What -h prints.
 */
#ifndef COMMON_CLI_OPTIONS_HELP_H
#define COMMON_CLI_OPTIONS_HELP_H

#include "cli/options.h"

/* `specs` are all options of the tool. */
void options_help(const struct tool *tool, const struct option_spec *const specs[],
		  unsigned int count);

/* After the last word on stdout: into a full device is an error; into a closed pipe it is none. */
enum options_result options_printed(const struct tool *tool);

#endif
