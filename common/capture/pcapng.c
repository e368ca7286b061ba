/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/pcapng.h"

#include <stddef.h>
#include <string.h>

#include "capture/byte_order.h"

#define BLOCK_HEADER  8 /* type and length */
#define BLOCK_TRAILER 4 /* the length again */
#define BLOCK_MIN     (BLOCK_HEADER + BLOCK_TRAILER)

#define NS_PER_SECOND 1000000000ULL
#define RESOLUTION_US 6 /* where an interface says nothing */
#define RESOLUTION_NS 9
#define POWERS_OF_TEN 20 /* that fit into 64 bits */

/* What a block holds; what was read is taken off. */
struct body {
	bool big;
	const uint8_t *octets;
	uint32_t size;
};

static uint32_t body_u32(const struct body *b, uint32_t at)
{
	return order_u32(b->big, b->octets + at);
}

static bool skip(struct body *b, uint32_t n)
{
	if (b->size < n)
		return false;
	b->octets += n;
	b->size -= n;
	return true;
}

static uint32_t padded(uint32_t size)
{
	return (size + 3) & ~3u;
}

struct option {
	uint16_t code;
	uint16_t size;
	const uint8_t *value;
};

/* False at the end, and where an option is longer than what is there. */
static bool next_option(struct body *b, struct option *o)
{
	if (b->size < 4)
		return false;
	o->code = order_u16(b->big, b->octets);
	o->size = order_u16(b->big, b->octets + 2);
	o->value = b->octets + 4;
	if (o->code == PCAPNG_OPTION_END || b->size - 4 < o->size)
		return false;
	/* The last one's padding may be missing. */
	if (!skip(b, 4 + padded(o->size)))
		b->size = 0;
	return true;
}

bool pcapng_is_magic(const uint8_t magic[4])
{
	return get_u32(magic) == PCAPNG_SECTION; /* the same in either order */
}

bool pcapng_is_packet(uint32_t type)
{
	return type == PCAPNG_PACKET || type == PCAPNG_PACKET_SIMPLE || type == PCAPNG_PACKET_OLD;
}

const char *pcapng_block_begin(struct pcapng *p, const uint8_t begin[PCAPNG_BEGIN_SIZE],
			       uint32_t *type, uint32_t *size)
{
	if (pcapng_is_magic(begin)) {
		p->big = order_u32(true, begin + 8) == PCAPNG_ORDER_MAGIC;
		if (order_u32(p->big, begin + 8) != PCAPNG_ORDER_MAGIC)
			return "a section without a byte order";
		p->earlier += p->interface_count;
		p->interface_count = 0;
	}
	*type = order_u32(p->big, begin);
	*size = order_u32(p->big, begin + 4);
	if (*size < BLOCK_MIN || *size % 4)
		return "a block of an impossible length";
	if (*size > PCAPNG_BLOCK_MAX)
		return "a block of more than 16 MiB";
	return NULL;
}

static const char *read_section(const struct body *b)
{
	if (b->size < 16)
		return "a section header that is too short";
	return order_u16(b->big, b->octets + 4) == 1 ? NULL
						     : "a version of pcapng that is not known";
}

static void take_interface_option(struct pcapng_interface *i, const struct option *o, bool big)
{
	if (o->code == PCAPNG_OPTION_RESOLUTION && o->size == 1) {
		i->resolution = o->value[0];
	} else if (o->code == PCAPNG_OPTION_OFFSET && o->size == 8) {
		uint64_t high = order_u32(big, o->value + (big ? 0 : 4));

		i->offset = (int64_t)(high << 32 | order_u32(big, o->value + (big ? 4 : 0)));
	} else if (o->code == PCAPNG_OPTION_NAME) {
		size_t size = o->size < PCAPNG_NAME_MAX - 1 ? o->size : PCAPNG_NAME_MAX - 1;

		memcpy(i->name, o->value, size);
		i->name[size] = '\0';
	}
}

static const char *read_interface(struct pcapng *p, struct body b)
{
	struct pcapng_interface *i = &p->interfaces[p->interface_count];
	struct option o;

	if (b.size < 8)
		return "an interface description that is too short";
	if (p->interface_count == PCAPNG_INTERFACES_MAX)
		return "more than 1024 interfaces";
	*i = (struct pcapng_interface){
		.link = order_u16(b.big, b.octets),
		.snap_size = body_u32(&b, 4),
		.resolution = RESOLUTION_US,
	};
	skip(&b, 8);
	while (next_option(&b, &o))
		take_interface_option(i, &o, b.big);
	p->interface_count++;
	return NULL;
}

const char *pcapng_interface_name(const struct pcapng *p, uint32_t number)
{
	uint32_t i = number - p->earlier - 1;

	return number > p->earlier && i < p->interface_count ? p->interfaces[i].name : NULL;
}

static uint64_t power_of_ten(unsigned int n)
{
	uint64_t power = 1;

	while (n-- > 0)
		power *= 10;
	return power;
}

/* Times that 64 bits of nanoseconds cannot hold come out wrong, as whatever wrote them was. */
static uint64_t to_ns(const struct pcapng_interface *i, uint64_t ticks)
{
	uint64_t offset = (uint64_t)i->offset * NS_PER_SECOND;
	unsigned int n = i->resolution & 127;

	if (i->resolution == RESOLUTION_NS)
		return ticks + offset;
	if (i->resolution & 128)
		return (uint64_t)(((unsigned __int128)ticks * NS_PER_SECOND) >> n) + offset;
	if (n < RESOLUTION_NS)
		return ticks * power_of_ten(RESOLUTION_NS - n) + offset;
	n -= RESOLUTION_NS;
	return (n < POWERS_OF_TEN ? ticks / power_of_ten(n) : 0) + offset;
}

static const char *set_interface(struct pcapng *p, struct frame *frame, uint32_t number,
				 uint64_t ticks)
{
	if (number >= p->interface_count)
		return "a packet of an interface that is not described";
	frame->link = p->interfaces[number].link;
	frame->interface = p->interfaces[number].name[0] ? p->earlier + number + 1 : 0;
	frame->time = to_ns(&p->interfaces[number], ticks);
	return NULL;
}

static uint64_t body_u64(const struct body *b, uint32_t at)
{
	return (uint64_t)body_u32(b, at) << 32 | body_u32(b, at + 4);
}

static const char *set_octets(struct frame *frame, struct body *b, uint32_t size,
			      uint32_t wire_size)
{
	frame->octets = b->octets;
	frame->size = size;
	frame->wire_size = wire_size;
	if (b->size < size)
		return "a packet that is longer than its block";
	if (!skip(b, padded(size)))
		b->size = 0;
	return NULL;
}

static void take_packet_option(struct frame *frame, const struct option *o, bool big)
{
	if (o->code == PCAPNG_OPTION_COMMENT && !frame->comment) {
		frame->comment = (const char *)o->value;
		frame->comment_size = o->size;
	} else if (o->code == PCAPNG_OPTION_FLAGS && o->size == 4) {
		uint32_t direction = order_u32(big, o->value) & 3;

		if (direction == PCAPNG_FLAG_IN)
			frame->direction = PACKET_IN;
		else if (direction == PCAPNG_FLAG_OUT)
			frame->direction = PACKET_OUT;
	}
}

/* The obsolete one counts dropped packets where the upper half of the interface is now. */
static const char *read_packet(struct pcapng *p, struct body b, bool old, struct frame *frame)
{
	const char *why;
	struct option o;

	if (b.size < 20)
		return "a packet block that is too short";
	why = set_interface(p, frame, old ? order_u16(b.big, b.octets) : body_u32(&b, 0),
			    body_u64(&b, 4));
	if (!why) {
		uint32_t size = body_u32(&b, 12), wire_size = body_u32(&b, 16);

		skip(&b, 20);
		why = set_octets(frame, &b, size, wire_size);
	}
	if (why)
		return why;
	while (next_option(&b, &o))
		take_packet_option(frame, &o, b.big);
	p->time = frame->time;
	return NULL;
}

/* It has no time: it is taken for that of the packet before. */
static const char *read_simple(struct pcapng *p, struct body b, struct frame *frame)
{
	uint32_t size, wire_size;
	const char *why;

	if (b.size < 4)
		return "a packet block that is too short";
	why = set_interface(p, frame, 0, 0);
	if (why)
		return why;
	frame->time = p->time;
	size = wire_size = body_u32(&b, 0);
	if (p->interfaces[0].snap_size && p->interfaces[0].snap_size < size)
		size = p->interfaces[0].snap_size;
	skip(&b, 4);
	return set_octets(frame, &b, size, wire_size);
}

/* Capture programs write it at the end: until then they looked, though nothing came. */
static void read_statistics(struct pcapng *p, const struct body *b)
{
	struct frame at;

	if (b->size < 12 || set_interface(p, &at, body_u32(b, 0), body_u64(b, 4)))
		return;
	if (at.time > p->time)
		p->time = at.time;
}

const char *pcapng_block_read(struct pcapng *p, const uint8_t *block, uint32_t size,
			      struct frame *frame)
{
	struct body b = {p->big, block + BLOCK_HEADER, size - BLOCK_MIN};

	if (order_u32(p->big, block + size - BLOCK_TRAILER) != size)
		return "a block that does not end with its length";
	*frame = (struct frame){0};
	switch (order_u32(p->big, block)) {
	case PCAPNG_SECTION:
		return read_section(&b);
	case PCAPNG_INTERFACE:
		return read_interface(p, b);
	case PCAPNG_PACKET:
		return read_packet(p, b, false, frame);
	case PCAPNG_PACKET_OLD:
		return read_packet(p, b, true, frame);
	case PCAPNG_PACKET_SIMPLE:
		return read_simple(p, b, frame);
	case PCAPNG_STATISTICS:
		read_statistics(p, &b);
		return NULL;
	default:
		return NULL;
	}
}
