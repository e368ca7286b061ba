/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/drop_reasons.h"

#include <stdlib.h>
#include <string.h>

#define REASONS_MAX 512
#define PREFIX	    "SKB_DROP_REASON_"

struct drop_reasons {
	char *names[REASONS_MAX]; /* without the prefix; NULL: no such reason */
	int32_t none[DROP_REASONS_NONE_MAX];
	unsigned int none_count;
};

static bool is_none(const char *name)
{
	static const char *const none[DROP_REASONS_NONE_MAX] = {
		"SKB_NOT_DROPPED_YET", "SKB_CONSUMED", PREFIX "PACKET_SOCK_ERROR"};

	for (unsigned int i = 0; i < DROP_REASONS_NONE_MAX; i++)
		if (strcmp(name, none[i]) == 0)
			return true;
	return false;
}

static void add(void *context, const char *name, int32_t value)
{
	struct drop_reasons *reasons = context;

	if (value < 0 || value >= REASONS_MAX || reasons->names[value])
		return;
	if (is_none(name) && reasons->none_count < DROP_REASONS_NONE_MAX)
		reasons->none[reasons->none_count++] = value;
	if (strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0)
		name += sizeof(PREFIX) - 1;
	reasons->names[value] = strdup(name);
}

struct drop_reasons *drop_reasons_read(const struct kernel_types *types)
{
	struct drop_reasons *reasons = calloc(1, sizeof(*reasons));

	if (reasons && kernel_types_enumerators(types, "skb_drop_reason", add, reasons))
		return reasons;
	free(reasons);
	return NULL;
}

void drop_reasons_free(struct drop_reasons *reasons)
{
	if (!reasons)
		return;
	for (unsigned int i = 0; i < REASONS_MAX; i++)
		free(reasons->names[i]);
	free(reasons);
}

const char *drop_reason_name(void *context, int32_t code)
{
	const struct drop_reasons *reasons = context;

	if (code < 0 || code >= REASONS_MAX || !reasons->names[code])
		return "UNKNOWN";
	return reasons->names[code];
}

unsigned int drop_reasons_none(const struct drop_reasons *reasons,
			       int32_t codes[DROP_REASONS_NONE_MAX])
{
	memcpy(codes, reasons->none, sizeof(reasons->none));
	return reasons->none_count;
}
