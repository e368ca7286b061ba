/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/kprobe.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/perf_event.h>

#define PMUS "/sys/bus/event_source/devices/"

static bool read_number(const char *pmu, const char *file_name, const char *format,
			unsigned int *number)
{
	char path[128];
	FILE *file;
	bool found;

	snprintf(path, sizeof(path), PMUS "%s/%s", pmu, file_name);
	file = fopen(path, "re");
	if (!file)
		return false;
	found = fscanf(file, format, number) == 1;
	fclose(file);
	return found;
}

bool kprobe_possible(void)
{
	unsigned int type;

	return read_number("kprobe", "type", "%u", &type);
}

bool uprobe_possible(void)
{
	unsigned int type;

	return read_number("uprobe", "type", "%u", &type);
}

static int open_event(const char *pmu, struct perf_event_attr *attribute, bool at_return)
{
	unsigned int type, bit;

	if (!read_number(pmu, "type", "%u", &type) ||
	    !read_number(pmu, "format/retprobe", "config:%u", &bit)) {
		errno = ENOTSUP;
		return -1;
	}
	attribute->size = sizeof(*attribute);
	attribute->type = type;
	if (at_return)
		attribute->config = 1ULL << bit;
	/* The processor does not matter: a program runs on all. */
	return (int)syscall(SYS_perf_event_open, attribute, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

/* Closes the event where that fails. */
static int run_program(int event, int program)
{
	int saved;

	if (event < 0)
		return -1;
	if (ioctl(event, PERF_EVENT_IOC_SET_BPF, program) == 0 &&
	    ioctl(event, PERF_EVENT_IOC_ENABLE, 0) == 0)
		return event;
	saved = errno;
	close(event);
	errno = saved;
	return -1;
}

int kprobe_attach(int program, const char *function, bool at_return)
{
	struct perf_event_attr attribute = {.kprobe_func = (uint64_t)(uintptr_t)function};

	return run_program(open_event("kprobe", &attribute, at_return), program);
}

int uprobe_attach(int program, const char *path, uint64_t offset, bool at_return)
{
	struct perf_event_attr attribute = {
		.uprobe_path = (uint64_t)(uintptr_t)path,
		.probe_offset = offset,
	};

	return run_program(open_event("uprobe", &attribute, at_return), program);
}
