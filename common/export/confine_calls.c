/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp filters of export/confine.h.
 */
#include "export/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

#define CALLS_MAX 48

/* Calls that are allowed with any arguments; __NR_read may be 0, so each list has its length. */
struct call_list {
	unsigned int wanted_by; /* of enum confine_calls; 0: everybody */
	unsigned int count;
	int calls[CALLS_MAX];
};

/* clang-format off */
#define CALLS(wanted, ...)                                                                         \
	{                                                                                          \
		.wanted_by = (wanted), .count = sizeof((int[]){__VA_ARGS__}) / sizeof(int),        \
		.calls = {__VA_ARGS__},                                                            \
	}
/* clang-format on */

static const struct call_list call_lists[] = {
	CALLS(0, SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(write),
	      SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(lseek),
	      SCMP_SYS(ftruncate), SCMP_SYS(fsync), SCMP_SYS(fcntl), SCMP_SYS(recvfrom),
	      SCMP_SYS(recvmsg)),
	/* Waiting and time. */
	CALLS(0, SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	      SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
	      SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(nanosleep)),
	/* Memory, signals, the end, who it is. */
	CALLS(0, SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
	      SCMP_SYS(futex), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	      SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
	      SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(getpid), SCMP_SYS(gettid),
	      SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getrandom), SCMP_SYS(sysinfo),
	      SCMP_SYS(uname), SCMP_SYS(rseq), SCMP_SYS(set_robust_list)),
	/* Files; opening them is restricted below. */
	CALLS(CONFINE_READ_FILES, SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(stat),
	      SCMP_SYS(lstat), SCMP_SYS(getdents64), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
	      SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2)),
	/* glibc's fstat() is this call since 2.33. */
	CALLS(CONFINE_APPEND_FILES, SCMP_SYS(newfstatat)),
	CALLS(CONFINE_WATCH_FILES, SCMP_SYS(inotify_init1), SCMP_SYS(inotify_add_watch),
	      SCMP_SYS(inotify_rm_watch)),
	CALLS(CONFINE_SHARE_MEMORY, SCMP_SYS(memfd_create), SCMP_SYS(fallocate), SCMP_SYS(sendmsg)),
	/* A client never listens; socket() is restricted below. */
	CALLS(CONFINE_LOCAL_CLIENT | CONFINE_NETWORK_CLIENT, SCMP_SYS(connect), SCMP_SYS(sendto),
	      SCMP_SYS(sendmsg), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(shutdown)),
	CALLS(CONFINE_NETWORK_CLIENT, SCMP_SYS(bind), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
	      SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg), SCMP_SYS(socketpair), SCMP_SYS(pipe2),
	      SCMP_SYS(eventfd2), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create1),
	      SCMP_SYS(epoll_ctl)),
	/* What the C library's threads call. */
	CALLS(CONFINE_NETWORK_CLIENT, SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	      SCMP_SYS(prlimit64), SCMP_SYS(getrlimit), SCMP_SYS(set_tid_address),
	      SCMP_SYS(membarrier), SCMP_SYS(getppid), SCMP_SYS(getgid), SCMP_SYS(getegid)),
};

static int allow_list(scmp_filter_ctx filter, const struct call_list *list)
{
	int error = 0;

	for (unsigned int i = 0; !error && i < list->count; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, list->calls[i], 0);
	return error;
}

static int allow_lists(scmp_filter_ctx filter, unsigned int calls)
{
	int error = 0;

	for (size_t i = 0; !error && i < sizeof(call_lists) / sizeof(call_lists[0]); i++)
		if (!call_lists[i].wanted_by || (call_lists[i].wanted_by & calls))
			error = allow_list(filter, &call_lists[i]);
	return error;
}

#define ALLOW_IF(call, ...)                                                                        \
	(error = error ? error : seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, __VA_ARGS__))

/* Memory that can be executed, another process' signals: not these. */
static int allow_harmless(scmp_filter_ctx filter)
{
	int error = 0;

	ALLOW_IF(SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	ALLOW_IF(SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	ALLOW_IF(SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TIOCGWINSZ, 0));
	ALLOW_IF(SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TCGETS, 0));
	ALLOW_IF(SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (uint64_t)getpid(), 0));
	return error;
}

static int allow_opening(scmp_filter_ctx filter, unsigned int calls)
{
	const uint64_t writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
	const uint64_t appending = O_ACCMODE | O_TRUNC | O_APPEND;
	int error = 0;

	if (calls & CONFINE_READ_FILES) {
		ALLOW_IF(SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
		ALLOW_IF(SCMP_SYS(open), SCMP_A1(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
	}
	if (calls & CONFINE_APPEND_FILES) {
		ALLOW_IF(SCMP_SYS(openat),
			 SCMP_A2(SCMP_CMP_MASKED_EQ, appending, O_WRONLY | O_APPEND));
		ALLOW_IF(SCMP_SYS(open),
			 SCMP_A1(SCMP_CMP_MASKED_EQ, appending, O_WRONLY | O_APPEND));
	}
	return error;
}

/* Threads, not processes. What clone3() makes cannot be seen here: the C library then uses clone().
 */
static int allow_threads(scmp_filter_ctx filter)
{
	int error = 0;

	ALLOW_IF(SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	return error ? error
		     : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int allow_client(scmp_filter_ctx filter, unsigned int calls)
{
	int error = 0;

	if (calls & (CONFINE_LOCAL_CLIENT | CONFINE_NETWORK_CLIENT))
		ALLOW_IF(SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
	if (!(calls & CONFINE_NETWORK_CLIENT))
		return error;
	ALLOW_IF(SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_INET, 0));
	ALLOW_IF(SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_INET6, 0));
	ALLOW_IF(SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0)); /* getaddrinfo() */
	ALLOW_IF(SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONREAD, 0));
	ALLOW_IF(SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONBIO, 0));
	return error ? error : allow_threads(filter);
}

static int fill(scmp_filter_ctx filter, unsigned int calls)
{
	int error = allow_lists(filter, calls);

	if (!error)
		error = allow_harmless(filter);
	if (!error)
		error = allow_opening(filter, calls);
	return error ? error : allow_client(filter, calls);
}

/* no_new_privs is set by libseccomp. */
bool confine_calls(const struct confinement *confinement, char error[SOURCE_ERROR_MAX])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int code = filter ? fill(filter, confinement->calls) : -ENOMEM;

	if (!code)
		code = seccomp_load(filter);
	seccomp_release(filter);
	if (code)
		snprintf(error, SOURCE_ERROR_MAX, "cannot give up privileges: seccomp: %s",
			 strerror(-code));
	return code == 0;
}
