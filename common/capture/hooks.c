/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpf/kernel.h"
#include "bpf/loader.h"
#include "capture/cgroup.h"
#include "capture/note.h"

_Static_assert(PROGRAM_HOOKS_MAX + PROBES_PROGRAMS_MAX + CALLS_PROGRAMS_MAX <= LOADER_PROGRAMS_MAX,
	       "room for all");

enum hooks_map {
	MAP_OWNERS,
	MAP_LOSSES,
	MAP_CONTROL,
	MAP_TALLY,
	MAP_NOVELTY = MAP_TALLY, /* one or the other */
	MAP_COUNT = MAP_TALLY + TALLY_MAPS
};

void hooks_init(struct hooks *h)
{
	memset(h, 0, sizeof(*h));
	h->loaded.ring = -1;
	h->calls.channel = h->calls.files = -1;
	memset(h->links, -1, sizeof(h->links));
	memset(h->loaded.programs, -1, sizeof(h->loaded.programs));
	memset(h->loaded.maps, -1, sizeof(h->loaded.maps));
}

static void close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

static bool load(struct hooks *h, const char *text, const struct capture_config *config,
		 char *error)
{
	static const char *const maps[MAP_TALLY] = {"owners", "losses", "control"};
	const char *wanted[MAP_COUNT];
	struct loader_program programs[LOADER_PROGRAMS_MAX];
	struct loader_request request = {
		.text = text,
		.programs = programs,
		.program_count = h->count,
		.maps = wanted,
		.map_count = MAP_TALLY,
		.ring_size = config->ring_kib * 1024,
		.verbose = config->verbose,
	};

	memcpy(wanted, maps, sizeof(maps));
	if (tally_is_possible(config)) {
		memcpy(wanted + MAP_TALLY, tally_maps, sizeof(tally_maps));
		request.map_count += TALLY_MAPS;
	} else if (novelty_is_possible(config)) {
		wanted[MAP_NOVELTY] = novelty_map;
		request.map_count++;
	}
	for (size_t i = 0; i < h->count; i++)
		programs[i] = h->list[i].program;
	request.optional_count = probes_programs(&h->probes, programs + h->count);
	request.optional_count +=
		calls_programs(&h->calls, programs + h->count + request.optional_count);
	request.program_count += request.optional_count;
	return loader_load(&h->loaded, &request, error);
}

/* Without it, as with a compiler before LLVM 12, all packets are handed over. */
static void open_tally(struct hooks *h, const struct capture_config *config)
{
	h->tally =
		tally_open(h->loaded.maps + MAP_TALLY, config->tally.limit, ring_record, h->ring);
	ring_tally(h->ring, h->tally);
}

static bool open_novelty(struct hooks *h, const struct capture_config *config, char *error)
{
	if (!novelty_is_possible(config))
		return true;
	h->novelty = novelty_open(h->loaded.maps[MAP_NOVELTY]);
	if (!h->novelty)
		kernel_explain(error, SOURCE_ERROR_MAX, "cannot map the counts of repeats", errno);
	return h->novelty;
}

bool hooks_load(struct hooks *h, char *text, const struct capture_config *config,
		struct intake *intake, char error[SOURCE_ERROR_MAX])
{
	bool loaded;

	if (!text) {
		snprintf(error, SOURCE_ERROR_MAX, "out of memory");
		return false;
	}
	loaded = load(h, text, config, error);
	free(text);
	if (!loaded)
		return false;
	h->ring = ring_open(h->loaded.ring, h->loaded.maps[MAP_LOSSES], h->loaded.maps[MAP_CONTROL],
			    intake, error);
	if (h->ring && h->probes.reasons)
		ring_reasons(h->ring, drop_reason_name, h->probes.reasons);
	if (h->ring && tally_is_possible(config))
		open_tally(h, config);
	return h->ring && open_novelty(h, config, error);
}

static bool attach_one(struct hooks *h, size_t i, int cgroup, bool verbose, char *error)
{
	const struct program_hook *hook = &h->list[i];
	char what[128];

	h->links[i] = bpf_link_create(h->loaded.programs[i], cgroup, hook->program.attach, NULL);
	if (h->links[i] >= 0)
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

bool hooks_attach(struct hooks *h, size_t count, const struct capture_config *config,
		  char error[SOURCE_ERROR_MAX])
{
	int cgroup =
		cgroup_open(config->whole_host ? NULL : config->cgroup, error, SOURCE_ERROR_MAX);
	bool attached = cgroup >= 0;

	for (size_t i = 0; attached && i < count; i++)
		attached = attach_one(h, i, cgroup, config->verbose, error);
	close_all(&cgroup, 1);
	return attached;
}

static void attach_calls(struct hooks *h, const struct capture_config *config, size_t first)
{
	struct calls *calls = &h->calls;
	const struct caller_wakeups wakeups = {
		.ring = h->loaded.ring,
		.control = h->loaded.maps[MAP_CONTROL],
	};

	if (!config->calls)
		return;
	calls_attach(calls, h->loaded.programs + first, h->loaded.refused + first, &wakeups);
	if (calls->why_not[0])
		note("calls of getaddrinfo() and the like are not seen: %s", calls->why_not);
	else if (config->verbose)
		note("%u resolver functions in %u C libraries; %u refused, %u libraries passed "
		     "over",
		     calls->report.functions, calls->report.libraries, calls->report.refused,
		     calls->report.passed_over);
}

void hooks_attach_probes(struct hooks *h, const struct capture_config *config)
{
	struct loader_program programs[PROBES_PROGRAMS_MAX];
	size_t behind = h->count + probes_programs(&h->probes, programs);

	probes_attach(&h->probes, config, h->loaded.programs + h->count,
		      h->loaded.refused + h->count);
	attach_calls(h, config, behind);
}

void hooks_scan_owners(struct hooks *h, const struct capture_config *config, bool servers)
{
	char why[SOURCE_ERROR_MAX];
	struct owners_config scan = {
		.ports = config->ports,
		.port_count = config->port_count,
		.servers = servers,
		.map = h->loaded.maps[MAP_OWNERS],
		.cgroups = cgroup_open(NULL, why, sizeof(why)),
	};
	bool scanned;

	h->owners = calloc(1, sizeof(*h->owners));
	scanned = h->owners && owners_scan(h->owners, &scan);
	close_all(&scan.cgroups, 1);
	if (!scanned) {
		if (config->verbose)
			note("sockets older than this tool have no process: %s", strerror(errno));
		return;
	}
	/* An interface shows ICMP errors by itself. */
	if (config->interface_count) {
		close_all(h->owners->icmp, h->owners->icmp_count);
		h->owners->icmp_count = 0;
	}
	if (config->verbose)
		note("%u older sockets in %u network namespaces, %u passed over, %u ICMP listeners",
		     h->owners->sockets, h->owners->namespaces, h->owners->passed_over,
		     h->owners->icmp_count);
	if (config->verbose && !h->loaded.has_task_offsets)
		note("no BTF, or locked down: COMM is the thread's name, and a child that sends "
		     "on its parent's connected socket is not told apart");
}

void hooks_detach(struct hooks *h)
{
	close_all(h->links, PROGRAM_HOOKS_MAX);
}

void hooks_close(struct hooks *h)
{
	hooks_detach(h);
	probes_close(&h->probes);
	calls_close(&h->calls);
	ring_close(h->ring);
	tally_close(h->tally);
	novelty_close(h->novelty);
	close_all(&h->loaded.ring, 1);
	close_all(h->loaded.programs, LOADER_PROGRAMS_MAX);
	close_all(h->loaded.maps, MAP_COUNT);
	if (h->owners)
		close_all(h->owners->icmp, h->owners->icmp_count);
	free(h->owners);
}
