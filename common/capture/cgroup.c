/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "bpf/kernel.h"

/* linux/mount.h of 5.2; glibc has wrappers only from 2.36 on. */
#ifndef FSCONFIG_CMD_CREATE
#define FSCONFIG_CMD_CREATE 6
#endif

bool cgroup_mount(char *folder, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	bool found = false;

	if (!mounts)
		return false;
	while (!found && (mount = getmntent(mounts)))
		found = strcmp(mount->mnt_type, "cgroup2") == 0 &&
			snprintf(folder, size, "%s", mount->mnt_dir) < (int)size;
	endmntent(mounts);
	return found;
}

/* A detached mount (Linux 5.2): nobody else sees it, it goes with the descriptor. */
static int mount_privately(void)
{
	int context = (int)syscall(SYS_fsopen, "cgroup2", 0), mount = -1, saved;

	if (context < 0)
		return -1;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = (int)syscall(SYS_fsmount, context, 1 /* FSMOUNT_CLOEXEC */, 0);
	saved = errno;
	close(context);
	errno = saved;
	return mount;
}

static int open_folder(const char *path, char *error, size_t size)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs filesystem;

	if (fd < 0) {
		snprintf(error, size, "%s: %s: give a folder of cgroup v2", path, strerror(errno));
		return -1;
	}
	if (fstatfs(fd, &filesystem) < 0 || filesystem.f_type != CGROUP2_SUPER_MAGIC) {
		snprintf(error, size,
			 "%s: not a folder of cgroup v2: see 'grep cgroup2 /proc/mounts'", path);
		close(fd);
		return -1;
	}
	return fd;
}

int cgroup_open(const char *path, char *error, size_t size)
{
	char root[4096];
	int fd;

	if (path)
		return open_folder(path, error, size);
	if (cgroup_mount(root, sizeof(root)))
		return open_folder(root, error, size);
	fd = mount_privately();
	if (fd < 0)
		kernel_explain(error, size, "no cgroup v2 is mounted and it cannot be", errno);
	return fd;
}

/* Of the lines "ID:CONTROLLERS:PATH" the one of v2 is "0::PATH"; see cgroups(7). */
static bool read_path(const char *pid, char *path, size_t size)
{
	bool found = false;
	FILE *file;

	snprintf(path, size, "/proc/%.20s/cgroup", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(path, (int)size, file))
		found = strncmp(path, "0::/", 4) == 0;
	fclose(file);
	path[strcspn(path, "\n")] = '\0';
	return found;
}

uint64_t cgroup_of_process(int root, const char *pid)
{
	char path[4096];
	struct stat status;

	if (!read_path(pid, path, sizeof(path)))
		return 0;
	/* "0::/a" -> "./a" */
	path[2] = '.';
	return fstatat(root, path + 2, &status, 0) == 0 ? status.st_ino : 0;
}

/* Of kernfs: the inode's number, where that has 64 bits. */
uint64_t cgroup_id(const char *path)
{
	struct stat folder;

	return stat(path, &folder) == 0 ? folder.st_ino : 0;
}
