/* SPDX-License-Identifier: Apache-2.0 */
/* Zeroed memory for what is laid out in an arena: laid out twice, as the detector does it. */
#ifndef TESTS_UNIT_MEMORY_H
#define TESTS_UNIT_MEMORY_H

#include <string.h>

#include "track/arena.h"

static uint8_t test_memory[1 << 21] __attribute__((aligned(ARENA_ALIGN)));

#define LAYOUT(layout, ...)                                                                        \
	do {                                                                                       \
		struct arena arena = {0};                                                          \
                                                                                                   \
		layout(__VA_ARGS__);                                                               \
		assert_in_range(arena.used, 1, sizeof(test_memory));                               \
		memset(test_memory, 0, sizeof(test_memory));                                       \
		arena = (struct arena){.base = test_memory};                                       \
		layout(__VA_ARGS__);                                                               \
	} while (0)

#endif
