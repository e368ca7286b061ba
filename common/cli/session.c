/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/cgroup.h"
#include "capture/cgroup_paths.h"
#include "capture/file.h"
#include "capture/intake.h"
#include "capture/interface.h"
#include "capture/sockets.h"
#include "capture/writer.h"
#include "cli/privileges.h"

enum options_result session_check(const struct tool *tool, const struct shared_options *options,
				  char *const command[])
{
	const struct capture_config *config = &options->capture;
	const struct {
		bool given;
		const char *problem;
	} rules[] = {
		{config->hook != CAPTURE_HOOK_DEFAULT && !config->interface_count,
		 "--hook needs an interface: -i IFACE"},
		{config->interface_count && config->cgroup,
		 "-i shows packets of all processes: leave out --cgroup, or -i"},
		{config->interface_count && config->file, "either -r FILE or -i IFACE"},
		{config->interface_count && command[0],
		 "-i shows packets of all processes: leave out the command, or -i"},
		{config->file && config->cgroup, "a capture file has no cgroup: not with --cgroup"},
		{config->file && command[0], "either a capture file or a command"},
		{config->cgroup && command[0],
		 "a command has a cgroup of its own: not with --cgroup"},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].given)
			return options_usage_error(tool, "%s", rules[i].problem);
	return OPTIONS_RUN;
}

static struct source *source_open(const struct capture_config *config, struct cgroups *cgroups,
				  char error[SOURCE_ERROR_MAX])
{
	if (config->file)
		return file_open(config, cgroups, error);
	return config->interface_count ? interface_open(config, error)
				       : sockets_open(config, error);
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

bool session_is_live(const struct shared_options *options)
{
	return !options->capture.file;
}

static bool open_source(struct session *s, const struct capture_config *config,
			char error[SOURCE_ERROR_MAX])
{
	s->cgroups = cgroups_new();
	if (!s->cgroups) {
		snprintf(error, SOURCE_ERROR_MAX, "not enough memory");
		return false;
	}
	if (!config->file)
		cgroups_live(s->cgroups, cgroup_open(NULL, error, SOURCE_ERROR_MAX));
	s->source = source_open(config, s->cgroups, error);
	return s->source;
}

static bool get_status(const char *path, int standard, struct stat *status)
{
	return (strcmp(path, "-") ? stat(path, status) : fstat(standard, status)) == 0;
}

/* It would be cut before it is read, or never end. */
static bool is_same_file(const char *read, const char *written)
{
	struct stat in, out;

	return get_status(read, STDIN_FILENO, &in) && get_status(written, STDOUT_FILENO, &out) &&
	       S_ISREG(in.st_mode) && in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

static bool open_writer(struct session *s, const struct shared_options *options,
			char error[SOURCE_ERROR_MAX])
{
	const char *path = options->write, *read = options->capture.file;

	s->write = path;
	if (!path)
		return true;
	if (read && is_same_file(read, path)) {
		snprintf(error, SOURCE_ERROR_MAX, "-w %s: this is what -r reads: name another file",
			 path);
		return false;
	}
	s->writer = writer_open(path, s->source, s->cgroups, error);
	if (s->writer)
		intake_tap(s->source->intake, writer_packet, s->writer);
	return s->writer;
}

bool session_open(struct session *s, struct shared_options *options, char *const command[],
		  char error[SOURCE_ERROR_MAX])
{
	struct capture_config *config = &options->capture;

	*s = (struct session){0};
	if (command[0] && !prepare_command(s, config, command, error))
		return false;
	return open_source(s, config, error) && open_writer(s, options, error) &&
	       privileges_drop(config->verbose, error);
}

void session_clock(struct session *s, uint64_t offset)
{
	if (s->writer)
		writer_clock(s->writer, offset);
}

bool session_flush(struct session *s)
{
	if (s->writer && !s->write_error)
		s->write_error = -writer_flush(s->writer);
	return !s->write_error;
}

void session_finish(struct session *s, uint64_t now)
{
	if (s->writer)
		writer_end(s->writer, now);
}

/* A reader that closed the pipe is as quiet here as on standard output. */
static bool close_writer(struct session *s)
{
	int error = s->writer ? -writer_close(s->writer) : 0;

	if (!s->write_error)
		s->write_error = error;
	if (!s->write_error || s->write_error == EPIPE)
		return true;
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, s->write,
		strerror(s->write_error));
	return false;
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

	if (!close_writer(s) && status == 0)
		status = 1;
	if (s->source)
		s->source->operations->close(s->source);
	cgroups_free(s->cgroups);
	command_free(s->command);
	return status || commands < 0 ? status : commands;
}
