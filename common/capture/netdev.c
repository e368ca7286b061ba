/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* linux/if_arp.h of 4.18. */
#ifndef ARPHRD_RAWIP
#define ARPHRD_RAWIP 519
#endif
#ifndef ARPHRD_IP6GRE
#define ARPHRD_IP6GRE 823
#endif

#define NETDEVS_MAX	65536
#define ANSWER_LIMIT_MS 2000

static struct netdev *find(const struct netdevs *l, uint32_t index)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->list[i].index == index)
			return &l->list[i];
	return NULL;
}

const struct netdev *netdevs_find(const struct netdevs *l, uint32_t index)
{
	return find(l, index);
}

static struct netdev *add(struct netdevs *l)
{
	size_t room = l->room ? l->room * 2 : 16;
	struct netdev *list;

	if (l->count == l->room) {
		list = room <= NETDEVS_MAX ? realloc(l->list, room * sizeof(*list)) : NULL;
		if (!list)
			return NULL;
		l->list = list;
		l->room = room;
	}
	return &l->list[l->count++];
}

static void take_new(struct netdevs *l, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);
	const struct rtattr *attribute = IFLA_RTA(info);
	size_t size = IFLA_PAYLOAD(message);
	struct netdev *device = find(l, (uint32_t)info->ifi_index);

	if (!device)
		device = add(l);
	if (!device)
		return;
	*device = (struct netdev){
		.index = (uint32_t)info->ifi_index,
		.flags = info->ifi_flags,
		.type = info->ifi_type,
	};
	for (; RTA_OK(attribute, size); attribute = RTA_NEXT(attribute, size))
		if (attribute->rta_type == IFLA_IFNAME)
			memcpy(device->name, RTA_DATA(attribute),
			       strnlen(RTA_DATA(attribute), RTA_PAYLOAD(attribute) < IF_NAMESIZE - 1
								    ? RTA_PAYLOAD(attribute)
								    : IF_NAMESIZE - 1));
}

static void take_gone(struct netdevs *l, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);
	struct netdev *device = find(l, (uint32_t)info->ifi_index);

	/* A bridge port that leaves its bridge is told so too. */
	if (device && info->ifi_family == AF_UNSPEC)
		*device = l->list[--l->count];
}

static void take(struct netdevs *l, const struct nlmsghdr *message)
{
	if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
		l->listing = false;
	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
		return;
	if (message->nlmsg_type == RTM_NEWLINK)
		take_new(l, message);
	else if (message->nlmsg_type == RTM_DELLINK)
		take_gone(l, message);
}

/* Anew: what is in the list now may be gone. */
static bool request_list(struct netdevs *l)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg body;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			   .nlmsg_type = RTM_GETLINK,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	};

	l->count = 0;
	l->listing = true;
	return write(l->netlink, &request, sizeof(request)) == (ssize_t)sizeof(request);
}

bool netdevs_update(struct netdevs *l)
{
	char buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool changed = false;
	ssize_t n;

	while ((n = read(l->netlink, buffer, sizeof(buffer))) != 0) {
		const struct nlmsghdr *message = (const void *)buffer;
		size_t size = n > 0 ? (size_t)n : 0;

		if (n < 0 && errno == EINTR)
			continue;
		/* Messages were lost, as they came faster than they were read. */
		if (n < 0 && errno == ENOBUFS && request_list(l))
			continue;
		if (n < 0)
			break;
		for (; NLMSG_OK(message, size); message = NLMSG_NEXT(message, size))
			take(l, message);
		changed = true;
	}
	return changed && !l->listing;
}

static bool wait_for_list(struct netdevs *l)
{
	struct pollfd pollfd = {.fd = l->netlink, .events = POLLIN};

	while (l->listing) {
		int n = poll(&pollfd, 1, ANSWER_LIMIT_MS);

		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		netdevs_update(l);
	}
	return true;
}

bool netdevs_open(struct netdevs *l)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};

	memset(l, 0, sizeof(*l));
	l->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (l->netlink >= 0 &&
	    bind(l->netlink, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    request_list(l) && wait_for_list(l))
		return true;
	netdevs_close(l);
	return false;
}

void netdevs_close(struct netdevs *l)
{
	if (l->netlink >= 0)
		close(l->netlink);
	l->netlink = -1;
	free(l->list);
	l->list = NULL;
	l->count = l->room = 0;
}

bool netdev_is_raw_ip(const struct netdev *device)
{
	static const uint16_t types[] = {ARPHRD_NONE, ARPHRD_PPP,   ARPHRD_TUNNEL, ARPHRD_TUNNEL6,
					 ARPHRD_SIT,  ARPHRD_IPGRE, ARPHRD_IP6GRE, ARPHRD_RAWIP};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] == device->type)
			return true;
	return false;
}
