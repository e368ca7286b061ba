/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that people type, read strictly: the whole text must be the value. On false nothing
 * is changed.
 */
#ifndef COMMON_CLI_PARSE_H
#define COMMON_CLI_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only: no sign, no blank, nothing after it. */
bool parse_unsigned(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *value);

/*
 * "1.5" times `unit`, as an integer: parse_fraction("1.5", NS_PER_SECOND, …) is 1500000000.
 * At most nine decimals; `unit` must be a power of ten.
 */
bool parse_fraction(const char *text, uint64_t unit, uint64_t maximum, uint64_t *value);

/* "53,5353": adds to `ports`, up to `room`; a port that is already there is not added again. */
bool parse_ports(const char *text, uint16_t *ports, unsigned int room, unsigned int *count);

#endif
