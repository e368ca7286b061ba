/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "capture/ip.h"

#define OCTETS_MAX 2048

/* A packet in the making. */
struct octets {
	uint8_t data[OCTETS_MAX];
	size_t size;
};

static const uint8_t text[] = "0123456789abcdef";

static void put(struct octets *o, const void *data, size_t size)
{
	assert_true(o->size + size <= OCTETS_MAX);
	memcpy(o->data + o->size, data, size);
	o->size += size;
}

static void put8(struct octets *o, unsigned int v)
{
	uint8_t octet = (uint8_t)v;

	put(o, &octet, 1);
}

static void put16(struct octets *o, unsigned int v)
{
	put8(o, v >> 8);
	put8(o, v);
}

static void set16(struct octets *o, size_t at, unsigned int v)
{
	o->data[at] = (uint8_t)(v >> 8);
	o->data[at + 1] = (uint8_t)v;
}

/* 192.0.2.1 to 192.0.2.53, `content` octets after a header of 20 and `options` zeros. */
static void put_ipv4(struct octets *o, uint8_t protocol, size_t content, size_t options)
{
	static const uint8_t addresses[] = {192, 0, 2, 1, 192, 0, 2, 53};
	static const uint8_t none[40];

	put8(o, 0x40 | (5 + options / 4));
	put8(o, 0);
	put16(o, 20 + options + content);
	put(o, none, 4);
	put8(o, 64);
	put8(o, protocol);
	put16(o, 0);
	put(o, addresses, sizeof(addresses));
	put(o, none, options);
}

/* 2001:db8::1 to 2001:db8::35. */
static void put_ipv6(struct octets *o, uint8_t next, size_t content)
{
	static const uint8_t source[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
	static const uint8_t destination[16] = {0x20, 1, 0xd, 0xb8, [15] = 0x35};

	put16(o, 0x6000);
	put16(o, 0);
	put16(o, content);
	put8(o, next);
	put8(o, 64);
	put(o, source, 16);
	put(o, destination, 16);
}

static void put_udp(struct octets *o, size_t content)
{
	put16(o, 40000);
	put16(o, 53);
	put16(o, 8 + content);
	put16(o, 0);
}

static void put_tcp(struct octets *o, size_t options)
{
	static const uint8_t none[40];

	put16(o, 53);
	put16(o, 40000);
	put(o, none, 8);
	put8(o, (5 + options / 4) << 4);
	put(o, none, 7);
	put(o, none, options);
}

static void put_icmp(struct octets *o, uint8_t type, uint8_t code)
{
	put8(o, type);
	put8(o, code);
	put16(o, 0);
	put16(o, 0);
	put16(o, 0);
}

/* From memory that ends where the packet does. `wire` 0: all was captured. */
static enum ip_verdict read_part(struct packet *p, const struct octets *o, size_t size, size_t wire)
{
	static uint8_t *copy;
	enum ip_verdict verdict;

	free(copy); /* the last one, which the last packet pointed into */
	copy = malloc(size ? size : 1);
	assert_non_null(copy);
	memcpy(copy, o->data, size);
	memset(p, 0xaa, sizeof(*p));
	verdict = ip_packet_read(p, copy, size, wire ? wire : size);
	if (verdict == IP_MESSAGES) {
		assert_true(p->size <= p->wire_size);
		assert_true(p->size == 0 ||
			    (p->payload >= copy && p->payload + p->size <= copy + size));
	}
	return verdict;
}

static enum ip_verdict read_all(struct packet *p, const struct octets *o)
{
	return read_part(p, o, o->size, 0);
}

static struct octets udp4(void)
{
	struct octets o = {.size = 0};

	put_ipv4(&o, IPPROTO_UDP, 8 + 16, 0);
	put_udp(&o, 16);
	put(&o, text, 16);
	return o;
}

static void assert_payload(const struct packet *p, size_t size, size_t wire)
{
	assert_int_equal(p->size, size);
	assert_int_equal(p->wire_size, wire);
	assert_memory_equal(p->payload, text, size);
}

static void udp_over_ipv4(void **state)
{
	static const uint8_t source[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1};
	struct octets o = udp4();
	struct packet p;

	(void)state;
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_int_equal(p.kind, PACKET_DNS);
	assert_int_equal(p.protocol, IPPROTO_UDP);
	assert_memory_equal(p.source.address, source, 16);
	assert_int_equal(p.destination.address[15], 53);
	assert_int_equal(p.source.port, 40000);
	assert_int_equal(p.destination.port, 53);
	assert_int_equal(p.icmp_type, 0);
	assert_false(p.ipv6);
	assert_payload(&p, 16, 16);
	/* What is the caller's stays so. */
	assert_int_equal(p.cookie, 0xaaaaaaaaaaaaaaaaull);
	assert_int_equal(p.time, 0xaaaaaaaaaaaaaaaaull);
}

static void ipv4_options(void **state)
{
	struct octets o = {.size = 0};
	struct packet p;

	(void)state;
	put_ipv4(&o, IPPROTO_UDP, 8 + 16, 40);
	put_udp(&o, 16);
	put(&o, text, 16);
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_payload(&p, 16, 16);
	assert_int_equal(read_part(&p, &o, 59, 0), IP_DAMAGED);
}

static void ipv4_lengths(void **state)
{
	struct octets o = udp4();
	struct packet p;

	(void)state;
	set16(&o, 2, 0); /* segmentation offload */
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_payload(&p, 16, 16);
	set16(&o, 2, 19);
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
	set16(&o, 2, 20 + 7);
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
	set16(&o, 2, 1000); /* more than there is: UDP knows better */
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_payload(&p, 16, 16);
	set16(&o, 2, 20 + 8 + 10); /* less: the rest is padding */
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_payload(&p, 10, 16);
	o = udp4();
	o.data[0] = 0x44;
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
	o.data[0] = 0x55;
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
}

static void udp_lengths(void **state)
{
	struct octets o = udp4();
	struct packet p;

	(void)state;
	set16(&o, 24, 8 + 10);
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_payload(&p, 10, 10);
	set16(&o, 24, 8 + 17);
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_payload(&p, 16, 17);
	set16(&o, 24, 8);
	assert_int_equal(read_all(&p, &o), IP_EMPTY);
	set16(&o, 24, 7);
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
	set16(&o, 24, 0);
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
}

static void every_cut(void **state)
{
	struct octets o = udp4();
	struct packet p;
	size_t n;

	(void)state;
	for (n = 0; n < 28; n++)
		assert_int_equal(read_part(&p, &o, n, o.size), IP_DAMAGED);
	for (; n <= o.size; n++) {
		assert_int_equal(read_part(&p, &o, n, o.size), IP_MESSAGES);
		assert_payload(&p, n - 28, 16);
	}
}

static void ipv4_fragments(void **state)
{
	struct octets o = udp4();
	struct packet p;

	(void)state;
	set16(&o, 6, 0x4000); /* don't fragment */
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	set16(&o, 6, 0x2000);
	set16(&o, 24, 8 + 3000);
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_payload(&p, 16, 3000);
	set16(&o, 6, 0x2001);
	assert_int_equal(read_all(&p, &o), IP_FRAGMENT);
	set16(&o, 6, 0x0100);
	assert_int_equal(read_all(&p, &o), IP_FRAGMENT);
}

static void tcp(void **state)
{
	struct octets o = {.size = 0};
	struct packet p;

	(void)state;
	put_ipv4(&o, IPPROTO_TCP, 20 + 12 + 16, 0);
	put_tcp(&o, 12);
	put(&o, text, 16);
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_int_equal(p.protocol, IPPROTO_TCP);
	assert_int_equal(p.source.port, 53);
	assert_payload(&p, 16, 16);
	assert_int_equal(read_part(&p, &o, o.size - 6, o.size), IP_MESSAGES);
	assert_payload(&p, 10, 16);
	assert_int_equal(read_part(&p, &o, 51, o.size), IP_DAMAGED);
	set16(&o, 2, 20 + 32);
	assert_int_equal(read_all(&p, &o), IP_EMPTY);
	set16(&o, 2, 20 + 31);
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
	set16(&o, 2, 20 + 48);
	o.data[20 + 12] = 0x40;
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
}

static void other_protocols(void **state)
{
	static const uint8_t protocols[] = {0,		 IPPROTO_ICMPV6, IPPROTO_IGMP, IPPROTO_GRE,
					    IPPROTO_ESP, IPPROTO_SCTP,	 255};
	struct octets o = udp4();
	struct packet p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(protocols); i++) {
		o.data[9] = protocols[i];
		assert_int_equal(read_all(&p, &o), IP_OTHER);
	}
}

static void udp_over_ipv6(void **state)
{
	struct octets o = {.size = 0};
	struct packet p;
	size_t n;

	(void)state;
	put_ipv6(&o, IPPROTO_UDP, 8 + 16);
	put_udp(&o, 16);
	put(&o, text, 16);
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_true(p.ipv6);
	assert_int_equal(p.source.address[0], 0x20);
	assert_int_equal(p.source.address[15], 1);
	assert_int_equal(p.destination.address[15], 0x35);
	assert_int_equal(p.destination.port, 53);
	assert_payload(&p, 16, 16);
	for (n = 0; n < 48; n++)
		assert_int_equal(read_part(&p, &o, n, o.size), IP_DAMAGED);
	set16(&o, 4, 8 + 10);
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_payload(&p, 10, 16);
	set16(&o, 4, 0); /* segmentation offload */
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_payload(&p, 16, 16);
	o.data[6] = IPPROTO_ESP;
	assert_int_equal(read_all(&p, &o), IP_OTHER);
	o.data[6] = IPPROTO_NONE;
	assert_int_equal(read_all(&p, &o), IP_OTHER);
	o.data[6] = IPPROTO_ICMP;
	assert_int_equal(read_all(&p, &o), IP_OTHER);
}

/* Each kind once, in one packet. */
static void ipv6_extensions(void **state)
{
	static const uint8_t hop_by_hop[8] = {IPPROTO_ROUTING};
	static const uint8_t routing[24] = {IPPROTO_AH, 2};
	static const uint8_t authentication[16] = {IPPROTO_FRAGMENT, 2};
	static const uint8_t fragment[8] = {IPPROTO_DSTOPTS, 99};
	static const uint8_t options[16] = {IPPROTO_UDP, 1};
	struct octets o = {.size = 0};
	struct packet p;
	size_t n;

	(void)state;
	put_ipv6(&o, IPPROTO_HOPOPTS, 8 + 24 + 16 + 8 + 16 + 8 + 16);
	put(&o, hop_by_hop, sizeof(hop_by_hop));
	put(&o, routing, sizeof(routing));
	put(&o, authentication, sizeof(authentication));
	put(&o, fragment, sizeof(fragment));
	put(&o, options, sizeof(options));
	put_udp(&o, 16);
	put(&o, text, 16);
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_int_equal(p.destination.port, 53);
	assert_payload(&p, 16, 16);
	for (n = 0; n < o.size - 16; n++)
		assert_int_equal(read_part(&p, &o, n, o.size), IP_DAMAGED);
	o.data[40 + 8 + 24 + 16 + 3] = 1; /* more fragments */
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	o.data[40 + 8 + 24 + 16 + 3] = 8; /* offset 1 */
	assert_int_equal(read_all(&p, &o), IP_FRAGMENT);
	set16(&o, 4, 0); /* a jumbogram */
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
}

static void ipv6_too_many_extensions(void **state)
{
	static const uint8_t options[8] = {IPPROTO_DSTOPTS};
	unsigned int count, i;
	struct packet p;

	(void)state;
	for (count = 1; count <= 10; count++) {
		struct octets o = {.size = 0};

		put_ipv6(&o, IPPROTO_DSTOPTS, count * 8 + 8 + 16);
		for (i = 0; i < count; i++)
			put(&o, options, sizeof(options));
		o.data[o.size - 8] = IPPROTO_UDP;
		put_udp(&o, 16);
		put(&o, text, 16);
		assert_int_equal(read_all(&p, &o), count <= 8 ? IP_MESSAGES : IP_DAMAGED);
	}
}

/* An error of this type about a UDP packet, of which `quoted` octets come after its IP header. */
static struct octets icmp4(uint8_t type, uint8_t code, size_t quoted)
{
	struct octets o = {.size = 0};
	struct octets inner = {.size = 0};

	put_ipv4(&inner, IPPROTO_UDP, 8 + 16, 0);
	put_udp(&inner, 16);
	put(&inner, text, 16);
	put_ipv4(&o, IPPROTO_ICMP, 8 + 20 + quoted, 0);
	memset(o.data + 12, 9, 8); /* from elsewhere */
	put_icmp(&o, type, code);
	put(&o, inner.data, 20 + quoted);
	return o;
}

static void icmp_unreachable(void **state)
{
	struct octets o = icmp4(3, 3, 24);
	struct packet p;
	size_t quoted;

	(void)state;
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_int_equal(p.kind, PACKET_UNREACHABLE);
	assert_int_equal(p.icmp_type, 3);
	assert_int_equal(p.icmp_code, 3);
	assert_int_equal(p.protocol, IPPROTO_UDP);
	assert_int_equal(p.source.address[15], 1);
	assert_int_equal(p.source.port, 40000);
	assert_int_equal(p.destination.port, 53);
	assert_payload(&p, 16, 16);
	for (quoted = 0; quoted < 24; quoted++) {
		o = icmp4(3, 13, quoted);
		if (quoted < 8) {
			assert_int_equal(read_all(&p, &o), IP_DAMAGED);
			continue;
		}
		assert_int_equal(read_all(&p, &o), IP_MESSAGES);
		assert_int_equal(p.icmp_code, 13);
		assert_payload(&p, quoted - 8, 16);
	}
}

static void icmp_of_other_kinds(void **state)
{
	static const uint8_t others[][2] = {{3, 4}, {0, 0}, {8, 0}, {5, 1}, {11, 0}, {12, 0}};
	struct octets o;
	struct packet p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		o = icmp4(others[i][0], others[i][1], 24);
		assert_int_equal(read_all(&p, &o), IP_OTHER);
	}
	o = icmp4(3, 3, 24);
	o.data[28 + 9] = IPPROTO_ICMP;
	assert_int_equal(read_all(&p, &o), IP_OTHER);
	o = icmp4(3, 3, 24);
	set16(&o, 28 + 6, 100); /* a later fragment of it */
	assert_int_equal(read_all(&p, &o), IP_OTHER);
	o = icmp4(3, 3, 24);
	o.data[28] = 0x65;
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
	assert_int_equal(read_part(&p, &o, 27, 0), IP_DAMAGED);
}

static void icmp_of_another_version(void **state)
{
	struct octets o = {.size = 0};
	struct packet p;

	(void)state;
	put_ipv4(&o, IPPROTO_ICMP, 8 + 40 + 8 + 16, 0);
	put_icmp(&o, 3, 3);
	put_ipv6(&o, IPPROTO_UDP, 8 + 16);
	put_udp(&o, 16);
	put(&o, text, 16);
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
}

/* RFC 4884: the quoted packet ends where the length says, extensions follow. */
static void icmp_extensions(void **state)
{
	struct octets o = icmp4(3, 3, 24);
	struct packet p;

	(void)state;
	o.data[20 + 5] = (20 + 8 + 8) / 4;
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_payload(&p, 8, 16);
	o.data[20 + 5] = 255;
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_payload(&p, 16, 16);
}

static void icmp_about_tcp(void **state)
{
	struct octets o = {.size = 0};
	struct packet p;

	(void)state;
	put_ipv4(&o, IPPROTO_ICMP, 8 + 20 + 8, 0);
	put_icmp(&o, 3, 1);
	put_ipv4(&o, IPPROTO_TCP, 20 + 16, 0);
	put16(&o, 40000);
	put16(&o, 53);
	put(&o, text, 4);
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_int_equal(p.kind, PACKET_UNREACHABLE);
	assert_int_equal(p.protocol, IPPROTO_TCP);
	assert_int_equal(p.destination.port, 53);
	assert_int_equal(p.size, 0);
	assert_int_equal(p.wire_size, 0);
	assert_int_equal(read_part(&p, &o, o.size - 1, 0), IP_DAMAGED);
}

static void icmpv6_unreachable(void **state)
{
	struct octets o = {.size = 0};
	struct packet p;

	(void)state;
	put_ipv6(&o, IPPROTO_ICMPV6, 8 + 40 + 8 + 16);
	put_icmp(&o, 1, 4);
	put_ipv6(&o, IPPROTO_UDP, 8 + 16);
	put_udp(&o, 16);
	put(&o, text, 16);
	assert_int_equal(read_all(&p, &o), IP_MESSAGES);
	assert_int_equal(p.kind, PACKET_UNREACHABLE);
	assert_int_equal(p.icmp_type, 1);
	assert_int_equal(p.icmp_code, 4);
	assert_true(p.ipv6);
	assert_payload(&p, 16, 16);
	o.data[40] = 2; /* packet too big */
	assert_int_equal(read_all(&p, &o), IP_OTHER);
	o.data[40] = 3; /* ICMP's number, not ICMPv6's */
	assert_int_equal(read_all(&p, &o), IP_OTHER);
}

static void no_ip(void **state)
{
	struct octets o = udp4();
	struct packet p;

	(void)state;
	o.data[0] = 0x05;
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
	o.data[0] = 0xf5;
	assert_int_equal(read_all(&p, &o), IP_DAMAGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_over_ipv4),
		cmocka_unit_test(ipv4_options),
		cmocka_unit_test(ipv4_lengths),
		cmocka_unit_test(udp_lengths),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(ipv4_fragments),
		cmocka_unit_test(tcp),
		cmocka_unit_test(other_protocols),
		cmocka_unit_test(udp_over_ipv6),
		cmocka_unit_test(ipv6_extensions),
		cmocka_unit_test(ipv6_too_many_extensions),
		cmocka_unit_test(icmp_unreachable),
		cmocka_unit_test(icmp_of_other_kinds),
		cmocka_unit_test(icmp_of_another_version),
		cmocka_unit_test(icmp_extensions),
		cmocka_unit_test(icmp_about_tcp),
		cmocka_unit_test(icmpv6_unreachable),
		cmocka_unit_test(no_ip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
