/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/kprobe.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/perf_event.h>

#define PMU "/sys/bus/event_source/devices/kprobe/"

static bool read_number(const char *path, const char *format, unsigned int *number)
{
	FILE *file = fopen(path, "re");
	bool found;

	if (!file)
		return false;
	found = fscanf(file, format, number) == 1;
	fclose(file);
	return found;
}

bool kprobe_possible(void)
{
	unsigned int type;

	return read_number(PMU "type", "%u", &type);
}

static int open_event(const char *function, bool at_return)
{
	struct perf_event_attr attribute = {.size = sizeof(attribute)};
	unsigned int type, bit;

	if (!read_number(PMU "type", "%u", &type) ||
	    !read_number(PMU "format/retprobe", "config:%u", &bit)) {
		errno = ENOTSUP;
		return -1;
	}
	attribute.type = type;
	attribute.kprobe_func = (uint64_t)(uintptr_t)function;
	if (at_return)
		attribute.config = 1ULL << bit;
	/* The processor does not matter: a program runs on all. */
	return (int)syscall(SYS_perf_event_open, &attribute, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

int kprobe_attach(int program, const char *function, bool at_return)
{
	int event = open_event(function, at_return), saved;

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
