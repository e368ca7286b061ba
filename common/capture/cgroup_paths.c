/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/cgroup_paths.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATHS_MAX	4096
#define DEPTH_MAX	32
#define FOLDERS_MAX	65536	     /* that one reading of the tree visits */
#define READ_TREE_EVERY 500000000ULL /* ns */

struct cgroups {
	int root;	    /* -1: ids come from elsewhere */
	uint64_t tree_read; /* when; ns, 0: never */
	unsigned int count;
	unsigned int next; /* its place goes to the next one */
	unsigned int last; /* that was looked for: mostly the same again */
	uint64_t ids[PATHS_MAX];
	char paths[PATHS_MAX][CGROUP_PATH_MAX]; /* apart: the search touches no page here */
};

struct cgroups *cgroups_new(void)
{
	struct cgroups *c = calloc(1, sizeof(*c));

	if (c)
		c->root = -1;
	return c;
}

void cgroups_live(struct cgroups *c, int root)
{
	c->root = root;
}

void cgroups_free(struct cgroups *c)
{
	if (c && c->root >= 0)
		close(c->root);
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

/* A look through the tree for one id; whatever else is found while there is room is kept too. */
struct walk {
	struct cgroups *cgroups;
	uint64_t wanted;
	unsigned int folders;
	bool found;
	char path[CGROUP_PATH_MAX];
};

static void visit(struct walk *w, int parent, const char *name, unsigned int depth);

static void visit_children(struct walk *w, int fd, unsigned int depth)
{
	DIR *folder = fdopendir(fd);
	struct dirent *entry;

	if (!folder) {
		close(fd);
		return;
	}
	while (!w->found && w->folders < FOLDERS_MAX && (entry = readdir(folder)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			visit(w, dirfd(folder), entry->d_name, depth);
	closedir(folder);
}

static void learn(struct walk *w, uint64_t id)
{
	w->found = id == w->wanted;
	if (w->found || w->cgroups->count < PATHS_MAX)
		cgroups_add(w->cgroups, id, w->path);
}

/* A name may begin with a dot, but then no runtime or service manager has made it. */
static void visit(struct walk *w, int parent, const char *name, unsigned int depth)
{
	size_t before = strlen(w->path), room = sizeof(w->path) - before;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return;
	w->folders++;
	if (depth < DEPTH_MAX && fstat(fd, &status) == 0 &&
	    snprintf(w->path + before, room, "/%s", name) < (int)room) {
		learn(w, status.st_ino);
		visit_children(w, fd, depth + 1);
	} else {
		close(fd);
	}
	w->path[before] = '\0';
}

static void read_tree(struct cgroups *c, uint64_t id)
{
	struct walk walk = {.cgroups = c, .wanted = id};
	int fd = openat(c->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0)
		cgroups_add(c, status.st_ino, "/");
	visit_children(&walk, fd, 0);
}

const char *cgroups_path(struct cgroups *c, uint64_t id, uint64_t now)
{
	unsigned int i;

	if (!id)
		return NULL;
	i = find(c, id);
	if (i == c->count && c->root >= 0 &&
	    (!c->tree_read || now - c->tree_read >= READ_TREE_EVERY)) {
		read_tree(c, id);
		c->tree_read = now;
		i = find(c, id);
	}
	return i < c->count ? c->paths[i] : NULL;
}
