/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's names of why it drops a packet: enum skb_drop_reason, whose numbers differ from
 * release to release.
 */
#ifndef COMMON_CAPTURE_DROP_REASONS_H
#define COMMON_CAPTURE_DROP_REASONS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/kernel_types.h"

struct drop_reasons;

/* NULL where the kernel has no reasons (before 5.17), or memory is short. */
struct drop_reasons *drop_reasons_read(const struct kernel_types *types);
void drop_reasons_free(struct drop_reasons *reasons);

/*
 * "SOCKET_RCVBUFF"; "UNKNOWN" for what is not in the enum, as the reasons of modules. As
 * ring_reason_fn: `context` is a struct drop_reasons.
 */
const char *drop_reason_name(void *context, int32_t code);

/*
 * The reasons that say of no packet that it was lost: SKB_NOT_DROPPED_YET and SKB_CONSUMED, and
 * PACKET_SOCK_ERROR, where it is a capturing program's copy that goes. Returns how many.
 */
#define DROP_REASONS_MAX 4
unsigned int drop_reasons_none(const struct drop_reasons *reasons, int32_t codes[DROP_REASONS_MAX]);

/*
 * The reasons that only the host has to which the packet went: NO_SOCKET, SOCKET_RCVBUFF,
 * SOCKET_FILTER and UDP_CSUM. Returns how many.
 */
unsigned int drop_reasons_receiver(const struct drop_reasons *reasons,
				   int32_t codes[DROP_REASONS_MAX]);

#endif
