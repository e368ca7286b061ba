/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/parse.h"

#define EMPTY_POLL_MS 1000 /* should a change of cgroup.events be missed */

struct launcher {
	const char *folder;
	char *const *argv;
	int tool;    /* socket to the tool; -1: it is gone */
	int go;	     /* pipe: closed with an octet in it, the command executes */
	int failure; /* pipe: execvp()'s errno */
	pid_t command;
};

static void tell(const struct launcher *l, enum launcher_event kind, int value)
{
	struct launcher_message message = {.kind = kind, .value = value};

	if (l->tool >= 0 && write(l->tool, &message, sizeof(message)) < 0)
		return; /* the tool is gone: nobody wants to know */
}

/* ---- The command, before it executes -------------------------------------------------------- */

static bool read_id(const char *name, uint32_t *id)
{
	const char *text = getenv(name);
	uint64_t number;

	if (!text || !parse_unsigned(text, 1, UINT32_MAX - 1, &number))
		return false;
	*id = (uint32_t)number;
	return true;
}

/* Under sudo the command is the invoking user's: only the tracing needs root. */
static bool become_invoking_user(void)
{
	const struct passwd *user;
	uint32_t uid, gid;

	if (geteuid() != 0 || !read_id("SUDO_UID", &uid) || !read_id("SUDO_GID", &gid))
		return true;
	user = getpwuid(uid);
	if (user) {
		setenv("HOME", user->pw_dir, 1);
		setenv("USER", user->pw_name, 1);
		setenv("LOGNAME", user->pw_name, 1);
	}
	if ((user ? initgroups(user->pw_name, gid) : setgroups(0, NULL)) < 0)
		return false;
	return setgid(gid) == 0 && setuid(uid) == 0;
}

static void execute(const struct launcher *l, int go, int failure)
{
	char octet;
	int code;

	/* No octet: the tool gave up. */
	if (read(go, &octet, 1) != 1)
		_exit(0);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	if (become_invoking_user())
		execvp(l->argv[0], l->argv);
	code = errno;
	if (write(failure, &code, sizeof(code)) < 0)
		_exit(126);
	_exit(127);
}

static bool fork_command(struct launcher *l)
{
	int go[2], failure[2];

	if (pipe2(go, O_CLOEXEC) < 0 || pipe2(failure, O_CLOEXEC) < 0)
		return false;
	l->command = fork();
	if (l->command == 0) {
		close(go[1]);
		close(l->tool);
		execute(l, go[0], failure[1]);
	}
	close(go[0]);
	close(failure[1]);
	l->go = go[1];
	l->failure = failure[0];
	return l->command > 0;
}

/* ---- The launcher --------------------------------------------------------------------------- */

static bool move_command(const struct launcher *l)
{
	char path[LAUNCHER_PATH_MAX + 32], pid[24];
	int n = snprintf(pid, sizeof(pid), "%d", (int)l->command), fd;
	bool moved;

	snprintf(path, sizeof(path), "%s/cgroup.procs", l->folder);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	moved = write(fd, pid, (size_t)n) == n;
	close(fd);
	return moved;
}

static void take_word(struct launcher *l)
{
	char word;

	if (read(l->tool, &word, 1) != 1) {
		close(l->tool);
		l->tool = -1;
	} else if (word == LAUNCHER_START && l->go >= 0) {
		if (write(l->go, &word, 1) != 1)
			kill(l->command, SIGKILL);
		close(l->go);
		l->go = -1;
	} else if (word == LAUNCHER_TERMINATE) {
		kill(l->command, SIGTERM);
	}
	/* Never started: it shall not wait for ever. */
	if (l->tool < 0 && l->go >= 0) {
		close(l->go);
		l->go = -1;
	}
}

static void report_end(struct launcher *l)
{
	int status = 0, code = 0;

	while (waitpid(l->command, &status, 0) < 0 && errno == EINTR)
		;
	if (read(l->failure, &code, sizeof(code)) == (ssize_t)sizeof(code))
		tell(l, LAUNCHER_NOT_EXECUTED, code);
	else
		tell(l, LAUNCHER_ENDED,
		     WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static void wait_for_end(struct launcher *l)
{
	struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};

	fds[0].fd = (int)syscall(SYS_pidfd_open, l->command, 0);
	fds[1].fd = l->tool;
	do {
		if (poll(fds, 2, -1) > 0 && fds[1].revents)
			take_word(l);
		fds[1].fd = l->tool; /* poll() passes over -1 */
	} while (!fds[0].revents);
}

/* What the command left running keeps the folder; its last process' end is waited for. */
static void remove_cgroup(const struct launcher *l)
{
	char path[LAUNCHER_PATH_MAX + 32], text[256];
	struct pollfd events = {.events = POLLPRI};

	snprintf(path, sizeof(path), "%s/cgroup.events", l->folder);
	events.fd = open(path, O_RDONLY | O_CLOEXEC);
	while (rmdir(l->folder) < 0 && errno == EBUSY) {
		if (events.fd < 0 || pread(events.fd, text, sizeof(text), 0) < 0)
			break;
		poll(&events, 1, EMPTY_POLL_MS);
	}
}

/* Ctrl-C is the command's; nobody shall wait for a pipe that only this process holds open. */
static void let_go_of_terminal(void)
{
	static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGUSR1};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
}

static void run(struct launcher *l)
{
	if (!fork_command(l)) {
		tell(l, LAUNCHER_NOT_MOVED, errno);
		rmdir(l->folder);
		_exit(1);
	}
	let_go_of_terminal();
	if (move_command(l)) {
		tell(l, LAUNCHER_READY, 0);
	} else {
		tell(l, LAUNCHER_NOT_MOVED, errno);
		close(l->go);
		l->go = -1;
	}
	wait_for_end(l);
	report_end(l);
	if (l->tool >= 0)
		close(l->tool);
	remove_cgroup(l);
	_exit(0);
}

int launcher_start(const char *folder, char *const argv[])
{
	struct launcher l = {.folder = folder, .argv = argv, .go = -1};
	int pair[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	l.tool = pair[1];
	child = fork();
	if (child == 0) {
		close(pair[0]);
		run(&l);
	}
	close(pair[1]);
	if (child > 0)
		return pair[0];
	close(pair[0]);
	return -1;
}
