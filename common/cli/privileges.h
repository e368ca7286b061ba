/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving up what is not needed any more once everything is open and attached: octets from the
 * network are never parsed with privileges.
 */
#ifndef COMMON_CLI_PRIVILEGES_H
#define COMMON_CLI_PRIVILEGES_H

#include <stdbool.h>

#include "capture/source.h"

/*
 * For good: no capabilities, the user nobody where this was root, no_new_privs, and a seccomp
 * filter that leaves reading files, writing to open ones, waiting, and memory. Says on stderr what
 * it kept, when `verbose`. False with one line in `error`.
 */
bool privileges_drop(bool verbose, char error[SOURCE_ERROR_MAX]);

#endif
