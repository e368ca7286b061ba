/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/interface_program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/embedded.h"
#include "bpf/kernel.h"
#include "capture/interface.h"

/* No attach type is looked at when these are loaded. */
#define NONE ((enum bpf_attach_type)0)

#define WITHOUT_FLOWS "processes are unknown"

static const struct program_hook flow_hook = {
	{"on_flow", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS}, false, WITHOUT_FLOWS};

static const struct program_hook tcx_hooks[] = {
	{{"on_ingress", BPF_PROG_TYPE_SCHED_CLS, NONE}, false, NULL},
	{{"on_egress", BPF_PROG_TYPE_SCHED_CLS, NONE}, false, NULL},
};

static const struct program_hook socket_hook = {
	{"on_frame", BPF_PROG_TYPE_SOCKET_FILTER, NONE}, false, NULL};

static const struct program_hook xdp_hook = {{"on_xdp", BPF_PROG_TYPE_XDP, BPF_XDP}, false, NULL};

bool interface_is_any(const struct capture_config *config)
{
	for (unsigned int i = 0; i < config->interface_count; i++)
		if (strcmp(config->interfaces[i], "any") == 0)
			return true;
	return false;
}

/* One socket sees all interfaces, also those that come later: so it is better for "any". */
enum capture_hook interface_hook(const struct capture_config *config)
{
	if (config->hook != CAPTURE_HOOK_DEFAULT)
		return config->hook;
	if (interface_is_any(config) || !kernel_at_least(6, 6))
		return CAPTURE_HOOK_SOCKET;
	return CAPTURE_HOOK_TCX;
}

size_t interface_program_hooks(struct program_hook hooks[PROGRAM_HOOKS_MAX], enum capture_hook hook,
			       size_t *cgroup)
{
	size_t n = program_owner_hooks(hooks, true);

	hooks[n++] = flow_hook;
	*cgroup = n;
	if (hook == CAPTURE_HOOK_TCX) {
		hooks[n++] = tcx_hooks[0];
		hooks[n++] = tcx_hooks[1];
	} else {
		hooks[n++] = hook == CAPTURE_HOOK_XDP ? xdp_hook : socket_hook;
	}
	return n;
}

static bool is_watched(const struct capture_config *config, const struct netdev *device)
{
	for (unsigned int i = 0; i < config->interface_count; i++)
		if (if_nametoindex(config->interfaces[i]) == device->index)
			return true;
	return interface_is_any(config);
}

static void write_raw_ip(FILE *out, const struct capture_config *config,
			 const struct netdevs *devices)
{
	fprintf(out, "#define IS_RAW_IP(ifindex) (0");
	for (size_t i = 0; i < devices->count; i++)
		if (netdev_is_raw_ip(&devices->list[i]) && is_watched(config, &devices->list[i]))
			fprintf(out, " || (ifindex) == %u", devices->list[i].index);
	fprintf(out, ")\n");
}

static void write_hook(FILE *out, enum capture_hook hook)
{
	static const char *const names[] = {
		[CAPTURE_HOOK_TCX] = "HOOK_TCX",
		[CAPTURE_HOOK_SOCKET] = "HOOK_SOCKET",
		[CAPTURE_HOOK_XDP] = "HOOK_XDP",
	};

	fprintf(out, "#define %s\n", names[hook]);
	if (hook == CAPTURE_HOOK_XDP && kernel_at_least(5, 18))
		fprintf(out, "#define HAS_XDP_LOAD_BYTES\n");
}

/* Whose a packet is cannot be told here before its answer: that is filtered later. */
static struct capture_config for_everybody(const struct capture_config *config)
{
	struct capture_config all = *config;

	all.no_client = all.no_server = false;
	all.has_pid = all.has_tid = all.has_uid = all.has_comm = false;
	return all;
}

char *interface_program_for(const struct capture_config *config, const struct netdevs *devices)
{
	struct capture_config all = for_everybody(config);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	program_write_defines(out, &all);
	write_hook(out, interface_hook(config));
	write_raw_ip(out, config, devices);
	fprintf(out, "\n%s", interface_bpf_text);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

char *interface_program_text(const struct capture_config *config)
{
	struct netdevs devices = {.netlink = -1};
	char *text;

	netdevs_open(&devices); /* without, none is known to be raw */
	text = interface_program_for(config, &devices);
	netdevs_close(&devices);
	return text;
}
