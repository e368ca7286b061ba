/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/attacher.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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

/* Descriptors that detach when they are closed. */
struct events {
	struct events *next; /* that are to be closed */
	uint32_t count;
	int fds[2 * FUNCTIONS_MAX];
};

struct attacher {
	struct attacher_config config;
	pid_t files_child; /* opens callers' files; -1: there is none */
	struct libraries *libraries;
	struct events *events[LIBRARIES_MAX]; /* of each; NULL: it has none */
	pthread_mutex_t closing;	      /* guards these: */
	struct events *to_close;
	bool closes; /* a thread does */
	struct calls_report report;
};

/* One function of a library. */
struct attempt {
	pthread_t thread;
	const int *programs;
	const char *path;
	const struct elf_function *function;
	int error;     /* 0: it is probed */
	int events[2]; /* that is, these were made */
	bool in_thread;
};

/* The end first: a call that is seen shall be seen to return. */
static void *probe(void *context)
{
	struct attempt *at = context;
	uint64_t offset = at->function->offset;
	int begin = at->programs[function_programs[at->function->name]];

	at->events[0] = uprobe_attach(at->programs[PROGRAM_RETURN], at->path, offset, true);
	at->error = at->events[0] < 0 ? errno : 0;
	if (at->error)
		return NULL;
	at->events[1] = uprobe_attach(begin, at->path, offset, false);
	if (at->events[1] < 0) {
		at->error = errno;
		close(at->events[0]);
	}
	return NULL;
}

static void refuse(struct attacher *a, size_t functions, int error)
{
	a->report.refused += (uint32_t)functions;
	a->report.error = error;
}

/*
 * All at once: for each the kernel may wait until all processors have passed a quiet state (RCU),
 * and it waits as long for many.
 */
static void probe_all(struct attacher *a, struct events *events, const char *path,
		      const struct elf_function *functions, size_t count)
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
		struct attempt *at = &attempts[i];

		if (at->in_thread)
			pthread_join(at->thread, NULL);
		if (at->error) {
			refuse(a, 1, at->error);
			continue;
		}
		a->report.functions++;
		events->fds[events->count++] = at->events[0];
		events->fds[events->count++] = at->events[1];
	}
}

/* The kernel takes a path: the descriptor's own, so that it is the file that was read. */
static void library_found(void *context, uint32_t number, int fd)
{
	struct attacher *a = context;
	struct elf_function functions[FUNCTIONS_MAX];
	size_t n = elf_functions(fd, function_names, FUNCTION_NAMES, functions, FUNCTIONS_MAX);
	struct events *events;
	char path[64];

	if (!n)
		return;
	a->report.libraries++;
	if (2 * (a->report.functions + n) > EVENTS_MAX) {
		refuse(a, n, ENOSPC);
		return;
	}
	events = calloc(1, sizeof(*events));
	if (!events) {
		refuse(a, n, ENOMEM);
		return;
	}
	a->events[number] = events;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	probe_all(a, events, path, functions, n);
}

static struct events *next_to_close(struct attacher *a)
{
	struct events *events;

	pthread_mutex_lock(&a->closing);
	events = a->to_close;
	if (events)
		a->to_close = events->next;
	a->closes = events != NULL;
	pthread_mutex_unlock(&a->closing);
	return events;
}

static void *close_events(void *context)
{
	struct events *events;

	while ((events = next_to_close(context))) {
		for (uint32_t i = 0; i < events->count; i++)
			close(events->fds[i]);
		free(events);
	}
	return NULL;
}

/*
 * The kernel waits for each as above, and lets nobody else attach meanwhile: one thread does that,
 * one after the other, while the next processes are looked at.
 */
static void library_gone(void *context, uint32_t number)
{
	struct attacher *a = context;
	struct events *events = a->events[number];
	pthread_t thread;
	bool closes;

	if (!events)
		return;
	a->events[number] = NULL;
	a->report.libraries--;
	a->report.functions -= events->count / 2;
	pthread_mutex_lock(&a->closing);
	events->next = a->to_close;
	a->to_close = events;
	closes = a->closes;
	a->closes = true;
	pthread_mutex_unlock(&a->closing);
	if (closes)
		return;
	if (pthread_create(&thread, NULL, close_events, a) == 0)
		pthread_detach(thread);
	else
		close_events(a);
}

static void tell(struct attacher *a)
{
	const struct calls_report report = a->report;

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

static void look(struct attacher *a, bool all)
{
	libraries_scan(a->libraries, all);
	a->report.passed_over = libraries_passed_over(a->libraries);
}

static void watch(struct attacher *a)
{
	unsigned int looks = TICKS_AFTER, ticks = 0;
	struct calls_report told = a->report;
	long known = last_pid();

	while (tool_is_there(a)) {
		long pid = last_pid();
		bool all = ++ticks % TICKS_FULL == 0;

		if (pid != known || pid < 0)
			looks = TICKS_AFTER;
		known = pid;
		keep_files_child(a);
		if (looks || all)
			look(a, all);
		if (looks)
			looks--;
		if (memcmp(&told, &a->report, sizeof(told)) != 0)
			tell(a);
		told = a->report;
	}
}

/* Probes, and other users' processes and files; nothing that writes, or owns the network. */
static const unsigned int needed_capabilities[] = {
	CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH,
	38, /* CAP_PERFMON, of Linux 5.8; older headers lack it */
};

/* Two descriptors for each function are more than most limits for a program allow at first. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void attacher_run(const struct attacher_config *config)
{
	struct attacher a = {
		.config = *config, .files_child = -1, .closing = PTHREAD_MUTEX_INITIALIZER};
	const struct library_handler handler = {
		.found = library_found,
		.gone = library_gone,
		.context = &a,
	};

	raise_limit();
	let_go_of_terminal();
	signal(SIGCHLD, SIG_DFL);
	keep_capabilities(needed_capabilities,
			  sizeof(needed_capabilities) / sizeof(needed_capabilities[0]));
	keep_files_child(&a);
	a.libraries = libraries_new("/proc", &handler);
	if (!a.libraries)
		_exit(1);
	look(&a, true);
	tell(&a);
	watch(&a);
	_exit(0);
}
