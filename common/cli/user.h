/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users by name and number.
 */
#ifndef COMMON_CLI_USER_H
#define COMMON_CLI_USER_H

#include <stdbool.h>
#include <stdint.h>

#define USER_TEXT_MAX 33 /* LOGIN_NAME_MAX of useradd(8), and the NUL */

/* A number, else a name. False when it is neither. */
bool user_parse(const char *text, uint32_t *uid);

/* The user's name, printable, or the number; cached. Valid until the next call. */
const char *user_name(uint32_t uid);

#endif
