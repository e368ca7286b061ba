/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/kernel.h"
#include "capture/cgroup.h"
#include "cli/launcher.h"

struct command {
	char cgroup[LAUNCHER_PATH_MAX];
	const char *name; /* argv[0] */
	int launcher;	  /* socket */
	int status;	  /* -1: not known yet */
};

static struct command *fail(struct command *c, char error[SOURCE_ERROR_MAX], const char *what,
			    int code)
{
	kernel_explain(error, SOURCE_ERROR_MAX, what, code);
	command_free(c);
	return NULL;
}

static bool make_cgroup(struct command *c)
{
	char root[LAUNCHER_PATH_MAX - 64];

	if (!cgroup_mount(root, sizeof(root))) {
		errno = ENOENT;
		return false;
	}
	snprintf(c->cgroup, sizeof(c->cgroup), "%s/bcc-dnstools-%d", root, (int)getpid());
	return mkdir(c->cgroup, 0755) == 0 || errno == EEXIST;
}

struct command *command_new(char *const argv[], char error[SOURCE_ERROR_MAX])
{
	struct command *c = calloc(1, sizeof(*c));
	struct launcher_message ready;

	if (!c)
		return fail(c, error, "command", ENOMEM);
	c->name = argv[0];
	c->status = c->launcher = -1;
	if (!make_cgroup(c))
		return fail(c, error, "cannot make a folder of cgroup v2 for the command", errno);
	c->launcher = launcher_start(c->cgroup, argv);
	if (c->launcher < 0)
		return fail(c, error, "cannot start the command", errno);
	if (read(c->launcher, &ready, sizeof(ready)) != sizeof(ready))
		return fail(c, error, "cannot start the command", EPIPE);
	if (ready.kind != LAUNCHER_READY)
		return fail(c, error, "cannot move the command into its cgroup", ready.value);
	fcntl(c->launcher, F_SETFL, O_NONBLOCK);
	return c;
}

const char *command_cgroup(const struct command *c)
{
	return c->cgroup;
}

static void say(const struct command *c, char word)
{
	/* Where the launcher is gone there is nothing left to tell it. */
	if (write(c->launcher, &word, 1) != 1)
		return;
}

void command_start(struct command *c)
{
	say(c, LAUNCHER_START);
}

void command_terminate(struct command *c)
{
	say(c, LAUNCHER_TERMINATE);
}

static void take_message(struct command *c, const struct launcher_message *message)
{
	if (message->kind == LAUNCHER_ENDED) {
		c->status = message->value;
		return;
	}
	c->status = message->value == ENOENT ? COMMAND_NOT_FOUND : COMMAND_NOT_EXECUTABLE;
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, c->name,
		message->value == ENOENT ? "command not found" : strerror(message->value));
}

bool command_ended(struct command *c)
{
	struct launcher_message message;
	ssize_t n;

	if (c->status >= 0)
		return true;
	n = read(c->launcher, &message, sizeof(message));
	if (n == (ssize_t)sizeof(message))
		take_message(c, &message);
	else if (n == 0) /* somebody killed the launcher: nobody will tell */
		c->status = COMMAND_LOST;
	return c->status >= 0;
}

int command_status(struct command *c)
{
	return command_ended(c) ? c->status : -1;
}

void command_free(struct command *c)
{
	if (!c)
		return;
	if (c->launcher >= 0)
		close(c->launcher);
	else
		rmdir(c->cgroup);
	free(c);
}
