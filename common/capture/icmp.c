/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/icmp.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/icmp.h>

/* The hook runs before the socket's own filter: what this one drops has been seen. */
static bool receive_nothing(int fd)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &drop};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

static bool only_unreachable_4(int fd)
{
	struct icmp_filter filter = {.data = ~(1U << ICMP_DEST_UNREACH)};

	return setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter)) == 0;
}

static bool only_unreachable_6(int fd)
{
	struct icmp6_filter filter;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) == 0;
}

static int open_listener(int family, int protocol, bool (*only_unreachable)(int fd))
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -1;
	if (receive_nothing(fd) && only_unreachable(fd))
		return fd;
	close(fd);
	return -1;
}

uint32_t icmp_open_listeners(int fds[2])
{
	uint32_t count = 0;
	int fd;

	fd = open_listener(AF_INET, IPPROTO_ICMP, only_unreachable_4);
	if (fd >= 0)
		fds[count++] = fd;
	fd = open_listener(AF_INET6, IPPROTO_ICMPV6, only_unreachable_6);
	if (fd >= 0)
		fds[count++] = fd;
	return count;
}
