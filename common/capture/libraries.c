/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/libraries.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#define PROC_MAX      256
#define LINE_MAX_SIZE 4608 /* of a line of maps: numbers, and a path of PATH_MAX */

/* A process is looked at that often after it was executed. */
#define LOOKS_MAX 4

/* One place for each residue of a pid; one that is taken by another is looked at again. */
#define PROCESSES_MAX 16384

struct process {
	uint32_t pid;
	uint32_t looks;
	dev_t device; /* of its executable */
	ino_t inode;
};

/*
 * A file as maps has it. Each mount of an overlay shows a file of a lower layer, which containers
 * of one image share, as another one; to the kernel's probes it is the same.
 */
struct file {
	uint64_t inode;
	unsigned int major, minor;
	uint32_t library;
	uint64_t seen; /* in this look with `all`; 0: the place is free */
};

/* What is behind files: told from others by what an overlay leaves as it is. */
struct library {
	uint32_t files; /* 0: the place is free */
	bool overlay;
	struct stat status;
};

#define FILES_MAX (4 * LIBRARIES_MAX)

struct libraries {
	char proc[PROC_MAX];
	struct library_handler handler;
	struct process processes[PROCESSES_MAX];
	struct file files[FILES_MAX];
	uint32_t file_count; /* places that were ever taken */
	struct library libraries[LIBRARIES_MAX];
	uint64_t look; /* with `all`: how many there were, from 1 on */
	uint32_t passing, passed_over;
};

struct libraries *libraries_new(const char *proc, const struct library_handler *handler)
{
	struct libraries *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	snprintf(l->proc, sizeof(l->proc), "%s", proc);
	l->handler = *handler;
	l->look = 1;
	return l;
}

void libraries_free(struct libraries *l)
{
	free(l);
}

uint32_t libraries_passed_over(const struct libraries *l)
{
	return l->passed_over;
}

static bool begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool library_is_resolver(const char *path)
{
	static const char *const prefixes[] = {
		"libc.so.", "libc-2.", "libresolv.so.", "libresolv-2.", "ld-musl-", "libc.musl-",
	};
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	/* "/path/libc.so.6 (deleted)": the slash may be anywhere, but the name is before it. */
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (begins_with(name, prefixes[i]))
			return true;
	return slash && strcmp(name, "libc.so") == 0;
}

static struct file *find_file(struct libraries *l, const struct file *file)
{
	for (uint32_t i = 0; i < l->file_count; i++) {
		struct file *known = &l->files[i];

		if (known->seen && known->inode == file->inode && known->major == file->major &&
		    known->minor == file->minor)
			return known;
	}
	return NULL;
}

/* A place for it; NULL: there is none. */
static struct file *free_file(struct libraries *l)
{
	for (uint32_t i = 0; i < l->file_count; i++)
		if (!l->files[i].seen)
			return &l->files[i];
	return l->file_count < FILES_MAX ? &l->files[l->file_count++] : NULL;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same_below(const struct library *known, const struct library *library)
{
	const struct stat *a = &known->status, *b = &library->status;

	return known->files && known->overlay && library->overlay && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size && same_time(a->st_mtim, b->st_mtim) &&
	       same_time(a->st_ctim, b->st_ctim);
}

/* The number of this library, or a free one; LIBRARIES_MAX: there is none. */
static uint32_t find_library(const struct libraries *l, const struct library *library)
{
	uint32_t place = LIBRARIES_MAX;

	for (uint32_t i = LIBRARIES_MAX; i-- > 0;) {
		if (is_same_below(&l->libraries[i], library))
			return i;
		if (!l->libraries[i].files)
			place = i;
	}
	return place;
}

/* A device would wait, or do something, when it is opened. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/*
 * What is mapped, by the mapping itself: that needs no path, which may be another container's or
 * gone. Else by the path that the process sees, if that is still the file.
 */
static int open_mapped(const struct libraries *l, const char *pid, const char *range,
		       const char *path, const struct file *file)
{
	char place[PROC_MAX + 64 + LINE_MAX_SIZE];
	struct stat status;
	int fd;

	snprintf(place, sizeof(place), "%s/%s/map_files/%s", l->proc, pid, range);
	fd = open_regular(place);
	if (fd >= 0)
		return fd;
	snprintf(place, sizeof(place), "%s/%s/root%s", l->proc, pid, path);
	fd = open_regular(place);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && status.st_ino == file->inode)
		return fd;
	close(fd);
	return -1;
}

static bool add_file(struct libraries *l, const struct file *file, int fd)
{
	struct library library = {.files = 0};
	struct statfs system;
	struct file *place = free_file(l);
	uint32_t number;

	if (!place || fstat(fd, &library.status) < 0)
		return false;
	library.overlay = fstatfs(fd, &system) == 0 && system.f_type == OVERLAYFS_SUPER_MAGIC;
	number = find_library(l, &library);
	if (number == LIBRARIES_MAX)
		return false;
	*place = *file;
	place->library = number;
	place->seen = l->look;
	if (l->libraries[number].files++)
		return true;
	library.files = 1;
	l->libraries[number] = library;
	l->handler.found(l->handler.context, number, fd);
	return true;
}

static void take_file(struct libraries *l, const char *pid, const char *range, const char *path,
		      const struct file *file)
{
	struct file *known = find_file(l, file);
	int fd;

	if (known) {
		known->seen = l->look;
		return;
	}
	fd = open_mapped(l, pid, range, path, file);
	if (fd < 0 || !add_file(l, file, fd))
		l->passing++;
	if (fd >= 0)
		close(fd);
}

/* One look may miss a process that is just executing another program. */
static void forget_files(struct libraries *l)
{
	for (uint32_t i = 0; i < l->file_count; i++) {
		struct file *file = &l->files[i];

		if (!file->seen || file->seen + 1 >= l->look)
			continue;
		file->seen = 0;
		if (--l->libraries[file->library].files == 0)
			l->handler.gone(l->handler.context, file->library);
	}
}

/* proc(5): "7f0c-7f0d r-xp 00028000 fe:01 1234      /lib/x86_64-linux-gnu/libc.so.6" */
static void take_line(struct libraries *l, const char *pid, const char *line)
{
	char range[64], permissions[8];
	struct file file = {.seen = 0};
	int at = 0;

	if (sscanf(line, "%63[0-9a-f-] %7s %*s %x:%x %" SCNu64 " %n", range, permissions,
		   &file.major, &file.minor, &file.inode, &at) < 5 ||
	    !at || line[at] != '/' || permissions[2] != 'x')
		return;
	if (library_is_resolver(line + at))
		take_file(l, pid, range, line + at, &file);
}

static void read_maps(struct libraries *l, const char *pid)
{
	char path[PROC_MAX + 64], line[LINE_MAX_SIZE];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%.20s/maps", l->proc, pid);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		take_line(l, pid, line);
	}
	fclose(file);
}

/* Without an executable it is a thread of the kernel, or has ended. */
static bool read_executable(const struct libraries *l, const char *pid, struct stat *status)
{
	char path[PROC_MAX + 64];

	snprintf(path, sizeof(path), "%s/%.20s/exe", l->proc, pid);
	return stat(path, status) == 0;
}

static void visit(struct libraries *l, const char *pid, bool all)
{
	uint32_t number = (uint32_t)strtoul(pid, NULL, 10);
	struct process *p = &l->processes[number % PROCESSES_MAX];
	struct stat executable;

	if (!read_executable(l, pid, &executable))
		return;
	if (p->pid != number || p->device != executable.st_dev || p->inode != executable.st_ino)
		*p = (struct process){
			.pid = number,
			.device = executable.st_dev,
			.inode = executable.st_ino,
		};
	if (!all && p->looks >= LOOKS_MAX)
		return;
	if (p->looks < LOOKS_MAX)
		p->looks++;
	read_maps(l, pid);
}

void libraries_scan(struct libraries *l, bool all)
{
	DIR *proc = opendir(l->proc);
	struct dirent *entry;

	if (!proc)
		return;
	l->passing = 0;
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			visit(l, entry->d_name, all);
	closedir(proc);
	if (!all)
		return;
	l->passed_over = l->passing;
	forget_files(l);
	l->look++;
}
