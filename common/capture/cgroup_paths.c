/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/cgroup_paths.h"

#include <stdlib.h>
#include <string.h>

#define PATHS_MAX 4096

struct cgroups {
	unsigned int count;
	unsigned int next; /* its place goes to the next one */
	unsigned int last; /* that was looked for: mostly the same again */
	uint64_t ids[PATHS_MAX];
	char paths[PATHS_MAX][CGROUP_PATH_MAX]; /* apart: the search touches no page here */
};

struct cgroups *cgroups_new(void)
{
	return calloc(1, sizeof(struct cgroups));
}

void cgroups_free(struct cgroups *c)
{
	free(c);
}

/* c->count: not there. */
static unsigned int find(struct cgroups *c, uint64_t id)
{
	unsigned int i = 0;

	if (c->last < c->count && c->ids[c->last] == id)
		return c->last;
	while (i < c->count && c->ids[i] != id)
		i++;
	c->last = i;
	return i;
}

void cgroups_add(struct cgroups *c, uint64_t id, const char *path)
{
	size_t size = strlen(path) + 1;
	unsigned int i = find(c, id);

	if (size > CGROUP_PATH_MAX)
		return;
	if (i == c->count) {
		i = c->next;
		c->next = (c->next + 1) % PATHS_MAX;
		c->count += c->count < PATHS_MAX;
	}
	c->ids[i] = id;
	memcpy(c->paths[i], path, size);
}

const char *cgroups_path(struct cgroups *c, uint64_t id, uint64_t now)
{
	unsigned int i = find(c, id);

	(void)now;
	return id && i < c->count ? c->paths[i] : NULL;
}
