/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/framing.h"

#include "dns/codes.h"
#include "dns/message.h"
#include "dns/octets.h"

enum {
	QUESTION_MIN = 5, /* the root, type, class */
	RECORD_MIN = 11,  /* and TTL, length */
	RCODE_MAX = 11,	  /* DSOTYPENI (RFC 8490): the highest in the header */
};

static bool is_opcode(unsigned int opcode)
{
	return opcode <= DNS_OPCODE_DSO && opcode != 3;
}

/* RFC 1995: an IXFR query has the SOA that is known; else only OPT, TSIG, SIG(0) are added. */
static bool is_query_like(const uint16_t count[4])
{
	return count[DNS_SECTION_ANSWER] == 0 && count[DNS_SECTION_AUTHORITY] <= 1 &&
	       count[DNS_SECTION_ADDITIONAL] <= 4;
}

static bool has_room(const uint16_t count[4], uint32_t length)
{
	uint32_t records = (uint32_t)count[DNS_SECTION_ANSWER] + count[DNS_SECTION_AUTHORITY] +
			   count[DNS_SECTION_ADDITIONAL];

	return DNS_HEADER_SIZE + count[DNS_SECTION_QUESTION] * QUESTION_MIN +
		       records * RECORD_MIN <=
	       length;
}

/* Nothing follows the header but what it counts; DSO counts nothing (RFC 8490, 5.4). */
static bool is_bare(const uint16_t count[4])
{
	return !count[0] && !count[1] && !count[2] && !count[3];
}

static bool is_header(const uint8_t *header, uint32_t length)
{
	uint16_t flags = get_u16(header + 2);
	unsigned int opcode = flags >> 11 & 15;
	uint16_t count[4];

	for (int i = 0; i < 4; i++)
		count[i] = get_u16(header + 4 + 2 * i);
	if (!is_opcode(opcode) || flags & DNS_FLAG_Z || (flags & 15) > RCODE_MAX)
		return false;
	if (count[DNS_SECTION_QUESTION] > 1 || !has_room(count, length))
		return false;
	if (opcode == DNS_OPCODE_QUERY && !(flags & DNS_FLAG_QR) && !is_query_like(count))
		return false;
	return !is_bare(count) || opcode == DNS_OPCODE_DSO || length == DNS_HEADER_SIZE;
}

enum framing framing_look(const uint8_t *octets, uint32_t size)
{
	if (size < FRAMING_PREFIX)
		return FRAMING_UNDECIDED;
	if (framing_length(octets) < DNS_HEADER_SIZE)
		return FRAMING_OTHER;
	if (size < FRAMING_PREFIX + DNS_HEADER_SIZE)
		return FRAMING_UNDECIDED;
	return is_header(octets + FRAMING_PREFIX, framing_length(octets)) ? FRAMING_MESSAGE
									  : FRAMING_OTHER;
}
