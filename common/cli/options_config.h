/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options from a config file: its keys are the options' long names.
 */
#ifndef COMMON_CLI_OPTIONS_CONFIG_H
#define COMMON_CLI_OPTIONS_CONFIG_H

#include "cli/options.h"
#include "export/config.h"

/*
 * Takes each entry into `target` through its option's `set`, which may keep pointers into
 * `config`. False with one line in `error`, "FILE:LINE: key: why"; what was taken before stays.
 */
bool options_take_config(const struct tool *tool, const struct config *config, void *target,
			 char error[CONFIG_ERROR_MAX]);

/* The same for a file, which stays in memory: struct tool's `read_config`. */
bool options_read_config(const struct tool *tool, const char *path, void *target,
			 char error[CONFIG_ERROR_MAX]);

_Static_assert(OPTION_ERROR_MAX == CONFIG_ERROR_MAX, "one line is as long as the other");

#endif
