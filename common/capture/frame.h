/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One packet as a capture file has it, link layer and all.
 */
#ifndef COMMON_CAPTURE_FRAME_H
#define COMMON_CAPTURE_FRAME_H

#include <stdint.h>

#include "capture/packet.h"

/* Longer packets, blocks and comments are damage. */
#define FRAME_SIZE_MAX (16 * 1024 * 1024)

/* What it points to is the reader's. */
struct frame {
	uint32_t link;	    /* LINKTYPE_… of tcpdump.org/linktypes.html */
	uint64_t time;	    /* ns since the epoch */
	uint32_t interface; /* a number of the reader's for one with a name; 0: none */
	enum packet_direction direction;
	const uint8_t *octets;
	uint32_t size;	     /* octets that are there */
	uint32_t wire_size;  /* octets that the packet had */
	const char *comment; /* pcapng only; not ended by a NUL; NULL: none */
	uint32_t comment_size;
};

#endif
