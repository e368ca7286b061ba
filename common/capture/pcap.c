/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/pcap.h"

#include <stddef.h>

#include "capture/byte_order.h"

#define NS_PER_SECOND 1000000000ULL

enum {
	MAGIC_MICROSECONDS = 0xa1b2c3d4,
	MAGIC_NANOSECONDS = 0xa1b23c4d,
	/* Records of these are longer: Kuznetzov's patch, the one of Linux 2.2, and Navtel's. */
	MAGIC_MODIFIED = 0xa1b2cd34,
	MAGIC_MODIFIED_2 = 0xa1e2cb12,
	MAGIC_NAVTEL = 0xa12b3c4d,
};

static bool is_known(uint32_t magic)
{
	switch (magic) {
	case MAGIC_MICROSECONDS:
	case MAGIC_NANOSECONDS:
	case MAGIC_MODIFIED:
	case MAGIC_MODIFIED_2:
	case MAGIC_NAVTEL:
		return true;
	default:
		return false;
	}
}

bool pcap_is_magic(const uint8_t magic[4])
{
	return is_known(order_u32(true, magic)) || is_known(order_u32(false, magic));
}

const char *pcap_header_read(struct pcap *p, const uint8_t header[PCAP_HEADER_SIZE])
{
	uint32_t magic;

	p->big = is_known(order_u32(true, header));
	magic = order_u32(p->big, header);
	if (magic != MAGIC_MICROSECONDS && magic != MAGIC_NANOSECONDS)
		return "a modified pcap format, which is not read: convert it with editcap";
	p->nanoseconds = magic == MAGIC_NANOSECONDS;
	if (order_u16(p->big, header + 4) != 2)
		return "a version of pcap that is not known";
	/* The upper half says whether frames end with a checksum; IP knows its own length. */
	p->link = order_u32(p->big, header + 20) & 0xffff;
	return NULL;
}

bool pcap_record_read(const struct pcap *p, const uint8_t header[PCAP_RECORD_SIZE],
		      struct frame *frame)
{
	uint64_t fraction = order_u32(p->big, header + 4);

	*frame = (struct frame){
		.link = p->link,
		.time = order_u32(p->big, header) * NS_PER_SECOND +
			fraction * (p->nanoseconds ? 1 : 1000),
		.size = order_u32(p->big, header + 8),
		.wire_size = order_u32(p->big, header + 12),
	};
	return frame->size <= FRAME_SIZE_MAX;
}
