/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/sock_diag.h"

struct search {
	uint64_t cookie;
	struct diag_socket found;
	unsigned int count;
};

static void look(void *context, const struct diag_socket *diag)
{
	struct search *search = context;

	if (diag->cookie != search->cookie)
		return;
	search->found = *diag;
	search->count++;
}

/* The socket's own word for its cookie and inode is what the dump must say. */
static void check(int family, int type, const struct sockaddr *address, socklen_t size,
		  const uint8_t expected[16])
{
	int fd = socket(family, type, 0);
	struct search search = {0};
	socklen_t length = sizeof(search.cookie);
	struct stat status;

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, address, size), 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &search.cookie, &length), 0);
	assert_int_equal(fstat(fd, &status), 0);
	sock_diag_dump(look, &search);
	assert_int_equal(search.count, 1);
	assert_int_equal(search.found.inode, status.st_ino);
	assert_int_equal(search.found.remote_port, 5300);
	assert_memory_equal(search.found.remote_address, expected, 16);
	close(fd);
}

static void test_ipv4_udp(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(5300)};
	const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1};

	(void)state;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(AF_INET, SOCK_DGRAM, (void *)&address, sizeof(address), mapped);
}

static void test_ipv6_udp(void **state)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(5300)};
	const uint8_t loopback[16] = {[15] = 1};

	(void)state;
	address.sin6_addr = in6addr_loopback;
	check(AF_INET6, SOCK_DGRAM, (void *)&address, sizeof(address), loopback);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4_udp),
		cmocka_unit_test(test_ipv6_udp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
