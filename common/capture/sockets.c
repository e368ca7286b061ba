/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sockets.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpf/kernel.h"
#include "bpf/loader.h"
#include "capture/cgroup.h"
#include "capture/intake.h"
#include "capture/owners.h"
#include "capture/probes.h"
#include "capture/program.h"
#include "capture/ring.h"

enum socket_map { MAP_OWNERS, MAP_LOSSES, MAP_CONTROL, MAP_COUNT };

struct sockets {
	struct source source;
	struct loader_result loaded;
	struct program_hook hooks[PROGRAM_HOOKS_MAX];
	size_t hook_count;
	int links[PROGRAM_HOOKS_MAX];
	struct owners_result *owners;
	struct ring *ring;
	struct probes probes; /* their programs are loaded behind those of the hooks */
};

static int sockets_poll(struct source *source, int timeout_ms, packet_fn fn, void *context)
{
	struct sockets *s = (struct sockets *)source;

	intake_target(source->intake, fn, context);
	return ring_poll(s->ring, timeout_ms);
}

static void sockets_stats(struct source *source, struct source_stats *stats)
{
	struct sockets *s = (struct sockets *)source;

	intake_stats(source->intake, stats);
	ring_add_losses(s->ring, stats);
}

static void close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void sockets_close(struct source *source)
{
	struct sockets *s = (struct sockets *)source;

	close_all(s->links, s->hook_count);
	probes_close(&s->probes);
	ring_close(s->ring);
	close_all(&s->loaded.ring, 1);
	close_all(s->loaded.programs, LOADER_PROGRAMS_MAX);
	close_all(s->loaded.maps, MAP_COUNT);
	if (s->owners)
		close_all(s->owners->icmp, s->owners->icmp_count);
	free(s->owners);
	intake_free(source->intake);
	free(s);
}

static const struct source_operations sockets_operations = {
	.poll = sockets_poll,
	.stats = sockets_stats,
	.close = sockets_close,
};

/* A line for -v. */
static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

static bool load(struct sockets *s, const struct capture_config *config, char *error)
{
	static const char *const maps[MAP_COUNT] = {"owners", "losses", "control"};
	struct loader_program programs[PROGRAM_HOOKS_MAX + PROBES_PROGRAMS_MAX];
	char *text = program_text(config, &s->probes);
	struct loader_request request = {
		.text = text,
		.programs = programs,
		.program_count = s->hook_count,
		.maps = maps,
		.map_count = MAP_COUNT,
		.ring_size = config->ring_kib * 1024,
		.verbose = config->verbose,
	};
	bool loaded;

	if (!text) {
		snprintf(error, SOURCE_ERROR_MAX, "out of memory");
		return false;
	}
	for (size_t i = 0; i < s->hook_count; i++)
		programs[i] = s->hooks[i].program;
	request.optional_count = probes_programs(&s->probes, programs + s->hook_count);
	request.program_count += request.optional_count;
	loaded = loader_load(&s->loaded, &request, error);
	free(text);
	return loaded;
}

static bool attach_hook(struct sockets *s, size_t i, int cgroup, bool verbose, char *error)
{
	const struct program_hook *hook = &s->hooks[i];
	char what[128];

	s->links[i] = bpf_link_create(s->loaded.programs[i], cgroup, hook->program.attach, NULL);
	if (s->links[i] >= 0)
		return true;
	if (hook->optional) {
		if (verbose)
			note("%s cannot be attached (%s): %s", hook->program.function,
			     strerror(errno), hook->without);
		return true;
	}
	snprintf(what, sizeof(what), "cannot attach %s to the cgroup", hook->program.function);
	kernel_explain(error, SOURCE_ERROR_MAX, what, errno);
	return false;
}

static bool attach(struct sockets *s, const struct capture_config *config, char *error)
{
	int cgroup = cgroup_open(config->cgroup, error, SOURCE_ERROR_MAX);
	bool attached = cgroup >= 0;

	for (size_t i = 0; attached && i < s->hook_count; i++)
		attached = attach_hook(s, i, cgroup, config->verbose, error);
	close_all(&cgroup, 1);
	if (attached)
		probes_attach(&s->probes, config, s->loaded.programs + s->hook_count,
			      s->loaded.refused + s->hook_count);
	return attached;
}

static bool open_ring(struct sockets *s, char *error)
{
	s->ring = ring_open(s->loaded.ring, s->loaded.maps[MAP_LOSSES], s->loaded.maps[MAP_CONTROL],
			    s->source.intake, error);
	if (s->ring && s->probes.reasons)
		ring_reasons(s->ring, drop_reason_name, s->probes.reasons);
	return s->ring != NULL;
}

static void scan_owners(struct sockets *s, const struct capture_config *config)
{
	struct owners_config scan = {
		.ports = config->ports,
		.port_count = config->port_count,
		.servers = !config->no_server,
		.map = s->loaded.maps[MAP_OWNERS],
	};

	s->owners = calloc(1, sizeof(*s->owners));
	if (!s->owners || !owners_scan(s->owners, &scan)) {
		if (config->verbose)
			note("sockets older than this tool have no process: %s", strerror(errno));
		return;
	}
	if (config->verbose)
		note("%u older sockets in %u network namespaces, %u passed over, %u ICMP listeners",
		     s->owners->sockets, s->owners->namespaces, s->owners->passed_over,
		     s->owners->icmp_count);
	if (config->verbose && !s->loaded.has_task_offsets)
		note("no BTF, or locked down: COMM is the thread's name, and a child that sends "
		     "on its parent's connected socket is not told apart");
}

static struct sockets *sockets_new(const struct capture_config *config)
{
	struct sockets *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->source.intake = intake_new();
	if (!s->source.intake) {
		free(s);
		return NULL;
	}
	s->source.operations = &sockets_operations;
	s->hook_count = program_hooks(s->hooks, config);
	s->loaded.ring = -1;
	memset(s->links, -1, sizeof(s->links));
	memset(s->loaded.programs, -1, sizeof(s->loaded.programs));
	memset(s->loaded.maps, -1, sizeof(s->loaded.maps));
	return s;
}

struct source *sockets_open(const struct capture_config *config, char error[SOURCE_ERROR_MAX])
{
	struct sockets *s = sockets_new(config);

	if (!s) {
		snprintf(error, SOURCE_ERROR_MAX, "out of memory");
		return NULL;
	}
	/* The hooks first, then the look at older sockets: so none falls between. */
	if (!load(s, config, error) || !open_ring(s, error) || !attach(s, config, error)) {
		sockets_close(&s->source);
		return NULL;
	}
	scan_owners(s, config);
	return &s->source;
}
