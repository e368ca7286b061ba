/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The paths of cgroups (v2), by their ids: what bpf_get_current_cgroup_id() gives is the inode
 * number of the cgroup's folder.
 */
#ifndef COMMON_CAPTURE_CGROUP_PATHS_H
#define COMMON_CAPTURE_CGROUP_PATHS_H

#include <stdint.h>

/* The longest path that is kept, with its NUL; a longer one is not kept. */
#define CGROUP_PATH_MAX 512

struct cgroups;

/* Ids and paths, at most 4,096: whatever comes then takes the oldest one's place. */
struct cgroups *cgroups_new(void);
void cgroups_free(struct cgroups *c);

/*
 * From now on unknown ids are looked for in the tree of this machine. Takes `root`, a descriptor
 * of the hierarchy's root, over.
 */
void cgroups_live(struct cgroups *c, int root);

/* Learns one, from a capture file's comment for example. */
void cgroups_add(struct cgroups *c, uint64_t id, const char *path);

/*
 * "/system.slice/nginx.service"; NULL for 0, and where it is not known: its folder may be gone.
 * Reads the tree for an unknown id, at most twice a second. `now`: ns of any steady clock.
 */
const char *cgroups_path(struct cgroups *c, uint64_t id, uint64_t now);

#endif
