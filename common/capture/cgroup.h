/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup v2: its folder, and the paths of its ids.
 */
#ifndef COMMON_CAPTURE_CGROUP_H
#define COMMON_CAPTURE_CGROUP_H

#include <stddef.h>
#include <stdint.h>

/*
 * A descriptor of the cgroup v2 folder `path`, or of the hierarchy's root where `path` is NULL,
 * wherever that is mounted. Where it is mounted nowhere, it is mounted privately, visible to
 * this descriptor alone. -1 with one line in `error` when there is none. The caller closes it.
 */
int cgroup_open(const char *path, char *error, size_t size);

/* The longest path that is shown, with its NUL. */
#define CGROUP_PATH_MAX 512

struct cgroups;

/* Ids and paths, at most 4,096: whatever comes then takes the oldest one's place. */
struct cgroups *cgroups_new(void);
void cgroups_free(struct cgroups *c);

/* Learns them from the tree below the root's descriptor, now and when an unknown id is asked for.
 */
void cgroups_live(struct cgroups *c, int root);

/* Learns one from elsewhere: a capture file's comment. */
void cgroups_add(struct cgroups *c, uint64_t id, const char *path);

/*
 * "/system.slice/nginx.service"; NULL for 0, and where it is not known: its folder may be gone.
 * Reads the tree for unknown ids, at most twice a second. `now`: ns of any steady clock.
 */
const char *cgroups_path(struct cgroups *c, uint64_t id, uint64_t now);

#endif
