/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/details.h"

static const char *interface_name(struct source *source, uint32_t ifindex)
{
	if (!ifindex || !source->operations->interface_name)
		return NULL;
	return source->operations->interface_name(source, ifindex);
}

void details_fill(struct lookup_details *details, const struct lookup *lookup,
		  struct source *source, struct processes *processes, struct cgroups *cgroups,
		  uint64_t now)
{
	*details = (struct lookup_details){
		.ifname = interface_name(source, lookup->ifindex),
	};
	if (!lookup->has_owner)
		return;
	if (processes)
		details->cmdline = processes_cmdline(processes, &lookup->owner, now);
	if (cgroups)
		details->cgroup = cgroups_path(cgroups, lookup->owner.cgroup, now);
	details->in_container =
		details->cgroup && container_id(details->container, details->cgroup);
}
