/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/details.h"

#include "capture/cgroup_paths.h"

static const char *interface_name(struct source *source, uint32_t ifindex)
{
	if (!ifindex || !source->operations->interface_name)
		return NULL;
	return source->operations->interface_name(source, ifindex);
}

void details_fill(struct lookup_details *details, const struct lookup *lookup,
		  const struct session *session, struct processes *processes, uint64_t now)
{
	*details = (struct lookup_details){
		.ifname = interface_name(session->source, lookup->ifindex),
	};
	if (!lookup->has_owner)
		return;
	if (processes)
		details->cmdline = processes_cmdline(processes, &lookup->owner, now);
	details->cgroup = cgroups_path(session->cgroups, lookup->owner.cgroup, now);
	details->in_container =
		details->cgroup && container_id(details->container, details->cgroup);
}
