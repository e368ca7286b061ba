/* SPDX-License-Identifier: Apache-2.0 */
/*
 * -S: all lookups of a run, added up.
 */
#ifndef COMMON_CLI_SUMMARY_H
#define COMMON_CLI_SUMMARY_H

#include <stdint.h>

#include "cli/json.h"
#include "track/transaction.h"

struct summary;

/* NULL when memory is short. */
struct summary *summary_new(void);
void summary_free(struct summary *s);

/* Answers, timeouts and refusals are counted; single messages are not lookups. */
void summary_add(struct summary *s, const struct lookup *lookup);

void summary_print(const struct summary *s, struct output *out);
/* The same as one object, its `event` "summary". */
void summary_json(const struct summary *s, struct json *j, uint64_t time);

#endif
