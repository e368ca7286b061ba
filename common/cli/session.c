/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/session.h"

#include <signal.h>

#include "capture/file.h"
#include "capture/sockets.h"
#include "cli/privileges.h"

enum options_result session_check(const struct tool *tool, const struct shared_options *options,
				  char *const command[])
{
	const struct capture_config *config = &options->capture;

	if (command[0] && config->cgroup)
		return options_usage_error(tool,
					   "a command has a cgroup of its own: not with --cgroup");
	if (command[0] && config->file)
		return options_usage_error(tool, "either a capture file or a command");
	if (config->file && config->cgroup)
		return options_usage_error(tool, "a capture file has no cgroup: not with --cgroup");
	return OPTIONS_RUN;
}

static bool prepare_command(struct session *s, struct capture_config *config, char *const command[],
			    char error[SOURCE_ERROR_MAX])
{
	s->command = command_new(command, error);
	if (!s->command)
		return false;
	config->cgroup = command_cgroup(s->command);
	signal(SIGINT, SIG_IGN);
	return true;
}

bool session_open(struct session *s, struct shared_options *options, char *const command[],
		  char error[SOURCE_ERROR_MAX])
{
	struct capture_config *config = &options->capture;

	*s = (struct session){0};
	if (command[0] && !prepare_command(s, config, command, error))
		return false;
	s->source = config->file ? file_open(config, error) : sockets_open(config, error);
	return s->source && privileges_drop(config->verbose, error);
}

void session_start(struct session *s)
{
	if (s->command)
		command_start(s->command);
}

bool session_ended(struct session *s)
{
	return s->command && command_ended(s->command);
}

bool session_interrupted(struct session *s)
{
	if (!s->command)
		return true;
	command_terminate(s->command);
	return false;
}

int session_close(struct session *s, int status)
{
	int commands = s->command ? command_status(s->command) : 0;

	if (s->source)
		s->source->operations->close(s->source);
	command_free(s->command);
	return status || commands < 0 ? status : commands;
}
