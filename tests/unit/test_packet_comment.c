/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "capture/packet_comment.h"

static struct packet full_packet(void)
{
	struct packet p = {
		.kind = PACKET_DNS,
		.cookie = UINT64_MAX,
		.has_owner = true,
		.owner = {.pid = 1,
			  .tid = 4194304,
			  .uid = UINT32_MAX,
			  .comm = "dig",
			  .since = 1700000000123456789,
			  .cgroup = 9},
		.has_asked = true,
		.asked = {.address = {[10] = 0xff, 0xff, 127, 0, 0, 11}, .port = 53},
	};

	return p;
}

static size_t write_comment(char text[PACKET_COMMENT_MAX + 1], const struct packet *p,
			    const char *cgroup)
{
	size_t n;

	memset(text, 'X', PACKET_COMMENT_MAX + 1);
	n = packet_comment_write(text, p, cgroup);
	assert_int_equal(text[PACKET_COMMENT_MAX], 'X');
	assert_true(n <= PACKET_COMMENT_MAX);
	text[n] = '\0';
	return n;
}

/* What comes back of a packet. */
static struct packet round_trip(const struct packet *p, const char *cgroup,
				struct packet_comment_texts *texts)
{
	char text[PACKET_COMMENT_MAX + 1];
	size_t n = write_comment(text, p, cgroup);
	struct packet back = {.time = 42, .direction = PACKET_OUT};

	assert_true(packet_comment_read(&back, texts, text, n));
	assert_true(back.time == 42 && back.direction == PACKET_OUT);
	return back;
}

static void test_text(void **state)
{
	struct packet p = full_packet();
	char text[PACKET_COMMENT_MAX + 1];

	(void)state;
	write_comment(text, &p, "/a.slice/b c");
	assert_string_equal(text, "pid=1 tid=4194304 uid=4294967295 comm=dig "
				  "since=1700000000123456789 cgroup_id=9 cgroup=/a.slice/b\\032c "
				  "cookie=18446744073709551615 asked=127.0.0.11#53");
	p = (struct packet){.kind = PACKET_SEND_FAILED, .code = 1};
	write_comment(text, &p, NULL);
	assert_string_equal(text, "kind=send_failed errno=1");
	p = (struct packet){.kind = PACKET_DROPPED, .reason = "NO_SOCKET", .cookie = 5};
	write_comment(text, &p, NULL);
	assert_string_equal(text, "cookie=5 kind=dropped reason=NO_SOCKET");
	p = (struct packet){.kind = PACKET_UNREACHABLE};
	assert_int_equal(write_comment(text, &p, NULL), 0);
}

static void test_round_trip(void **state)
{
	struct packet p = full_packet(), back;
	struct packet_comment_texts texts;

	(void)state;
	back = round_trip(&p, "/kubepods/x", &texts);
	assert_true(back.has_owner && back.has_asked);
	assert_memory_equal(&back.owner, &p.owner, sizeof(p.owner));
	assert_true(back.cookie == p.cookie);
	assert_true(endpoint_equal(&back.asked, &p.asked));
	assert_string_equal(texts.cgroup, "/kubepods/x");
	assert_string_equal(texts.reason, "");
	assert_int_equal(back.kind, PACKET_DNS);
}

static void test_kinds(void **state)
{
	struct packet p = {.kind = PACKET_SEND_FAILED, .code = 101}, back;
	struct packet_comment_texts texts;

	(void)state;
	back = round_trip(&p, NULL, &texts);
	assert_int_equal(back.kind, PACKET_SEND_FAILED);
	assert_int_equal(back.code, 101);
	assert_false(back.has_owner || back.has_asked);
	p = (struct packet){.kind = PACKET_DROPPED, .reason = "SOCKET_RCVBUFF"};
	back = round_trip(&p, NULL, &texts);
	assert_int_equal(back.kind, PACKET_DROPPED);
	assert_string_equal(texts.reason, "SOCKET_RCVBUFF");
}

/* IPv6 too, and an IPv4-mapped address stays one. */
static void test_asked(void **state)
{
	static const struct endpoint asked[] = {
		{{0xfd, 0x53, [15] = 1}, 65535},
		{{0}, 0},
		{{[10] = 0xff, 0xff, 255, 255, 255, 255}, 5353},
	};
	struct packet_comment_texts texts;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct packet p = {.has_asked = true, .asked = asked[i]}, back;

		back = round_trip(&p, NULL, &texts);
		assert_true(back.has_asked && endpoint_equal(&back.asked, &asked[i]));
	}
}

/* Every octet that a command name or a folder may have, at their longest. */
static void test_any_octet(void **state)
{
	struct packet_comment_texts texts;
	char path[CGROUP_PATH_MAX];

	(void)state;
	for (int octet = 1; octet < 256; octet++) {
		struct packet p = full_packet(), back;

		memset(p.owner.comm, octet, COMM_SIZE - 1);
		memset(path, octet, sizeof(path) - 1);
		path[sizeof(path) - 1] = '\0';
		back = round_trip(&p, path, &texts);
		assert_memory_equal(back.owner.comm, p.owner.comm, COMM_SIZE);
		assert_string_equal(texts.cgroup, path);
	}
	struct packet p = full_packet();

	memset(p.owner.comm, 0, COMM_SIZE);
	assert_string_equal(round_trip(&p, NULL, &texts).owner.comm, "");
}

static void test_strict(void **state)
{
	static const char *const wrong[] = {
		"",
		" ",
		"the server is slow",
		"pid=1",
		"pid=1 tid=1 uid=1",
		"pid=1 tid=1 uid=1 comm=x ",
		" pid=1 tid=1 uid=1 comm=x",
		"pid=1  tid=1 uid=1 comm=x",
		"pid=1 tid=1 uid=1 comm=x pid=1",
		"pid=1 tid=1 uid=1 comm=x more=1",
		"pid=1\ntid=1 uid=1 comm=x",
		"pid=-1 tid=1 uid=1 comm=x",
		"pid=01 tid=1 uid=1 comm=x",
		"pid= tid=1 uid=1 comm=x",
		"pid=4294967296 tid=1 uid=1 comm=x",
		"pid=1 tid=1 uid=1 comm=1234567890123456",
		"pid=1 tid=1 uid=1 comm=a\\32",
		"pid=1 tid=1 uid=1 comm=a\\000",
		"pid=1 tid=1 uid=1 comm=a\\256",
		"pid=1 tid=1 uid=1 comm=a\\097",
		"pid=1 tid=1 uid=1 comm=a\\",
		"pid=1 tid=1 uid=1 comm=\xc3\xa9",
		"pid=1 tid=1 uid=1 comm=x cgroup=/a",
		"cgroup_id=1 cgroup=/a",
		"since=1",
		"cookie=18446744073709551616",
		"cookie=99999999999999999999",
		"asked=127.0.0.1",
		"asked=127.0.0.1#65536",
		"asked=127.0.0.1#",
		"asked=localhost#53",
		"asked=1.2.3#53",
		"kind=send_failed",
		"kind=dropped errno=1",
		"kind=dns",
		"errno=1",
		"reason=X",
		"kind=send_failed errno=4096",
		"kind=dropped reason=\\033[31mX",
		"kind=dropped reason=no_socket",
	};
	struct packet_comment_texts texts;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct packet p = full_packet(), before = p;

		if (packet_comment_read(&p, &texts, wrong[i], strlen(wrong[i])))
			fail_msg("taken: %s", wrong[i]);
		assert_memory_equal(&p, &before, sizeof(p));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),	  cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_kinds),	  cmocka_unit_test(test_asked),
		cmocka_unit_test(test_any_octet), cmocka_unit_test(test_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
