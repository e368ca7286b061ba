/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/interface.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/kernel.h"
#include "capture/attach.h"
#include "capture/hooks.h"
#include "capture/intake.h"
#include "capture/interface_program.h"
#include "capture/netdev.h"
#include "capture/note.h"

struct watched {
	uint32_t index;
	const char *name; /* as it was asked for */
	bool gone;
};

struct interface {
	struct source source;
	struct hooks hooks;
	size_t cgroup_hooks;
	struct netdevs devices;
	bool devices_changed; /* since the last look for those that have gone */
	struct attachments attached;
	struct watched watched[CAPTURE_INTERFACES_MAX];
	unsigned int count; /* of these; 0: any */
};

/* Those that have gone since the last look; true when none is left. */
static bool look_for_gone(struct interface *s)
{
	unsigned int left = 0, last = 0;

	for (unsigned int i = 0; i < s->count; i++)
		left += !s->watched[i].gone;
	for (unsigned int i = 0; i < s->count; i++) {
		struct watched *w = &s->watched[i];

		if (w->gone || netdevs_find(&s->devices, w->index))
			continue;
		w->gone = true;
		last = i;
		if (--left)
			note("%s: the interface is gone", w->name);
	}
	if (left || s->count == 0)
		return false;
	snprintf(s->source.error, SOURCE_ERROR_MAX, "%s: the interface is gone",
		 s->watched[last].name);
	return true;
}

static int interface_poll(struct source *source, int timeout_ms, packet_fn fn, void *context)
{
	struct interface *s = (struct interface *)source;
	int error;

	intake_target(source->intake, fn, context);
	error = ring_poll(s->hooks.ring, timeout_ms);
	source->behind = ring_behind(s->hooks.ring);
	s->devices_changed |= netdevs_update(&s->devices);
	if (error < 0 || !s->devices_changed)
		return error;
	s->devices_changed = false;
	if (!look_for_gone(s))
		return error;
	error = ring_poll(s->hooks.ring, 0);
	return error < 0 ? error : SOURCE_END;
}

static void interface_flush(struct source *source)
{
	ring_flush(((struct interface *)source)->hooks.ring);
	source->behind = 0;
}

static void interface_stats(struct source *source, struct source_stats *stats)
{
	struct interface *s = (struct interface *)source;

	intake_stats(source->intake, stats);
	ring_add_losses(s->hooks.ring, stats);
	if (s->hooks.novelty)
		novelty_stats(s->hooks.novelty, stats);
}

/* Packets of a new interface may be handed over before the news of it is read. */
static const struct netdev *find_device(struct interface *s, uint32_t ifindex)
{
	const struct netdev *device = netdevs_find(&s->devices, ifindex);

	if (device)
		return device;
	s->devices_changed |= netdevs_update(&s->devices);
	return netdevs_find(&s->devices, ifindex);
}

static const char *interface_name(struct source *source, uint32_t ifindex)
{
	struct interface *s = (struct interface *)source;
	const struct netdev *device = find_device(s, ifindex);

	for (unsigned int i = 0; !device && i < s->count; i++)
		if (s->watched[i].index == ifindex)
			return s->watched[i].name; /* gone */
	return device ? device->name : NULL;
}

static void interface_close(struct source *source)
{
	struct interface *s = (struct interface *)source;

	attachments_close(&s->attached);
	hooks_close(&s->hooks);
	netdevs_close(&s->devices);
	intake_free(source->intake);
	free(s);
}

static const struct source_operations interface_operations = {
	.poll = interface_poll,
	.flush = interface_flush,
	.stats = interface_stats,
	.interface_name = interface_name,
	.close = interface_close,
};

static bool no_such(const struct interface *s, const char *name, char *error)
{
	size_t n = (size_t)snprintf(error, SOURCE_ERROR_MAX, "%s: no such interface: there %s",
				    name, s->devices.count == 1 ? "is" : "are");

	for (size_t i = 0; i < s->devices.count && n + IF_NAMESIZE + 8 < SOURCE_ERROR_MAX; i++)
		n += (size_t)snprintf(error + n, SOURCE_ERROR_MAX - n, "%s %s", i ? "," : "",
				      s->devices.list[i].name);
	return false;
}

static bool is_watched(const struct interface *s, uint32_t index)
{
	for (unsigned int i = 0; i < s->count; i++)
		if (s->watched[i].index == index)
			return true;
	return false;
}

/* Starts all the same: it may come up. */
static void say_state(const struct netdev *device, const char *name)
{
	if (!(device->flags & IFF_UP))
		note("%s: the interface is down: nothing is seen until it is up", name);
	else if (!(device->flags & IFF_RUNNING))
		note("%s: the interface has no carrier: nothing is seen until it has", name);
}

static bool find_interfaces(struct interface *s, const struct capture_config *config, char *error)
{
	for (unsigned int i = 0; i < config->interface_count; i++) {
		const char *name = config->interfaces[i];
		uint32_t index = strcmp(name, "any") ? if_nametoindex(name) : 0;
		const struct netdev *device = netdevs_find(&s->devices, index);

		if (strcmp(name, "any") == 0)
			continue;
		if (!device)
			return no_such(s, name, error);
		if (is_watched(s, index))
			continue;
		say_state(device, name);
		s->watched[s->count++] = (struct watched){.index = index, .name = name};
	}
	if (interface_is_any(config))
		s->count = 0;
	return true;
}

static bool open_links(struct interface *s, const struct capture_config *config, char *error)
{
	if (netdevs_open(&s->devices))
		return find_interfaces(s, config, error);
	snprintf(error, SOURCE_ERROR_MAX, "cannot list the network interfaces: %s",
		 strerror(errno));
	return false;
}

static bool is_possible(enum capture_hook hook, char *error)
{
	if (hook != CAPTURE_HOOK_TCX || kernel_at_least(6, 6))
		return true;
	snprintf(error, SOURCE_ERROR_MAX, "--hook tcx needs Linux 6.6 or later: use --hook socket");
	return false;
}

/* Interfaces are watched without processes where the cgroup is not to be had. */
static void attach_owners(struct interface *s, const struct capture_config *config)
{
	char why[SOURCE_ERROR_MAX];

	if (hooks_attach(&s->hooks, s->cgroup_hooks, config, why)) {
		hooks_scan_owners(&s->hooks, config, true);
		return;
	}
	hooks_detach(&s->hooks);
	if (config->verbose)
		note("processes are not known: %s", why);
}

static bool attach_all(struct interface *s, enum capture_hook hook,
		       const struct capture_config *config, char *error)
{
	const int *programs = s->hooks.loaded.programs + s->cgroup_hooks;

	if (s->count == 0)
		return attach_any(&s->attached, hook, programs, &s->devices, config->verbose,
				  error);
	for (unsigned int i = 0; i < s->count; i++)
		if (!attach_interface(&s->attached, hook, programs, s->watched[i].index,
				      s->watched[i].name, config->verbose, error))
			return false;
	return true;
}

static bool open_all(struct interface *s, const struct capture_config *config, char *error)
{
	enum capture_hook hook = interface_hook(config);

	if (!is_possible(hook, error) || !open_links(s, config, error))
		return false;
	s->hooks.count = interface_program_hooks(s->hooks.list, hook, &s->cgroup_hooks);
	if (!hooks_load(&s->hooks, interface_program_for(config, &s->devices), config,
			s->source.intake, error))
		return false;
	if (config->verbose && config->novelty.wanted)
		note(s->hooks.novelty ? "what repeats is counted in the kernel"
				      : "this kernel cannot count what repeats at this hook: all "
					"packets are handed over");
	/* The processes first, so that no packet precedes them. */
	attach_owners(s, config);
	return attach_all(s, hook, config, error);
}

struct source *interface_open(const struct capture_config *config, char error[SOURCE_ERROR_MAX])
{
	struct interface *s = calloc(1, sizeof(*s));

	if (!s || !(s->source.intake = intake_new())) {
		free(s);
		snprintf(error, SOURCE_ERROR_MAX, "out of memory");
		return NULL;
	}
	s->source.operations = &interface_operations;
	s->devices.netlink = -1;
	hooks_init(&s->hooks);
	if (open_all(s, config, error))
		return &s->source;
	interface_close(&s->source);
	return NULL;
}
