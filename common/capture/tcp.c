/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS messages in a TCP segment (RFC 1035, section 4.2.2).
 */
#include "capture/ip.h"

#define LENGTH_PREFIX 2

bool tcp_message_next(const struct packet *segment, uint32_t *position, struct packet *message)
{
	uint32_t captured, length;
	const uint8_t *prefix;

	if (*position >= segment->wire_size)
		return false;
	*message = *segment;
	captured = *position < segment->size ? segment->size - *position : 0;
	if (captured < LENGTH_PREFIX) {
		/* Something is there, how long is not known. */
		message->size = 0;
		message->wire_size = segment->wire_size - *position;
		*position = segment->wire_size;
		return true;
	}
	prefix = segment->payload + *position;
	length = (uint32_t)(prefix[0] << 8 | prefix[1]);
	captured -= LENGTH_PREFIX;
	message->payload = prefix + LENGTH_PREFIX;
	message->wire_size = length;
	message->size = length < captured ? length : captured;
	/* An empty message is none: whatever follows is not in step with the stream. */
	*position = length ? *position + LENGTH_PREFIX + length : segment->wire_size;
	return true;
}
