/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"

#include <string.h>

#include "capture/wanted.h"
#include "cli/lookup.h"

bool code_list_add(struct code_list *list, uint16_t code)
{
	if (list->count == FILTER_CODES_MAX)
		return false;
	list->codes[list->count++] = code;
	return true;
}

bool code_list_has(const struct code_list *list, uint16_t code)
{
	for (unsigned int i = 0; i < list->count; i++)
		if (list->codes[i] == code)
			return true;
	return false;
}

bool filter_is_empty(const struct filter *filter)
{
	return !filter->names.count && !filter->types.count && !filter->rcodes.count &&
	       !filter->failures && !filter->latency;
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

/*
 * A file may not tell whose side it was made on; then nothing can be left out. What an interface
 * showed is left out only where that is asked for.
 */
static bool has_role(const struct capture_config *config, const struct lookup *lookup)
{
	if (config->file && !(lookup->ifindex && config->has_role) &&
	    (lookup->ifindex || lookup->role == ROLE_UNKNOWN))
		return true;
	return !(config->no_client && lookup->role != ROLE_SERVER) &&
	       !(config->no_server && lookup->role != ROLE_CLIENT);
}

bool filter_owner(const struct capture_config *config, const struct lookup *lookup)
{
	return has_role(config, lookup) &&
	       owner_is_wanted(config, lookup->has_owner ? &lookup->owner : NULL);
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
