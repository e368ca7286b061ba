/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sock_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

static bool request_dump(int netlink, uint8_t family, uint8_t protocol)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.body = {.sdiag_family = family, .sdiag_protocol = protocol, .idiag_states = ~0U},
	};

	return send(netlink, &request, sizeof(request), 0) == (ssize_t)sizeof(request);
}

static void give(const struct inet_diag_msg *message, diag_fn fn, void *context)
{
	struct diag_socket socket = {
		.cookie = (uint64_t)message->id.idiag_cookie[1] << 32 | message->id.idiag_cookie[0],
		.inode = message->idiag_inode,
		.local_port = ntohs(message->id.idiag_sport),
		.remote_port = ntohs(message->id.idiag_dport),
	};

	if (message->idiag_family == AF_INET6) {
		memcpy(socket.remote_address, message->id.idiag_dst, 16);
	} else {
		memset(socket.remote_address + 10, 0xff, 2);
		memcpy(socket.remote_address + 12, message->id.idiag_dst, 4);
	}
	fn(context, &socket);
}

/* False at the end of the dump. */
static bool give_all(const char *buffer, size_t size, diag_fn fn, void *context)
{
	const struct nlmsghdr *header = (const void *)buffer;

	for (; NLMSG_OK(header, size); header = NLMSG_NEXT(header, size)) {
		if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
			return false;
		if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
			give(NLMSG_DATA(header), fn, context);
	}
	return true;
}

static void dump(int netlink, uint8_t family, uint8_t protocol, diag_fn fn, void *context)
{
	char buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n;

	if (!request_dump(netlink, family, protocol))
		return;
	do {
		n = recv(netlink, buffer, sizeof(buffer), 0);
	} while ((n < 0 && errno == EINTR) || (n > 0 && give_all(buffer, (size_t)n, fn, context)));
}

void sock_diag_dump(diag_fn fn, void *context)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	static const uint8_t protocols[] = {IPPROTO_UDP, IPPROTO_TCP};
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (netlink < 0)
		return;
	for (size_t f = 0; f < sizeof(families); f++)
		for (size_t p = 0; p < sizeof(protocols); p++)
			dump(netlink, families[f], protocols[p], fn, context);
	close(netlink);
}
