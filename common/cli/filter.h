/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is shown of the lookups that were seen: the filters that need the decoded message.
 */
#ifndef COMMON_CLI_FILTER_H
#define COMMON_CLI_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/config.h"
#include "cli/pattern.h"
#include "track/transaction.h"

#define FILTER_CODES_MAX 32

/* Numbers, any of which will do; none: all. */
struct code_list {
	uint16_t codes[FILTER_CODES_MAX];
	unsigned int count;
};

/* False: full. */
bool code_list_add(struct code_list *list, uint16_t code);
bool code_list_has(const struct code_list *list, uint16_t code);

struct filter {
	struct pattern_list names; /* -N */
	struct code_list types;	   /* -q */
	struct code_list rcodes;   /* -R */
	bool failures;		   /* -x */
	uint64_t latency;	   /* -m, ns */
};

/* True when all of them let everything through. */
bool filter_is_empty(const struct filter *filter);
/* -N and -q: is it a lookup of what was asked for? */
bool filter_question(const struct filter *filter, const struct lookup *lookup);
/*
 * -p, -t, -u, -c and --role, where the kernel could not tell them: of packets on an interface and
 * in files. Without a known process a lookup is of none that was asked for.
 */
bool filter_owner(const struct capture_config *config, const struct lookup *lookup);
/* -R, -x and -m: did it end as was asked for? What has no code or no latency did not. */
bool filter_outcome(const struct filter *filter, const struct lookup *lookup);

#endif
