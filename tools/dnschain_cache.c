/* SPDX-License-Identifier: Apache-2.0 */
#include "dnschain_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/clock.h"
#include "export/file_state.h"

#define FILES_MAX 64
#define TOTAL_MAX (8 * 1024 * 1024) /* octets of all files */

/*
 * A file that changed a moment ago may change again without its times showing it: those are as
 * coarse as the kernel's ticks.
 */
#define SETTLED_NS (100 * NS_PER_MS)

struct file {
	uint64_t use;  /* which one it is; 0: free */
	uint64_t last; /* when it was taken last, in uses */
	enum caller_file kind;
	struct stat identity;
	struct file_content content;
};

struct file_cache {
	struct file files[FILES_MAX];
	uint64_t uses;
	uint64_t total; /* octets */
	uint64_t seed;
	char text[HOSTS_FILE_MAX + 1];
};

struct file_cache *file_cache_new(void)
{
	struct file_cache *c = calloc(1, sizeof(*c));

	if (c && getrandom(&c->seed, sizeof(c->seed), 0) < 0)
		c->seed = clock_monotonic();
	return c;
}

static void give_up(struct file_cache *c, struct file *file)
{
	if (!file->use)
		return;
	c->total -= (uint64_t)file->identity.st_size;
	hosts_file_free(file->content.hosts);
	*file = (struct file){.use = 0};
}

void file_cache_free(struct file_cache *c)
{
	if (!c)
		return;
	for (unsigned int i = 0; i < FILES_MAX; i++)
		give_up(c, &c->files[i]);
	free(c);
}

static uint64_t to_ns(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * NS_PER_SECOND + (uint64_t)t->tv_nsec;
}

static bool is_settled(const struct stat *identity)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return to_ns(&identity->st_ctim) + SETTLED_NS < to_ns(&now);
}

static struct file *find_same(struct file_cache *c, enum caller_file kind,
			      const struct stat *identity)
{
	for (unsigned int i = 0; i < FILES_MAX; i++) {
		struct file *file = &c->files[i];

		if (file->use && file->kind == kind && file_is_unchanged(&file->identity, identity))
			return file;
	}
	return NULL;
}

/* The one that was used least recently; one that is free has 0. */
static struct file *oldest(struct file_cache *c, bool used)
{
	struct file *found = NULL;

	for (unsigned int i = 0; i < FILES_MAX; i++) {
		struct file *file = &c->files[i];

		if ((file->use || !used) && (!found || file->last < found->last))
			found = file;
	}
	return found;
}

static struct file *make_room(struct file_cache *c, uint64_t size)
{
	struct file *file = oldest(c, false);

	give_up(c, file);
	while (c->total + size > TOTAL_MAX)
		give_up(c, oldest(c, true));
	return file;
}

/* All of it; false: there is more than `size`, or less than was there before. */
static bool read_all(struct file_cache *c, int fd, size_t size)
{
	size_t have = 0;
	ssize_t n;

	do {
		n = pread(fd, c->text + have, size + 1 - have, (off_t)have);
		have += n > 0 ? (size_t)n : 0;
	} while (have <= size && (n > 0 || (n < 0 && errno == EINTR)));
	return n >= 0 && have == size;
}

static bool read_content(struct file_cache *c, struct file *file)
{
	size_t size = (size_t)file->identity.st_size;

	if (file->kind == CALLER_HOSTS) {
		file->content.hosts = hosts_file_read(c->text, size, c->seed);
		return file->content.hosts;
	}
	nsswitch_hosts(file->content.nss, c->text, size);
	return true;
}

static bool is_readable(enum caller_file kind, const struct stat *identity)
{
	off_t limit = kind == CALLER_HOSTS ? HOSTS_FILE_MAX : NSSWITCH_FILE_MAX;

	return S_ISREG(identity->st_mode) && identity->st_size >= 0 && identity->st_size <= limit;
}

struct file_place file_cache_take(struct file_cache *c, enum caller_file kind, int fd)
{
	struct file_place place = {.use = 0};
	struct file made = {.kind = kind}, *file;

	if (fstat(fd, &made.identity) < 0 || !is_readable(kind, &made.identity))
		return place;
	file = find_same(c, kind, &made.identity);
	if (file && !is_settled(&made.identity)) {
		give_up(c, file);
		file = NULL;
	}
	if (!file) {
		if (!read_all(c, fd, (size_t)made.identity.st_size) || !read_content(c, &made))
			return place;
		file = make_room(c, (uint64_t)made.identity.st_size);
		c->total += (uint64_t)made.identity.st_size;
		*file = made;
		file->use = c->uses + 1;
	}
	file->last = ++c->uses;
	place.number = (uint32_t)(file - c->files);
	place.use = file->use;
	return place;
}

const struct file_content *file_cache_find(const struct file_cache *c,
					   const struct file_place *place)
{
	const struct file *file = &c->files[place->number % FILES_MAX];

	return place->use && file->use == place->use ? &file->content : NULL;
}
