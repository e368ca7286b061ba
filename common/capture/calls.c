/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "capture/caller_files.h"
#include "capture/elf_functions.h"
#include "capture/kept.h"
#include "capture/kprobe.h"
#include "capture/libraries.h"
#include "capture/registers.h"

#define TICK_MS	      100 /* a new process is looked for that often, */
#define TICKS_AFTER   6	  /* and looked at for so many ticks; */
#define TICKS_FULL    100 /* and all processes after so many */
#define FUNCTIONS_MAX 64  /* in one library */
#define EVENTS_MAX    (LIBRARIES_MAX * 32)

enum call_program {
	PROGRAM_RETURN,
	PROGRAM_GETADDRINFO,
	PROGRAM_GETNAMEINFO,
	PROGRAM_GETHOST,
	PROGRAM_GETHOST2,
	PROGRAM_GETHOST_R,
	PROGRAM_GETHOST2_R,
	PROGRAM_GETHOSTADDR,
	PROGRAM_RES_QUERY,
	PROGRAM_RES_SEARCH,
	PROGRAM_RES_NQUERY,
	PROGRAM_RES_NSEARCH,
	CALL_PROGRAMS
};

_Static_assert(CALL_PROGRAMS == CALLS_PROGRAMS_MAX, "one and the same");

static const char *const program_names[CALL_PROGRAMS] = {
	[PROGRAM_RETURN] = "on_call_return",	  [PROGRAM_GETADDRINFO] = "on_getaddrinfo",
	[PROGRAM_GETNAMEINFO] = "on_getnameinfo", [PROGRAM_GETHOST] = "on_gethost",
	[PROGRAM_GETHOST2] = "on_gethost2",	  [PROGRAM_GETHOST_R] = "on_gethost_r",
	[PROGRAM_GETHOST2_R] = "on_gethost2_r",	  [PROGRAM_GETHOSTADDR] = "on_gethostaddr",
	[PROGRAM_RES_QUERY] = "on_res_query",	  [PROGRAM_RES_SEARCH] = "on_res_search",
	[PROGRAM_RES_NQUERY] = "on_res_nquery",	  [PROGRAM_RES_NSEARCH] = "on_res_nsearch",
};

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

static void give_reason(struct calls *calls, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void give_reason(struct calls *calls, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(calls->why_not, CALLS_WHY_MAX, format, arguments);
	va_end(arguments);
	calls->wanted = false;
}

void calls_prepare(struct calls *calls, FILE *defines)
{
	*calls = (struct calls){.wanted = true, .channel = -1, .files = -1};
	if (!uprobe_possible())
		give_reason(calls, "this kernel has no uprobes");
	else if (!registers_write(defines))
		give_reason(calls, "this architecture's registers are not known to this tool");
	else
		fprintf(defines, "#define WANT_CALLS 1\n");
}

size_t calls_programs(const struct calls *calls, struct loader_program programs[CALLS_PROGRAMS_MAX])
{
	if (!calls->wanted)
		return 0;
	for (unsigned int i = 0; i < CALL_PROGRAMS; i++)
		programs[i] = (struct loader_program){
			.function = program_names[i],
			.type = BPF_PROG_TYPE_KPROBE,
		};
	return CALL_PROGRAMS;
}

/* ---- The child ------------------------------------------------------------------------------- */

struct attacher {
	int channel;
	const struct caller_wakeups *wakeups;
	int files;	   /* the channel of its own child, */
	pid_t files_child; /* which opens callers' files; -1: there is none */
	const int *programs;
	struct libraries *libraries;
	struct calls_report report;
	unsigned int events; /* descriptors that hold a probe; the end closes them */
};

/* The end first: a call that is seen shall be seen to return. */
static bool probe(struct attacher *a, const char *path, const struct elf_function *function)
{
	int begin = a->programs[function_programs[function->name]], event;

	if (a->events + 2 > EVENTS_MAX) {
		errno = ENOSPC;
		return false;
	}
	event = uprobe_attach(a->programs[PROGRAM_RETURN], path, function->offset, true);
	if (event < 0)
		return false;
	if (uprobe_attach(begin, path, function->offset, false) < 0) {
		int saved = errno;

		close(event);
		errno = saved;
		return false;
	}
	a->events += 2;
	return true;
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
	for (size_t i = 0; i < n; i++) {
		if (probe(a, path, &functions[i])) {
			a->report.functions++;
		} else {
			a->report.refused++;
			a->report.error = errno;
		}
	}
}

static void tell(struct attacher *a)
{
	struct calls_report report = a->report;

	report.passed_over = libraries_passed_over(a->libraries);
	/* Nobody is obliged to read them: the newest may be lost when there are many. */
	if (send(a->channel, &report, sizeof(report), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
}

/* It dies of file systems that do not answer. */
static void keep_files_child(struct attacher *a)
{
	if (a->files_child > 0 && waitpid(a->files_child, NULL, WNOHANG) != a->files_child)
		return;
	a->files_child = fork();
	if (a->files_child == 0)
		caller_files_serve(a->files, "/proc", a->wakeups);
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
	struct pollfd channel = {.fd = a->channel, .events = POLLIN};

	return poll(&channel, 1, TICK_MS) <= 0 || !channel.revents;
}

static void watch(struct attacher *a)
{
	unsigned int looks = TICKS_AFTER, ticks = 0;
	long known = last_pid();

	while (tool_is_there(a)) {
		long pid = last_pid();
		bool all = ++ticks % TICKS_FULL == 0;
		uint32_t libraries = a->report.libraries;

		if (pid != known || pid < 0)
			looks = TICKS_AFTER;
		known = pid;
		keep_files_child(a);
		if (!looks && !all)
			continue;
		if (looks)
			looks--;
		libraries_scan(a->libraries, all, take_library, a);
		if (a->report.libraries != libraries)
			tell(a);
	}
}

/* Probes, and other users' processes and files; nothing that writes, or owns the network. */
static const unsigned int needed_capabilities[] = {
	CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH,
	38, /* CAP_PERFMON, of Linux 5.8; older headers lack it */
};

static void run_child(int channel, int files, const int *programs,
		      const struct caller_wakeups *wakeups)
{
	const struct rlimit any_nice = {.rlim_cur = 40, .rlim_max = 40};
	struct attacher a = {
		.channel = channel,
		.files = files,
		.wakeups = wakeups,
		.files_child = -1,
		.programs = programs,
	};

	let_go_of_terminal();
	signal(SIGCHLD, SIG_DFL);
	setrlimit(RLIMIT_NICE, &any_nice);
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

/* ---- The tool -------------------------------------------------------------------------------- */

/* Of `files` the tool's end never waits: it may write, but not say that to send(). */
static bool open_channels(int channel[2], int files[2])
{
	const int type = SOCK_SEQPACKET | SOCK_CLOEXEC;

	if (socketpair(AF_UNIX, type, 0, channel) < 0)
		return false;
	if (socketpair(AF_UNIX, type, 0, files) == 0) {
		fcntl(files[0], F_SETFL, O_NONBLOCK);
		return true;
	}
	close(channel[0]);
	close(channel[1]);
	return false;
}

static bool start_child(struct calls *calls, const int *programs,
			const struct caller_wakeups *wakeups)
{
	int channel[2], files[2];
	pid_t child;

	if (!open_channels(channel, files))
		return false;
	child = fork();
	if (child == 0) {
		close(channel[0]);
		close(files[0]);
		run_child(channel[1], files[1], programs, wakeups);
	}
	close(channel[1]);
	close(files[1]);
	calls->channel = channel[0];
	calls->files = files[0];
	return child > 0;
}

static bool receive(struct calls *calls, int flags)
{
	struct calls_report report;
	ssize_t n;

	do
		n = recv(calls->channel, &report, sizeof(report), flags);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(report))
		return false;
	calls->report = report;
	return true;
}

void calls_attach(struct calls *calls, const int *programs, const int *refused,
		  const struct caller_wakeups *wakeups)
{
	if (!calls->wanted)
		return;
	for (unsigned int i = 0; i < CALL_PROGRAMS; i++) {
		if (!refused[i])
			continue;
		give_reason(calls, "the kernel refused %s: %s", program_names[i],
			    strerror(refused[i]));
		return;
	}
	if (!start_child(calls, programs, wakeups) || !receive(calls, 0))
		give_reason(calls, "no child to attach them: %s", strerror(errno));
	else if (!calls->report.functions)
		give_reason(calls, "no C library could be probed: %s",
			    calls->report.error ? strerror(calls->report.error)
						: "no process has one");
	else
		take_short_turns();
}

const struct calls_report *calls_report(struct calls *calls)
{
	while (calls->channel >= 0 && receive(calls, MSG_DONTWAIT))
		;
	return &calls->report;
}

static void close_channel(int *channel)
{
	if (*channel > 0)
		close(*channel);
	*channel = -1;
}

void calls_close(struct calls *calls)
{
	close_channel(&calls->channel);
	close_channel(&calls->files);
}
