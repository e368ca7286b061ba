/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF programs at network interfaces. All go when their descriptors are closed, also by kill -9.
 */
#ifndef COMMON_CAPTURE_ATTACH_H
#define COMMON_CAPTURE_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/config.h"
#include "capture/netdev.h"
#include "capture/source.h"

struct attachments {
	int *fds;
	size_t count;
};

/*
 * Attaches to one interface what interface_program_hooks() listed for it, as `programs`. False
 * with one line in `error`.
 */
bool attach_interface(struct attachments *a, enum capture_hook hook, const int *programs,
		      uint32_t index, const char *name, bool verbose, char error[SOURCE_ERROR_MAX]);

/*
 * To all interfaces: a socket sees later ones too; else those that there are now, of which some
 * may not take a program: that is said on stderr.
 */
bool attach_any(struct attachments *a, enum capture_hook hook, const int *programs,
		const struct netdevs *devices, bool verbose, char error[SOURCE_ERROR_MAX]);

void attachments_close(struct attachments *a);

#endif
