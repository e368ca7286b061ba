/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/attach.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>

#include "bpf/kernel.h"
#include "capture/note.h"

/* linux/bpf.h of 6.6. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_EGRESS  ((enum bpf_attach_type)47)

/* Takes `fd` over; false when there is none, or no memory. errno stays. */
static bool keep(struct attachments *a, int fd)
{
	int *fds;

	if (fd < 0)
		return false;
	fds = realloc(a->fds, (a->count + 1) * sizeof(*fds));
	if (!fds) {
		close(fd);
		errno = ENOMEM;
		return false;
	}
	a->fds = fds;
	a->fds[a->count++] = fd;
	return true;
}

static bool attach_tcx(struct attachments *a, const int *programs, uint32_t index)
{
	return keep(a, bpf_link_create(programs[0], (int)index, TCX_INGRESS, NULL)) &&
	       keep(a, bpf_link_create(programs[1], (int)index, TCX_EGRESS, NULL));
}

/* The filter first, then the binding: so no packet ever stays in the socket. Index 0: all. */
static int open_socket(int program, uint32_t index)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)index,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), saved;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)) == 0 &&
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int link_xdp(int program, uint32_t index, uint32_t mode)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = mode);

	return bpf_link_create(program, (int)index, BPF_XDP, &options);
}

static bool is_taken(int code)
{
	return code == EBUSY || code == EEXIST;
}

/* In the driver where that can, else behind it. */
static bool attach_xdp(struct attachments *a, int program, uint32_t index, const char *name,
		       bool verbose)
{
	int native;

	if (keep(a, link_xdp(program, index, XDP_FLAGS_DRV_MODE))) {
		if (verbose)
			note("%s: native XDP", name);
		return true;
	}
	native = errno;
	if (is_taken(native))
		return false;
	if (!keep(a, link_xdp(program, index, XDP_FLAGS_SKB_MODE)))
		return false;
	if (verbose)
		note("%s: generic XDP, as the driver has none or cannot now: %s", name,
		     strerror(native));
	return true;
}

static void append(char *error, const char *text)
{
	size_t n = strlen(error);

	snprintf(error + n, SOURCE_ERROR_MAX - n, "%s", text);
}

static void explain(char *error, enum capture_hook hook, const char *name, int code)
{
	static const char *const names[] = {
		[CAPTURE_HOOK_TCX] = "tcx",
		[CAPTURE_HOOK_SOCKET] = "a packet socket",
		[CAPTURE_HOOK_XDP] = "XDP",
	};
	char what[128];

	if (hook == CAPTURE_HOOK_XDP && is_taken(code)) {
		snprintf(error, SOURCE_ERROR_MAX,
			 "%.64s: it has an XDP program already, and only one fits: "
			 "use --hook socket",
			 name);
		return;
	}
	snprintf(what, sizeof(what), "%.64s: cannot attach %s", name, names[hook]);
	kernel_explain(error, SOURCE_ERROR_MAX, what, code);
	if (hook == CAPTURE_HOOK_SOCKET && code == EPERM)
		append(error, ": that needs CAP_NET_RAW");
	else if (hook != CAPTURE_HOOK_SOCKET && code != EPERM && code != ENODEV)
		append(error, ": try --hook socket");
}

bool attach_interface(struct attachments *a, enum capture_hook hook, const int *programs,
		      uint32_t index, const char *name, bool verbose, char error[SOURCE_ERROR_MAX])
{
	bool attached;

	if (hook == CAPTURE_HOOK_TCX)
		attached = attach_tcx(a, programs, index);
	else if (hook == CAPTURE_HOOK_SOCKET)
		attached = keep(a, open_socket(programs[0], index));
	else
		attached = attach_xdp(a, programs[0], index, name, verbose);
	if (!attached)
		explain(error, hook, name, errno);
	return attached;
}

bool attach_any(struct attachments *a, enum capture_hook hook, const int *programs,
		const struct netdevs *devices, bool verbose, char error[SOURCE_ERROR_MAX])
{
	size_t attached = 0;

	if (hook == CAPTURE_HOOK_SOCKET)
		return attach_interface(a, hook, programs, 0, "any", verbose, error);
	snprintf(error, SOURCE_ERROR_MAX, "any: there is no interface");
	for (size_t i = 0; i < devices->count; i++) {
		const struct netdev *device = &devices->list[i];

		if (attach_interface(a, hook, programs, device->index, device->name, verbose,
				     error))
			attached++;
		else
			note("%s", error);
	}
	if (verbose)
		note("interfaces that come later are not seen: --hook socket sees them");
	return attached > 0;
}

void attachments_close(struct attachments *a)
{
	for (size_t i = 0; i < a->count; i++)
		close(a->fds[i]);
	free(a->fds);
	a->fds = NULL;
	a->count = 0;
}
