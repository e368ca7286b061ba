/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and times as text, faster than printf: these run several times for each line.
 * All return the length and end the text with a NUL.
 */
#ifndef COMMON_CLI_FORMAT_H
#define COMMON_CLI_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORMAT_NUMBER_MAX 24 /* UINT64_MAX with a point, and the NUL */
#define FORMAT_TIME_MAX	  40 /* "2026-11-23T04:44:34.000000000Z" */

size_t format_unsigned(char text[FORMAT_NUMBER_MAX], uint64_t value);

/* `value` in units of 10^-digits, digits <= 9: (12345, 3) is "12.345". */
size_t format_decimal(char text[FORMAT_NUMBER_MAX], uint64_t value, unsigned int digits);

/* RFC 3339 in UTC with nanoseconds; `ns` since the epoch. The date is worked out once a second. */
size_t format_rfc3339(char text[FORMAT_TIME_MAX], uint64_t ns);

/* "HH:MM:SS.mmm" in local time. */
size_t format_time_of_day(char text[FORMAT_TIME_MAX], uint64_t ns);

#endif
