/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cap-ng.h>
#include <seccomp.h>

#define NOBODY 65534 /* where passwd(5) does not name it */

static bool fail(char error[SOURCE_ERROR_MAX], const char *what, int code)
{
	snprintf(error, SOURCE_ERROR_MAX, "cannot give up privileges: %s: %s", what,
		 strerror(code));
	return false;
}

/* In some containers root may not become anybody else: it then stays, without capabilities. */
static bool become_nobody(void)
{
	const struct passwd *entry = getpwnam("nobody");
	uid_t uid = entry ? entry->pw_uid : NOBODY;
	gid_t gid = entry ? entry->pw_gid : NOBODY;

	return setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 &&
	       setresuid(uid, uid, uid) == 0;
}

/* The bounding set needs CAP_SETPCAP, and matters only to programs that are executed: none is. */
static bool drop_capabilities(char error[SOURCE_ERROR_MAX])
{
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return fail(error, "capabilities", errno);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (capng_get_caps_process() != 0 ||
	    capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE)
		return fail(error, "capabilities are still there", EPERM);
	return true;
}

/* What is left: reading files, writing to open ones, waiting, memory, signals, the end. */
static const int allowed_calls[] = {
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(readv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(lseek),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fsync),
	SCMP_SYS(getdents64),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(fcntl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(nanosleep),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(brk),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getrandom),
	SCMP_SYS(sysinfo),
	SCMP_SYS(uname),
	SCMP_SYS(rseq),
	SCMP_SYS(set_robust_list),
};

static int allow_calls(scmp_filter_ctx filter)
{
	int error = 0;

	for (size_t i = 0; !error && i < sizeof(allowed_calls) / sizeof(allowed_calls[0]); i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0);
	return error;
}

/* Memory that can be executed, files that can be written, another process' signals: not these. */
static int allow_restricted_calls(scmp_filter_ctx filter)
{
	const uint64_t writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
	int error = 0;

#define ALLOW_IF(call, ...)                                                                        \
	(error = error ? error : seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, __VA_ARGS__))
	ALLOW_IF(SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
	ALLOW_IF(SCMP_SYS(open), SCMP_A1(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
	ALLOW_IF(SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	ALLOW_IF(SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	ALLOW_IF(SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TIOCGWINSZ, 0));
	ALLOW_IF(SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TCGETS, 0));
	ALLOW_IF(SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (uint64_t)getpid(), 0));
#undef ALLOW_IF
	return error;
}

/* no_new_privs is set by libseccomp. */
static bool filter_calls(char error[SOURCE_ERROR_MAX])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int code = filter ? 0 : -ENOMEM;

	if (!code)
		code = allow_calls(filter);
	if (!code)
		code = allow_restricted_calls(filter);
	if (!code)
		code = seccomp_load(filter);
	seccomp_release(filter);
	return code == 0 || fail(error, "seccomp", -code);
}

bool privileges_drop(bool verbose, char error[SOURCE_ERROR_MAX])
{
	bool stays_root = geteuid() == 0 && !become_nobody();

	if (!drop_capabilities(error) || !filter_calls(error))
		return false;
	if (verbose)
		fprintf(stderr, "%s: gave up privileges: user %u%s, no capabilities, seccomp\n",
			program_invocation_short_name, (unsigned int)geteuid(),
			stays_root ? " (no other is possible here)" : "");
	return true;
}
