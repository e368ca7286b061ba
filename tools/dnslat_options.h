/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnslat's command line.
 */
#ifndef TOOLS_DNSLAT_OPTIONS_H
#define TOOLS_DNSLAT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options_shared.h"
#include "dnslat.h"

struct lat_options {
	struct shared_options shared;
	struct report_config report;
	uint64_t interval; /* ns; 0: one report at the end */
	uint32_t count;	   /* of reports; 0: no limit */
	unsigned int operands;
	bool stream; /* -m: slow lookups as they end */
	bool has_top, has_sort, full_name, no_clear, heatmap, ascii;
};

#define LAT_OPTIONS_DEFAULTS                                                                       \
	{                                                                                          \
		.shared = SHARED_OPTIONS_DEFAULTS, .report = {                                     \
			.sort = GROUP_P95,                                                         \
			.slow = 100000000                                                          \
		}                                                                                  \
	}

extern const struct tool tool_dnslat;

/* As options_parse(), and what the options mean together. */
enum options_result lat_options_parse(struct lat_options *options, int argc, char **argv,
				      int *rest);

#endif
