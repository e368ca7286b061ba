/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From lists to a set that the tool maps.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "export/feeds_child.h"
#include "export/feeds_message.h"

/* Memory that the tool can map, and that nobody can change any more once it is sealed. */
static struct name_set *create(int *fd, size_t size, uint64_t seed)
{
	void *memory;

	*fd = memfd_create("lists", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return NULL;
	memory = MAP_FAILED;
	if (ftruncate(*fd, (off_t)size) == 0)
		memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (memory == MAP_FAILED) {
		close(*fd);
		*fd = -1;
		return NULL;
	}
	madvise(memory, size, MADV_HUGEPAGE);
	return name_set_init(memory, size, seed);
}

/* All names of the other lists are kept; those of this one that were too many are not. */
static void fill(struct loader *loader, struct name_set *set)
{
	for (unsigned int i = 0; i < loader->count; i++) {
		struct feed *feed = &loader->feeds[i];

		feed->unfit = feed->beyond + feed_names_add(&feed->names, set, feed->tag,
							    loader->config.names_max);
	}
}

static uint64_t names_of_all(const struct loader *loader)
{
	uint64_t names = 0;

	for (unsigned int i = 0; i < loader->count; i++)
		names += loader->feeds[i].names.count;
	return names < loader->config.names_max ? names : loader->config.names_max;
}

/* A sealed memfd of a size for `names`; *entries: what there is in it. -1: no memory. */
static int build(struct loader *loader, uint64_t names, uint64_t *entries)
{
	size_t size = name_set_size(names);
	struct name_set *set;
	int fd;

	set = create(&fd, size, loader->seed);
	if (!set)
		return -1;
	fill(loader, set);
	*entries = name_set_count(set);
	munmap(set, size);
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Lists have many names in common: once that is known, the set is made as large as it has to be. */
static int build_fitting(struct loader *loader)
{
	uint64_t names = names_of_all(loader), entries;
	int fd = build(loader, names, &entries);

	if (fd >= 0 && entries < names - names / 4) {
		close(fd);
		fd = build(loader, entries, &entries);
	}
	return fd;
}

bool feeds_build(struct loader *loader)
{
	struct feeds_message message = {.kind = FEEDS_SET};
	int fd = build_fitting(loader);
	bool sent;

	loader->changed = false;
	if (fd < 0) {
		message = (struct feeds_message){FEEDS_TROUBLED,
						 "lists: not enough memory: the old ones stay"};
		return feeds_send(loader->channel, &message, -1);
	}
	sent = feeds_send(loader->channel, &message, fd);
	close(fd);
	return sent;
}
