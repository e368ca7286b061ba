/* SPDX-License-Identifier: Apache-2.0 */
#include "bpf/stubs.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bpf/embedded.h"

#define KERNEL_SOURCE "BCC_KERNEL_SOURCE"

static bool make_parents(const char *path)
{
	char parent[256];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
		if (mkdir(parent, 0700) < 0 && errno != EEXIST)
			return false;
	}
	return true;
}

static bool write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;
	bool written;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!make_parents(path))
		return false;
	file = fopen(path, "wxe");
	if (!file)
		return false;
	written = fputs(text, file) >= 0;
	return fclose(file) == 0 && written;
}

/* What depends on the machine: libbcc's helpers want LINUX_VERSION_CODE and PAGE_SIZE. */
static bool write_version_and_page(const char *folder)
{
	unsigned int major = 0, minor = 0, patch = 0;
	struct utsname name;
	char text[256];

	if (uname(&name) < 0 || sscanf(name.release, "%u.%u.%u", &major, &minor, &patch) < 2)
		return false;
	snprintf(text, sizeof(text),
		 "#define LINUX_VERSION_CODE %u\n"
		 "#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))\n",
		 (major << 16) + (minor << 8) + (patch > 255 ? 255 : patch));
	if (!write_file(folder, "include/linux/version.h", text))
		return false;
	snprintf(text, sizeof(text), "#define PAGE_SIZE %ld\n", sysconf(_SC_PAGESIZE));
	return write_file(folder, "include/asm/page.h", text);
}

static bool fill(const char *folder)
{
	for (const struct kernel_stub *stub = kernel_stubs; stub->path; stub++)
		if (!write_file(folder, stub->path, stub->text))
			return false;
	return write_version_and_page(folder);
}

static bool make_folder(char folder[STUBS_PATH_MAX])
{
	static const char *const places[] = {"/run", "/tmp", "/dev/shm", "/var/tmp"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(folder, STUBS_PATH_MAX, "%s/dnstools-XXXXXX", places[i]);
		if (mkdtemp(folder))
			return true;
	}
	return false;
}

bool stubs_write(char folder[STUBS_PATH_MAX], char *error, size_t size)
{
	folder[0] = '\0';
	if (getenv(KERNEL_SOURCE))
		return true;
	if (!make_folder(folder)) {
		snprintf(error, size,
			 "cannot make a folder in /run, /tmp or /dev/shm: %s: "
			 "make one of them writable",
			 strerror(errno));
		folder[0] = '\0';
		return false;
	}
	if (fill(folder) && setenv(KERNEL_SOURCE, folder, 1) == 0)
		return true;
	snprintf(error, size, "cannot write the compiler's headers to %s: %s", folder,
		 strerror(errno));
	stubs_remove(folder);
	return false;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void stubs_remove(const char *folder)
{
	if (folder[0])
		nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
