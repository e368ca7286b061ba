/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/drop_reasons.h"

#include <stdlib.h>
#include <string.h>

#define REASONS_MAX 512
#define PREFIX	    "SKB_DROP_REASON_"

/* Some of the reasons, NULL where there are no more. */
struct kind {
	const char *names[DROP_REASONS_MAX];
};

static const struct kind none = {
	{"SKB_NOT_DROPPED_YET", "SKB_CONSUMED", PREFIX "PACKET_SOCK_ERROR"}};
static const struct kind receiver = {
	{PREFIX "NO_SOCKET", PREFIX "SOCKET_RCVBUFF", PREFIX "SOCKET_FILTER", PREFIX "UDP_CSUM"}};

struct codes {
	int32_t codes[DROP_REASONS_MAX];
	unsigned int count;
};

struct drop_reasons {
	char *names[REASONS_MAX]; /* without the prefix; NULL: no such reason */
	struct codes none, receiver;
};

static void add_of_kind(struct codes *codes, const struct kind *kind, const char *name,
			int32_t value)
{
	for (unsigned int i = 0; i < DROP_REASONS_MAX && kind->names[i]; i++)
		if (strcmp(name, kind->names[i]) == 0 && codes->count < DROP_REASONS_MAX)
			codes->codes[codes->count++] = value;
}

static unsigned int copy(const struct codes *from, int32_t codes[DROP_REASONS_MAX])
{
	memcpy(codes, from->codes, sizeof(from->codes));
	return from->count;
}

static void add(void *context, const char *name, int32_t value)
{
	struct drop_reasons *reasons = context;

	if (value < 0 || value >= REASONS_MAX || reasons->names[value])
		return;
	add_of_kind(&reasons->none, &none, name, value);
	add_of_kind(&reasons->receiver, &receiver, name, value);
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

unsigned int drop_reasons_none(const struct drop_reasons *reasons, int32_t codes[DROP_REASONS_MAX])
{
	return copy(&reasons->none, codes);
}

unsigned int drop_reasons_receiver(const struct drop_reasons *reasons,
				   int32_t codes[DROP_REASONS_MAX])
{
	return copy(&reasons->receiver, codes);
}
