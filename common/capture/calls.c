/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/attacher.h"
#include "capture/kprobe.h"
#include "capture/registers.h"

_Static_assert(CALL_PROGRAMS == CALLS_PROGRAMS_MAX, "one and the same");

static const char *const program_names[CALL_PROGRAMS] = {
	[PROGRAM_RETURN] = "on_call_return",	  [PROGRAM_GETADDRINFO] = "on_getaddrinfo",
	[PROGRAM_GETNAMEINFO] = "on_getnameinfo", [PROGRAM_GETHOST] = "on_gethost",
	[PROGRAM_GETHOST2] = "on_gethost2",	  [PROGRAM_GETHOST_R] = "on_gethost_r",
	[PROGRAM_GETHOST2_R] = "on_gethost2_r",	  [PROGRAM_GETHOSTADDR] = "on_gethostaddr",
	[PROGRAM_RES_QUERY] = "on_res_query",	  [PROGRAM_RES_SEARCH] = "on_res_search",
	[PROGRAM_RES_NQUERY] = "on_res_nquery",	  [PROGRAM_RES_NSEARCH] = "on_res_nsearch",
};

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

/* ---- Its child ------------------------------------------------------------------------------- */

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
		attacher_run(&(struct attacher_config){
			.channel = channel[1],
			.files = files[1],
			.programs = programs,
			.wakeups = wakeups,
		});
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
	calls->ended = n == 0;
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
}

uint64_t calls_not_probed(struct calls *calls)
{
	if (!calls->wanted || calls->channel < 0)
		return 0;
	while (receive(calls, MSG_DONTWAIT))
		;
	return (uint64_t)calls->report.passed_over + calls->report.refused + calls->ended;
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
