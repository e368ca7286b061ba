/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any octets as an IP packet; the first two say how many more the packet had.
 */
#include <stdlib.h>
#include <string.h>

#include "capture/ip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static void check(bool condition)
{
	if (!condition)
		abort();
}

/* Every octet is read, so that one outside of the packet is found. */
static void check_payload(const struct packet *p, const uint8_t *begin, const uint8_t *end)
{
	uint32_t i;

	check(p->size <= p->wire_size);
	check(p->size == 0 || (p->payload >= begin && p->size <= (size_t)(end - p->payload)));
	for (i = 0; i < p->size; i++)
		sink ^= p->payload[i];
}

static void check_messages(const struct packet *p, const uint8_t *begin, const uint8_t *end)
{
	struct packet message;
	uint32_t position = 0, last = 0;

	while (tcp_message_next(p, &position, &message)) {
		check(position > last);
		last = position;
		check_payload(&message, begin, end);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet p = {.time = 42, .cookie = 43};
	size_t more;
	uint8_t *copy;

	if (size < 2)
		return 0;
	more = (size_t)(data[0] << 8 | data[1]);
	size -= 2;
	copy = size ? malloc(size) : NULL;
	check(copy || size == 0);
	if (copy)
		memcpy(copy, data + 2, size);
	if (ip_packet_read(&p, copy, size, size + more) == IP_MESSAGES) {
		check_payload(&p, copy, copy + size);
		check_messages(&p, copy, copy + size);
	}
	check(p.time == 42 && p.cookie == 43 && !p.has_asked && !p.has_owner);
	free(copy);
	return 0;
}
