/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where cgroup v2 is.
 */
#ifndef COMMON_CAPTURE_CGROUP_H
#define COMMON_CAPTURE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A descriptor of the cgroup v2 folder `path`, or of the hierarchy's root where `path` is NULL,
 * wherever that is mounted. Where it is mounted nowhere, it is mounted privately, visible to
 * this descriptor alone. -1 with one line in `error` when there is none. The caller closes it.
 */
int cgroup_open(const char *path, char *error, size_t size);

/* The id of the cgroup that /proc/`pid` is in; 0: not known. `root` is the hierarchy's. */
uint64_t cgroup_of_process(int root, const char *pid);

/* The folder where cgroup v2 is mounted, in `folder` (size octets); false: nowhere. */
bool cgroup_mount(char *folder, size_t size);

/* The id that the kernel gives to the cgroup whose folder is `path`; 0 where there is none. */
uint64_t cgroup_id(const char *path);

#endif
