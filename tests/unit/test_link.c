/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "capture/link.h"

#define IP 0x45, 0, 0, 20

static enum link_verdict verdict_of(struct frame *frame, uint32_t link, const void *octets,
				    size_t size)
{
	*frame = (struct frame){.link = link,
				.octets = octets,
				.size = (uint32_t)size,
				.wire_size = (uint32_t)size + 100};
	return link_read(frame);
}

/* The IP packet is what is left, as long as it was. */
static void check_ip(uint32_t link, const uint8_t *octets, size_t size)
{
	struct frame frame;

	assert_int_equal(verdict_of(&frame, link, octets, size), LINK_IP);
	assert_ptr_equal(frame.octets, octets + size - 4);
	assert_int_equal(frame.size, 4);
	assert_int_equal(frame.wire_size, 104);
	/* Every header that is cut is told so, and nothing is read behind it. */
	for (size_t n = 0; n < size - 4; n++) {
		static uint8_t copy[64];

		memset(copy, 0xff, sizeof(copy));
		memcpy(copy, octets, n);
		assert_int_equal(verdict_of(&frame, link, copy, n), LINK_DAMAGED);
	}
}

#define MACS 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12

static void test_ethernet(void **state)
{
	static const uint8_t plain[] = {MACS, 0x08, 0x00, IP};
	static const uint8_t ipv6[] = {MACS, 0x86, 0xdd, 0x60, 0, 0, 0};
	static const uint8_t vlan[] = {MACS, 0x81, 0x00, 0, 7, 0x08, 0x00, IP};
	static const uint8_t qinq[] = {MACS, 0x88, 0xa8, 0,    1,    0x81, 0x00, 0, 2, 0x91,
				       0x00, 0,	   3,	 0x86, 0xdd, 0x60, 0,	 0, 0};

	static const uint8_t pppoe[] = {MACS, 0x81, 0x00, 0, 7, 0x88, 0x64, 0x11,
					0,    0,    1,	  0, 6, 0,    0x21, IP};

	(void)state;
	check_ip(1, pppoe, sizeof(pppoe));
	check_ip(1, plain, sizeof(plain));
	check_ip(1, ipv6, sizeof(ipv6));
	check_ip(1, vlan, sizeof(vlan));
	check_ip(1, qinq, sizeof(qinq));
}

static void test_not_ip(void **state)
{
	static const uint8_t arp[] = {MACS, 0x08, 0x06, IP};
	static const uint8_t llc[] = {MACS, 0x00, 0x26, 0x42, 0x42, 3};
	static const uint8_t appletalk[] = {16, 0, 0, 0, IP};
	static const uint8_t ipv6[] = {0x60, 0, 0, 0};
	struct frame frame;

	(void)state;
	assert_int_equal(verdict_of(&frame, 1, arp, sizeof(arp)), LINK_OTHER);
	assert_int_equal(verdict_of(&frame, 1, llc, sizeof(llc)), LINK_OTHER);
	assert_int_equal(verdict_of(&frame, 0, appletalk, sizeof(appletalk)), LINK_OTHER);
	assert_int_equal(verdict_of(&frame, 228, ipv6, sizeof(ipv6)), LINK_OTHER);
	assert_int_equal(verdict_of(&frame, 229, ipv6, sizeof(ipv6)), LINK_IP);
}

static enum packet_direction direction_of(uint32_t link, uint8_t type, uint16_t hardware)
{
	uint8_t v1[20] = {0, type, (uint8_t)(hardware >> 8), (uint8_t)hardware, [14] = 8, 0, IP};
	uint8_t v2[24] = {8, 0, [8] = (uint8_t)(hardware >> 8), (uint8_t)hardware, type, [20] = IP};
	struct frame frame;

	assert_int_equal(verdict_of(&frame, link, link == 113 ? v1 : v2,
				    link == 113 ? sizeof(v1) : sizeof(v2)),
			 LINK_IP);
	return frame.direction;
}

static void test_cooked(void **state)
{
	static const uint8_t v1[] = {0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0, IP};
	static const uint8_t v2[] = {0x81, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 1,
				     2,	   3, 4, 5, 6, 0, 0, 0, 9, 8, 0, IP};
	static const uint32_t links[] = {113, 276};

	(void)state;
	check_ip(113, v1, sizeof(v1));
	check_ip(276, v2, sizeof(v2));
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(direction_of(links[i], 4, 1), PACKET_OUT);
		assert_int_equal(direction_of(links[i], 0, 1), PACKET_IN);
		assert_int_equal(direction_of(links[i], 2, 1), PACKET_IN);
		assert_int_equal(direction_of(links[i], 3, 1), PACKET_DIRECTION_UNKNOWN);
		/* Loopback: it is captured once, coming in. */
		assert_int_equal(direction_of(links[i], 0, 772), PACKET_DIRECTION_UNKNOWN);
		assert_int_equal(direction_of(links[i], 4, 772), PACKET_DIRECTION_UNKNOWN);
	}
}

static void test_loopback(void **state)
{
	static const uint8_t families[] = {2, 10, 24, 28, 30};

	(void)state;
	for (size_t i = 0; i < sizeof(families); i++) {
		const uint8_t little[] = {families[i], 0, 0, 0, IP};
		const uint8_t big[] = {0, 0, 0, families[i], IP};

		check_ip(0, little, sizeof(little));
		check_ip(108, big, sizeof(big));
		check_ip(0, big, sizeof(big));
	}
}

static void test_raw(void **state)
{
	static const uint8_t ip[] = {IP};
	static const uint32_t links[] = {12, 14, 101, 228};
	struct frame frame;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		check_ip(links[i], ip, sizeof(ip));
	assert_int_equal(verdict_of(&frame, 228, ip, 0), LINK_DAMAGED);
}

static void test_refused(void **state)
{
	static const uint32_t wireless[] = {105, 119, 127, 163};
	static const uint32_t known[] = {0, 1, 12, 14, 101, 108, 113, 228, 229, 276};
	char why[LINK_REFUSAL_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(wireless) / sizeof(wireless[0]); i++) {
		assert_false(link_is_known(wireless[i], why));
		assert_non_null(strstr(why, "802.11"));
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_true(link_is_known(known[i], why));
	assert_false(link_is_known(147, why));
	assert_string_equal(why, "unknown link type 147");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ethernet), cmocka_unit_test(test_not_ip),
		cmocka_unit_test(test_cooked),	 cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_raw),	 cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
