/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of callers that were read: each is read once, as long as it does not change.
 */
#ifndef TOOLS_DNSCHAIN_CACHE_H
#define TOOLS_DNSCHAIN_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/caller_files.h"
#include "cli/hosts_file.h"
#include "cli/nsswitch.h"

struct file_cache;

/* A file in the cache; not any more, when `use` is another one there. */
struct file_place {
	uint32_t number;
	uint64_t use; /* 0: none */
};

/* What a file says. */
struct file_content {
	struct hosts_file *hosts;    /* CALLER_HOSTS */
	char nss[NSSWITCH_TEXT_MAX]; /* CALLER_NSSWITCH; "": there is nothing to say */
};

/* NULL when memory is short. */
struct file_cache *file_cache_new(void);
void file_cache_free(struct file_cache *c);

/*
 * Reads the file, unless it is there already; `fd` stays the caller's. `use` is 0 where it cannot
 * be read, or is too large.
 */
struct file_place file_cache_take(struct file_cache *c, enum caller_file kind, int fd);

/* NULL: it has been given up for others. Valid until the next file is taken. */
const struct file_content *file_cache_find(const struct file_cache *c,
					   const struct file_place *place);

#endif
