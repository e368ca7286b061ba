/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The classic capture format (draft-ietf-opsawg-pcap), reading. Pure: any octets may come.
 */
#ifndef COMMON_CAPTURE_PCAP_H
#define COMMON_CAPTURE_PCAP_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/frame.h"

#define PCAP_HEADER_SIZE 24
#define PCAP_RECORD_SIZE 16 /* before each packet */

struct pcap {
	bool big; /* numbers are big-endian */
	bool nanoseconds;
	uint32_t link;
};

/* Is this how such a file begins? Variants whose records differ are recognised and refused. */
bool pcap_is_magic(const uint8_t magic[4]);

/* NULL, or why a file with this header cannot be read. */
const char *pcap_header_read(struct pcap *p, const uint8_t header[PCAP_HEADER_SIZE]);

/*
 * All of `frame` but `octets`, which follow. False when the packet is too long to be true.
 */
bool pcap_record_read(const struct pcap *p, const uint8_t header[PCAP_RECORD_SIZE],
		      struct frame *frame);

#endif
