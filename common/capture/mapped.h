/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays of BPF programs (BPF_F_MMAPABLE) as memory: read and written without system calls.
 */
#ifndef COMMON_CAPTURE_MAPPED_H
#define COMMON_CAPTURE_MAPPED_H

#include <stddef.h>

/* Its first `size` octets. NULL with errno; the descriptor stays the caller's. */
void *mapped_array(int map, size_t size);
/* NULL is no array, and fine. */
void mapped_array_close(void *array, size_t size);

#endif
