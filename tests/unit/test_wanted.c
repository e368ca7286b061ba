/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <string.h>

#include "capture/wanted.h"

static struct capture_config config_of(void)
{
	struct capture_config c = {.ports = {53, 5353}, .port_count = 2};

	return c;
}

static struct packet packet_of(uint16_t source, uint16_t destination,
			       enum packet_direction direction)
{
	struct packet p = {.protocol = IPPROTO_UDP, .direction = direction};

	p.source.port = source;
	p.destination.port = destination;
	return p;
}

static bool wanted(const struct capture_config *c, const struct packet *p)
{
	/* A SYN belongs to DNS where its data does. */
	assert_int_equal(packet_is_wanted(c, p, IP_MESSAGES), packet_is_wanted(c, p, IP_EMPTY));
	return packet_is_wanted(c, p, IP_MESSAGES);
}

static bool wanted_ports(const struct capture_config *c, uint16_t source, uint16_t destination,
			 enum packet_direction direction)
{
	struct packet p = packet_of(source, destination, direction);

	return wanted(c, &p);
}

static void test_ports(void **state)
{
	struct capture_config c = config_of();

	(void)state;
	assert_true(wanted_ports(&c, 40000, 53, PACKET_DIRECTION_UNKNOWN));
	assert_true(wanted_ports(&c, 5353, 40000, PACKET_DIRECTION_UNKNOWN));
	assert_true(wanted_ports(&c, 40000, 53, PACKET_OUT));
	assert_true(wanted_ports(&c, 40000, 53, PACKET_IN));
	assert_false(wanted_ports(&c, 40000, 443, PACKET_DIRECTION_UNKNOWN));
	assert_false(wanted_ports(&c, 5300, 40000, PACKET_OUT));
	assert_false(wanted_ports(&c, 0, 0, PACKET_IN));
}

static void test_roles(void **state)
{
	struct capture_config client = config_of(), server = config_of();

	(void)state;
	client.no_server = true;
	server.no_client = true;
	assert_true(wanted_ports(&client, 40000, 53, PACKET_OUT));
	assert_true(wanted_ports(&client, 53, 40000, PACKET_IN));
	assert_false(wanted_ports(&client, 40000, 53, PACKET_IN));
	assert_false(wanted_ports(&client, 53, 40000, PACKET_OUT));
	assert_false(wanted_ports(&server, 40000, 53, PACKET_OUT));
	assert_false(wanted_ports(&server, 53, 40000, PACKET_IN));
	assert_true(wanted_ports(&server, 40000, 53, PACKET_IN));
	assert_true(wanted_ports(&server, 53, 40000, PACKET_OUT));
	/* Where it cannot be told, all are shown. */
	assert_true(wanted_ports(&client, 53, 40000, PACKET_DIRECTION_UNKNOWN));
	assert_true(wanted_ports(&server, 40000, 53, PACKET_DIRECTION_UNKNOWN));
}

static void test_redirected(void **state)
{
	struct packet p = packet_of(40000, 33333, PACKET_OUT);
	struct capture_config c = config_of();

	(void)state;
	assert_false(wanted(&c, &p));
	p.has_asked = true;
	p.asked.port = 53;
	assert_true(wanted(&c, &p));
	c.no_client = true;
	assert_false(wanted(&c, &p));
}

static void test_unreachable(void **state)
{
	struct packet p = packet_of(40000, 53, PACKET_IN);
	struct capture_config c = config_of();

	(void)state;
	p.kind = PACKET_UNREACHABLE;
	assert_true(wanted(&c, &p));
	p = packet_of(53, 40000, PACKET_IN); /* it refused an answer */
	p.kind = PACKET_UNREACHABLE;
	assert_false(wanted(&c, &p));
}

static void test_protocols_and_families(void **state)
{
	struct packet p = packet_of(40000, 53, PACKET_OUT);
	struct capture_config c = config_of();

	(void)state;
	c.no_udp = true;
	assert_false(wanted(&c, &p));
	p.protocol = IPPROTO_TCP;
	assert_true(wanted(&c, &p));
	c.no_tcp = true;
	assert_false(wanted(&c, &p));
	c = config_of();
	c.no_ipv4 = true;
	assert_false(wanted(&c, &p));
	p.ipv6 = true;
	assert_true(wanted(&c, &p));
	c.no_ipv6 = true;
	assert_false(wanted(&c, &p));
}

static void test_owners(void **state)
{
	struct packet p = packet_of(40000, 53, PACKET_OUT);
	const struct owner owner = {.pid = 1, .tid = 2, .uid = 3, .comm = "dig"};
	struct capture_config c;

	(void)state;
#define CHECK(member, right, wrong)                                                                \
	do {                                                                                       \
		c = config_of();                                                                   \
		c.has_##member = true;                                                             \
		c.member = right;                                                                  \
		p.has_owner = false;                                                               \
		assert_false(wanted(&c, &p));                                                      \
		p.has_owner = true;                                                                \
		p.owner = owner;                                                                   \
		assert_true(wanted(&c, &p));                                                       \
		p.owner.member = wrong;                                                            \
		assert_false(wanted(&c, &p));                                                      \
	} while (0)
	CHECK(pid, 1, 2);
	CHECK(tid, 2, 1);
	CHECK(uid, 3, 0);
#undef CHECK
	c = config_of();
	c.has_comm = true;
	strcpy(c.comm, "dig");
	p.owner = owner;
	assert_true(wanted(&c, &p));
	strcpy(p.owner.comm, "digs");
	assert_false(wanted(&c, &p));
}

static void test_verdicts(void **state)
{
	struct packet p = packet_of(0, 0, PACKET_DIRECTION_UNKNOWN);
	struct capture_config c = config_of();

	(void)state;
	assert_false(packet_is_wanted(&c, &p, IP_OTHER));
	assert_true(packet_is_wanted(&c, &p, IP_FRAGMENT));
	assert_true(packet_is_wanted(&c, &p, IP_DAMAGED)); /* who knows */
	p = packet_of(40000, 443, PACKET_DIRECTION_UNKNOWN);
	assert_false(packet_is_wanted(&c, &p, IP_DAMAGED));
	p = packet_of(40000, 53, PACKET_DIRECTION_UNKNOWN);
	assert_true(packet_is_wanted(&c, &p, IP_DAMAGED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),	   cmocka_unit_test(test_roles),
		cmocka_unit_test(test_redirected), cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_owners),	   cmocka_unit_test(test_protocols_and_families),
		cmocka_unit_test(test_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
