/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a probe finds a function's arguments and its return value: in struct pt_regs, as the
 * architecture's psABI has them, in the kernel too.
 */
#ifndef COMMON_CAPTURE_REGISTERS_H
#define COMMON_CAPTURE_REGISTERS_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Writes #defines of ARGUMENT_1 to ARGUMENT_4, RETURN_VALUE and STACK_POINTER, in octets, and of
 * RETURN_STACK_SKEW: by how much the stack pointer is higher after the return. False where this
 * architecture is not known.
 */
bool registers_write(FILE *out);

#endif
