/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line of nsswitch.conf(5) that says where the C library looks for names. Pure: what is read
 * may be anybody's.
 */
#ifndef COMMON_CLI_NSSWITCH_H
#define COMMON_CLI_NSSWITCH_H

#include <stdbool.h>
#include <stddef.h>

#define NSSWITCH_FILE_MAX (64 * 1024) /* octets that are read */
#define NSSWITCH_TEXT_MAX 128	      /* of the services, with the NUL */

/*
 * Services and actions as they are written, in their order, parted by single blanks:
 * "files mdns4_minimal [NOTFOUND=return] dns". False, with an empty text, where there is no such
 * line or nothing in it, where it is long or has other than printable ASCII, and where there are
 * two that differ: versions of glibc do not agree which one counts.
 */
bool nsswitch_hosts(char services[NSSWITCH_TEXT_MAX], const char *text, size_t size);

/*
 * The next service or action, of its length in *size; an action is one word, whatever is in its
 * brackets. NULL when there are no more; `at` is what nsswitch_hosts() made, or after a word.
 */
const char *nsswitch_word(const char *at, size_t *size);

#endif
