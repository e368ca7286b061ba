/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "capture/cgroup.h"

#define PATHS_MAX 4096

struct cgroups {
	unsigned int count, next;
	struct {
		uint64_t id;
		char path[CGROUP_PATH_MAX];
	} paths[PATHS_MAX];
};

struct cgroups *cgroups_new(void)
{
	return calloc(1, sizeof(struct cgroups));
}

void cgroups_free(struct cgroups *c)
{
	free(c);
}

static unsigned int find(const struct cgroups *c, uint64_t id)
{
	unsigned int i = 0;

	while (i < c->count && c->paths[i].id != id)
		i++;
	return i;
}

void cgroups_add(struct cgroups *c, uint64_t id, const char *path)
{
	unsigned int i = find(c, id);

	if (i == c->count) {
		i = c->next++ % PATHS_MAX;
		if (c->count < PATHS_MAX)
			c->count++;
	}
	c->paths[i].id = id;
	strncpy(c->paths[i].path, path, CGROUP_PATH_MAX - 1);
}

const char *cgroups_path(struct cgroups *c, uint64_t id, uint64_t now)
{
	unsigned int i = find(c, id);

	(void)now;
	return id && i < c->count ? c->paths[i].path : NULL;
}
