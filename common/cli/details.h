/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a line tells of a lookup beside the lookup itself.
 */
#ifndef COMMON_CLI_DETAILS_H
#define COMMON_CLI_DETAILS_H

#include <stdint.h>

#include "cli/lookup.h"
#include "cli/process.h"
#include "cli/session.h"

/*
 * Fills `details`, valid until the next lookup. `processes` are asked for the command line; NULL:
 * that is not wanted, or they are not those of now. `now` in ns, of any steady clock.
 */
void details_fill(struct lookup_details *details, const struct lookup *lookup,
		  const struct session *session, struct processes *processes, uint64_t now);

#endif
