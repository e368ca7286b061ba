/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sinks are given as, and their opening.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "export/sink_state.h"

#define NS_PER_SECOND 1000000000ULL

static const struct sink_limits default_limits = {
	.syslog = "/dev/log",
	.queue = 1 << 20,
	.first_retry = NS_PER_SECOND,
	.longest_retry = 60 * NS_PER_SECOND,
	.oldest = 300 * NS_PER_SECOND,
	.answer = 10 * NS_PER_SECOND,
};

static const struct sink_backend *const backends[] = {&sink_file, &sink_syslog, &sink_webhook};

/* ---- Specs ---------------------------------------------------------------------------------- */

static const struct sink_backend *find_backend(const char *spec, const char **argument)
{
	size_t length = strcspn(spec, ":");

	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		if (strlen(backends[i]->kind) != length ||
		    strncmp(backends[i]->kind, spec, length) != 0)
			continue;
		*argument = spec + length + (spec[length] == ':');
		return backends[i];
	}
	*argument = "";
	return NULL;
}

bool sink_check(const char *spec, char error[SINK_ERROR_MAX])
{
	const char *argument;
	const struct sink_backend *backend = find_backend(spec, &argument);

	if (backend)
		return backend->check(argument, error);
	snprintf(error, SINK_ERROR_MAX, "is not file:PATH, syslog[:FACILITY] or webhook:URL");
	return false;
}

/* A webhook's URL is often its password: only its host is told. */
static char *make_name(const struct sink_target *target)
{
	const char *text = target->argument, *end;
	char *name = NULL;

	if (target->backend == &sink_webhook) {
		text = strstr(text, "://") ? strstr(text, "://") + 3 : text;
		end = text + strcspn(text, "/?#");
		for (const char *c = text; c < end; c++)
			if (*c == '@')
				text = c + 1;
	} else {
		end = text + strlen(text);
	}
	if (asprintf(&name, "%s%s%.*s", target->backend->kind, *text ? ":" : "", (int)(end - text),
		     text) < 0)
		return NULL;
	return name;
}

/* ---- Opening -------------------------------------------------------------------------------- */

static struct sink *fail(struct sink *sink, const char *spec, const char *why,
			 char error[SINK_ERROR_MAX])
{
	snprintf(error, SINK_ERROR_MAX, "alert sink '%.200s': %.250s",
		 sink && sink->name ? sink->name : spec, why);
	if (sink)
		sink_free(sink);
	return NULL;
}

static bool fork_child(struct sink *sink)
{
	struct sink_target *target = &sink->target;
	const int keep[] = {target->fd, target->wake};

	if (!child_fork(&target->process, keep, sizeof(keep) / sizeof(keep[0])))
		return false;
	if (target->process.pid == 0)
		sink_target_run(target);
	/* No child of another sink shall see these alerts; the file is this one's alone. */
	madvise(target->queue, sizeof(*target->queue) + target->queue->size, MADV_DONTFORK);
	if (target->fd >= 0)
		close(target->fd);
	target->fd = -1;
	return true;
}

static bool prepare(struct sink *sink, const char *spec, const struct sink_limits *limits)
{
	struct sink_target *target = &sink->target;

	target->fd = target->wake = target->process.other = -1;
	sink->limits = limits ? *limits : default_limits;
	target->limits = &sink->limits;
	sink->spec = strdup(spec);
	if (!sink->spec)
		return false;
	target->backend = find_backend(sink->spec, &target->argument);
	sink->name = make_name(target);
	target->queue = sink_queue_new(sink->limits.queue);
	target->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return sink->name && target->queue && target->wake >= 0;
}

struct sink *sink_open_with(const char *spec, const struct sink_limits *limits,
			    char error[SINK_ERROR_MAX])
{
	struct sink *sink;
	char why[SINK_ERROR_MAX];

	if (!sink_check(spec, why))
		return fail(NULL, spec, why, error);
	sink = calloc(1, sizeof(*sink));
	if (!sink || !prepare(sink, spec, limits))
		return fail(sink, spec, strerror(errno), error);
	if (sink->target.backend->open && !sink->target.backend->open(&sink->target, why))
		return fail(sink, spec, why, error);
	if (!fork_child(sink))
		return fail(sink, spec, strerror(errno), error);
	return sink;
}

struct sink *sink_open(const char *spec, char error[SINK_ERROR_MAX])
{
	return sink_open_with(spec, NULL, error);
}
