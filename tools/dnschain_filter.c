/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which chains are asked for.
 */
#include <string.h>

#include "capture/cgroup_paths.h"
#include "capture/wanted.h"
#include "dnschain.h"

static bool is_in_cgroup(const struct chain_origin *origin, struct cgroups *cgroups, uint64_t now,
			 const struct owner *owner)
{
	const char *path;
	size_t n = strlen(origin->path);

	if (!origin->cgroup)
		return true;
	if (!owner)
		return false;
	if (owner->cgroup == origin->cgroup)
		return true;
	path = n ? cgroups_path(cgroups, owner->cgroup, now) : NULL;
	return path && strncmp(path, origin->path, n) == 0 && (path[n] == '/' || n == 1);
}

bool chain_origin_has(const struct chain_origin *origin, struct cgroups *cgroups, uint64_t now,
		      const struct owner *owner)
{
	return owner_is_wanted(&origin->who, owner) && is_in_cgroup(origin, cgroups, now, owner);
}

static bool has_name(const struct chain *chain, const struct pattern_list *names)
{
	struct dns_name name;
	bool is_name = false;

	if (!names->count)
		return true;
	if (chain->call && !chain->call->has_address)
		is_name = chain->call->name[0] && dns_name_from_text(&name, chain->call->name);
	if (is_name)
		return pattern_list_accepts(names, &name);
	return pattern_list_accepts(
		names, chain->hop_count ? &chain->hops[0].exchange->question.name : NULL);
}

/* Of the first hops: what the chain began with. */
static bool has_type(const struct chain *chain, const struct code_list *types)
{
	for (uint32_t i = 0; i < chain->hop_count; i++)
		if (chain->hops[i].depth == 0 &&
		    code_list_has(types, chain->hops[i].exchange->question.type))
			return true;
	return types->count == 0;
}

static bool has_rcode(const struct chain *chain, const struct code_list *rcodes)
{
	for (uint32_t i = 0; i < chain->hop_count; i++) {
		const struct chain_exchange *x = chain->hops[i].exchange;

		if (chain->hops[i].depth == 0 && x->outcome >= OUTCOME_ANSWER &&
		    x->outcome <= OUTCOME_ERROR && code_list_has(rcodes, x->answer.rcode))
			return true;
	}
	return rcodes->count == 0;
}

static bool has_failed(const struct chain *chain)
{
	bool success;

	return !chain_succeeded(chain, &success) || !success;
}

bool chain_is_asked_for(const struct chain_origin *origin, struct cgroups *cgroups, uint64_t now,
			const struct chain *chain)
{
	const struct filter *f = &origin->filter;

	return chain_origin_has(origin, cgroups, now, chain->owner) && has_name(chain, &f->names) &&
	       has_type(chain, &f->types) && has_rcode(chain, &f->rcodes) &&
	       (!f->failures || has_failed(chain)) && chain_total(chain) >= f->latency;
}
