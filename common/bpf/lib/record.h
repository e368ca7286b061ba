/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the BPF programs hand to user space. One header for both sides: it is joined into
 * the BPF source and included by common/capture. Only fixed-size types, no padding.
 */
#ifndef COMMON_BPF_LIB_RECORD_H
#define COMMON_BPF_LIB_RECORD_H

#ifndef __BPF__
#include <stdint.h>
typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
#endif

#endif
