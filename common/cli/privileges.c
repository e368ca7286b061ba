/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/privileges.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "export/confine.h"

bool privileges_drop(bool verbose, char error[SOURCE_ERROR_MAX])
{
	static const struct confinement left = {.calls = CONFINE_READ_FILES};

	if (!confine(&left, error))
		return false;
	if (verbose)
		fprintf(stderr, "%s: gave up privileges: user %u%s, no capabilities, seccomp\n",
			program_invocation_short_name, (unsigned int)geteuid(),
			geteuid() == 0 ? " (no other is possible here)" : "");
	return true;
}
