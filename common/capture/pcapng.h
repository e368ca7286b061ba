/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The newer capture format (draft-ietf-opsawg-pcapng), reading. Pure: any octets may come.
 */
#ifndef COMMON_CAPTURE_PCAPNG_H
#define COMMON_CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/frame.h"

/* In one section; a file with more is not read beyond. */
#define PCAPNG_INTERFACES_MAX 1024

/* Of an interface, with its NUL; what is longer is cut. "": it has none. */
#define PCAPNG_NAME_MAX 16

/* What the length of a block can be told from. */
#define PCAPNG_BEGIN_SIZE 12
#define PCAPNG_BLOCK_MAX  FRAME_SIZE_MAX

/* Types of blocks. */
enum {
	PCAPNG_SECTION = 0x0a0d0d0a,
	PCAPNG_INTERFACE = 1,
	PCAPNG_PACKET_OLD = 2,
	PCAPNG_PACKET_SIMPLE = 3,
	PCAPNG_STATISTICS = 5,
	PCAPNG_PACKET = 6,
};

/* Options, and the magic that tells the byte order. */
enum {
	PCAPNG_OPTION_END = 0,
	PCAPNG_OPTION_COMMENT = 1,
	PCAPNG_OPTION_FLAGS = 2,      /* of a packet: its two lowest bits are the direction */
	PCAPNG_OPTION_NAME = 2,	      /* of an interface */
	PCAPNG_OPTION_RESOLUTION = 9, /* of an interface: of its times */
	PCAPNG_OPTION_OFFSET = 14,    /* of an interface: seconds, added to its times */
	PCAPNG_ORDER_MAGIC = 0x1a2b3c4d,
	PCAPNG_FLAG_IN = 1,
	PCAPNG_FLAG_OUT = 2,
};

struct pcapng_interface {
	uint16_t link;
	uint8_t resolution; /* 10^-n s, or with the top bit set 2^-n s */
	uint32_t snap_size; /* 0: no limit */
	int64_t offset;	    /* s */
	char name[PCAPNG_NAME_MAX];
};

struct pcapng {
	bool big; /* the section's numbers are big-endian */
	uint32_t interface_count;
	uint32_t earlier; /* interfaces of earlier sections */
	uint64_t time;	  /* ns: of the last packet, or of statistics after it */
	struct pcapng_interface interfaces[PCAPNG_INTERFACES_MAX];
};

bool pcapng_is_magic(const uint8_t magic[4]);

/*
 * How a block begins; a section's begin sets the byte order. *size is that of the whole block.
 * NULL, or what is wrong with it.
 */
const char *pcapng_block_begin(struct pcapng *p, const uint8_t begin[PCAPNG_BEGIN_SIZE],
			       uint32_t *type, uint32_t *size);

/* The name behind frame.interface; NULL: it has none, or is of an earlier section. */
const char *pcapng_interface_name(const struct pcapng *p, uint32_t number);

/* Does a block of this type hold a packet? */
bool pcapng_is_packet(uint32_t type);

/*
 * A whole block. A packet's (pcapng_is_packet()) is put into `frame`. NULL, or what is wrong.
 */
const char *pcapng_block_read(struct pcapng *p, const uint8_t *block, uint32_t size,
			      struct frame *frame);

#endif
