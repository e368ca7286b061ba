/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"

#include <string.h>

#include "cli/lookup.h"

bool code_list_add(struct code_list *list, uint16_t code)
{
	if (list->count == FILTER_CODES_MAX)
		return false;
	list->codes[list->count++] = code;
	return true;
}

static bool code_list_has(const struct code_list *list, uint16_t code)
{
	for (unsigned int i = 0; i < list->count; i++)
		if (list->codes[i] == code)
			return true;
	return false;
}

bool filter_question(const struct filter *filter, const struct lookup *lookup)
{
	if (filter->types.count &&
	    !(lookup->has_question && code_list_has(&filter->types, lookup->question.type)))
		return false;
	if (!filter->names.count)
		return true;
	return pattern_list_accepts(&filter->names,
				    lookup->has_question ? &lookup->question.name : NULL);
}

/* A file may not tell whose side it was made on; then nothing can be left out. */
static bool has_role(const struct capture_config *config, enum lookup_role role)
{
	if (role == ROLE_UNKNOWN && config->file)
		return true;
	return !(config->no_client && role != ROLE_SERVER) &&
	       !(config->no_server && role != ROLE_CLIENT);
}

bool filter_owner(const struct capture_config *config, const struct lookup *lookup)
{
	const struct owner *owner = &lookup->owner;

	if (!has_role(config, lookup->role))
		return false;
	if (!config->has_pid && !config->has_tid && !config->has_uid && !config->has_comm)
		return true;
	return lookup->has_owner && (!config->has_pid || owner->pid == config->pid) &&
	       (!config->has_tid || owner->tid == config->tid) &&
	       (!config->has_uid || owner->uid == config->uid) &&
	       (!config->has_comm || strncmp(owner->comm, config->comm, COMM_SIZE) == 0);
}

bool filter_outcome(const struct filter *filter, const struct lookup *lookup)
{
	uint16_t rcode;

	if (filter->rcodes.count &&
	    !(lookup_rcode(lookup, &rcode) && code_list_has(&filter->rcodes, rcode)))
		return false;
	if (filter->failures && !lookup_failed(lookup))
		return false;
	return filter->latency == 0 || (lookup->has_latency && lookup->latency >= filter->latency);
}
