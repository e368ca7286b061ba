/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/attacher.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "capture/caller_files.h"
#include "capture/calls.h"
#include "capture/elf_functions.h"
#include "capture/kept.h"
#include "capture/kprobe.h"
#include "capture/libraries.h"

#define TICK_MS	      100 /* a new process is looked for that often, */
#define TICKS_AFTER   6	  /* and looked at for so many ticks; */
#define TICKS_FULL    100 /* and all processes after so many */
#define FUNCTIONS_MAX 64  /* in one library */
#define EVENTS_MAX    (LIBRARIES_MAX * 32)

/* glibc before 2.34 has the names with underscores, in libresolv; musl has both. */
static const char *const function_names[] = {
	"getaddrinfo",	   "getnameinfo",      "gethostbyname", "gethostbyname2",
	"gethostbyname_r", "gethostbyname2_r", "gethostbyaddr", "gethostbyaddr_r",
	"res_query",	   "__res_query",      "res_search",	"__res_search",
	"res_nquery",	   "__res_nquery",     "res_nsearch",	"__res_nsearch",
};

static const uint8_t function_programs[] = {
	PROGRAM_GETADDRINFO, PROGRAM_GETNAMEINFO, PROGRAM_GETHOST,     PROGRAM_GETHOST2,
	PROGRAM_GETHOST_R,   PROGRAM_GETHOST2_R,  PROGRAM_GETHOSTADDR, PROGRAM_GETHOSTADDR,
	PROGRAM_RES_QUERY,   PROGRAM_RES_QUERY,	  PROGRAM_RES_SEARCH,  PROGRAM_RES_SEARCH,
	PROGRAM_RES_NQUERY,  PROGRAM_RES_NQUERY,  PROGRAM_RES_NSEARCH, PROGRAM_RES_NSEARCH,
};

#define FUNCTION_NAMES (sizeof(function_names) / sizeof(function_names[0]))
_Static_assert(FUNCTION_NAMES == sizeof(function_programs), "a program for each name");

struct attacher {
	struct attacher_config config;
	pid_t files_child; /* opens callers' files; -1: there is none */
	struct libraries *libraries;
	struct calls_report report;
};

/* One function of a library. */
struct attempt {
	pthread_t thread;
	const int *programs;
	const char *path;
	const struct elf_function *function;
	int error; /* 0: it is probed */
	bool in_thread;
};

/* The end first: a call that is seen shall be seen to return. */
static void *probe(void *context)
{
	struct attempt *at = context;
	uint64_t offset = at->function->offset;
	int begin = at->programs[function_programs[at->function->name]];
	int event = uprobe_attach(at->programs[PROGRAM_RETURN], at->path, offset, true);

	at->error = event < 0 ? errno : 0;
	if (event >= 0 && uprobe_attach(begin, at->path, offset, false) < 0) {
		at->error = errno;
		close(event);
	}
	return NULL;
}

/*
 * All at once: for each the kernel may wait until all processors have passed a quiet state (RCU),
 * and it waits as long for many.
 */
static void probe_all(struct attacher *a, const char *path, const struct elf_function *functions,
		      size_t count)
{
	struct attempt attempts[FUNCTIONS_MAX];

	for (size_t i = 0; i < count; i++) {
		struct attempt *at = &attempts[i];

		*at = (struct attempt){
			.programs = a->config.programs, .path = path, .function = &functions[i]};
		at->in_thread = pthread_create(&at->thread, NULL, probe, at) == 0;
		if (!at->in_thread)
			probe(at);
	}
	for (size_t i = 0; i < count; i++) {
		if (attempts[i].in_thread)
			pthread_join(attempts[i].thread, NULL);
		a->report.functions += !attempts[i].error;
		a->report.refused += attempts[i].error != 0;
		if (attempts[i].error)
			a->report.error = attempts[i].error;
	}
}

/* The kernel takes a path: the descriptor's own, so that it is the file that was read. */
static void take_library(void *context, int fd)
{
	struct attacher *a = context;
	struct elf_function functions[FUNCTIONS_MAX];
	size_t n = elf_functions(fd, function_names, FUNCTION_NAMES, functions, FUNCTIONS_MAX);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	a->report.libraries += n > 0;
	if (2 * (a->report.functions + n) <= EVENTS_MAX) {
		probe_all(a, path, functions, n);
		return;
	}
	a->report.refused += (uint32_t)n;
	a->report.error = ENOSPC;
}

static void tell(struct attacher *a)
{
	struct calls_report report = a->report;

	report.passed_over = libraries_passed_over(a->libraries);
	/* Nobody is obliged to read them: the newest may be lost when there are many. */
	if (send(a->config.channel, &report, sizeof(report), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
}

/* It dies of file systems that do not answer. */
static void keep_files_child(struct attacher *a)
{
	if (a->files_child > 0 && waitpid(a->files_child, NULL, WNOHANG) != a->files_child)
		return;
	a->files_child = fork();
	if (a->files_child == 0)
		caller_files_serve(a->config.files, "/proc", a->config.wakeups);
}

/* The pid that was given last, in this pid namespace: it changes when any process is made. */
static long last_pid(void)
{
	FILE *file = fopen("/proc/loadavg", "re");
	long pid = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%*s %*s %*s %*s %ld", &pid) != 1)
		pid = -1;
	fclose(file);
	return pid;
}

static bool tool_is_there(const struct attacher *a)
{
	struct pollfd channel = {.fd = a->config.channel, .events = POLLIN};

	return poll(&channel, 1, TICK_MS) <= 0 || !channel.revents;
}

static void watch(struct attacher *a)
{
	unsigned int looks = TICKS_AFTER, ticks = 0;
	uint32_t told = a->report.libraries;
	long known = last_pid();

	while (tool_is_there(a)) {
		long pid = last_pid();
		bool all = ++ticks % TICKS_FULL == 0;

		if (pid != known || pid < 0)
			looks = TICKS_AFTER;
		known = pid;
		keep_files_child(a);
		if (looks || all)
			libraries_scan(a->libraries, all, take_library, a);
		if (looks)
			looks--;
		if (a->report.libraries != told)
			tell(a);
		told = a->report.libraries;
	}
}

/* Probes, and other users' processes and files; nothing that writes, or owns the network. */
static const unsigned int needed_capabilities[] = {
	CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH,
	38, /* CAP_PERFMON, of Linux 5.8; older headers lack it */
};

void attacher_run(const struct attacher_config *config)
{
	struct attacher a = {.config = *config, .files_child = -1};

	let_go_of_terminal();
	signal(SIGCHLD, SIG_DFL);
	keep_capabilities(needed_capabilities,
			  sizeof(needed_capabilities) / sizeof(needed_capabilities[0]));
	keep_files_child(&a);
	a.libraries = libraries_new("/proc");
	if (!a.libraries)
		_exit(1);
	libraries_scan(a.libraries, true, take_library, &a);
	tell(&a);
	watch(&a);
	_exit(0);
}
