/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a line tells of a lookup beside the lookup itself.
 */
#ifndef COMMON_CLI_DETAILS_H
#define COMMON_CLI_DETAILS_H

#include <stdint.h>

#include "capture/cgroup_paths.h"
#include "capture/source.h"
#include "cli/lookup.h"
#include "cli/process.h"

/*
 * Fills `details`, valid until the next lookup. `processes` are asked for the command line; NULL:
 * that is not wanted, or they are not those of now. `cgroups` are asked for the cgroup; NULL: not
 * wanted, as a look through their tree may be needed. `now` in ns, of any steady clock.
 */
void details_fill(struct lookup_details *details, const struct lookup *lookup,
		  struct source *source, struct processes *processes, struct cgroups *cgroups,
		  uint64_t now);

#endif
