/* SPDX-License-Identifier: Apache-2.0 */
#include "export/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void ignore_signals(void)
{
	static const int signals[] = {SIGINT,  SIGQUIT, SIGTERM, SIGHUP, SIGTSTP,
				      SIGUSR1, SIGUSR2, SIGPIPE, SIGXFSZ};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
}

/* Nobody shall wait for a pipe that only this process holds open. */
static void let_go_of_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
}

static bool is_kept(int fd, const int *keep, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (keep[i] == fd)
			return true;
	return false;
}

/* close_range() is younger than the oldest kernel that is supported. */
static void close_others(int other, const int *keep, size_t count)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (fd > STDERR_FILENO && fd != dirfd(folder) && fd != other &&
		    !is_kept(fd, keep, count))
			close(fd);
	}
	if (folder)
		closedir(folder);
}

bool child_fork(struct child *child, const int *keep, size_t count)
{
	int parent = open_pidfd(getpid());

	if (parent < 0)
		return false;
	child->pid = fork();
	if (child->pid == 0) {
		ignore_signals();
		let_go_of_terminal();
		close_others(parent, keep, count);
		child->other = parent;
		return true;
	}
	close(parent);
	child->other = child->pid > 0 ? open_pidfd(child->pid) : -1;
	return child->other >= 0;
}

bool child_other_ended(const struct child *child)
{
	struct pollfd end = {.fd = child->other, .events = POLLIN};

	return poll(&end, 1, 0) > 0;
}
