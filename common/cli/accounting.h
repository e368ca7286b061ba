/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line that accounts for everything that was captured, or was not.
 */
#ifndef COMMON_CLI_ACCOUNTING_H
#define COMMON_CLI_ACCOUNTING_H

#include <stddef.h>
#include <stdint.h>

#include "capture/source.h"
#include "track/transaction.h"

struct accounting {
	struct source_stats source;
	struct transactions_stats transactions;
	uint64_t malformed; /* messages that are damaged, whatever could still be read */
};

#define ACCOUNTING_TEXT_MAX 640

/*
 * "captured N, unattributed N, unmatched N, malformed N, truncated N, lost N", then causes in
 * parentheses, and what else is not zero. No newline. Returns the length.
 */
size_t accounting_text(char text[ACCOUNTING_TEXT_MAX], const struct accounting *a);

#endif
