/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/kept.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

void let_go_of_terminal(void)
{
	static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGUSR1, SIGPIPE};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
}

void keep_capabilities(const unsigned int *list, size_t count)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2];
	uint32_t keep[2] = {0};

	for (size_t i = 0; i < count; i++)
		keep[list[i] / 32] |= 1U << list[i] % 32;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_capget, &header, sets) < 0)
		return;
	for (int i = 0; i < 2; i++) {
		sets[i].permitted &= keep[i];
		sets[i].effective &= keep[i];
		sets[i].inheritable = 0;
	}
	syscall(SYS_capset, &header, sets);
}
