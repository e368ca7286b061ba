/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network interfaces of this network namespace, rtnetlink(7): which there are, and when one
 * goes. Once opened, only read() and write() are needed.
 */
#ifndef COMMON_CAPTURE_NETDEV_H
#define COMMON_CAPTURE_NETDEV_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netdev {
	uint32_t index;
	uint32_t flags; /* IFF_UP, IFF_RUNNING, IFF_LOOPBACK */
	uint16_t type;	/* ARPHRD_ETHER */
	char name[IF_NAMESIZE];
};

struct netdevs {
	struct netdev *list;
	size_t count;
	size_t room;
	bool listing; /* `list` is not whole yet */
	int netlink;
};

/* False when they cannot be asked for; errno says why. */
bool netdevs_open(struct netdevs *l);
void netdevs_close(struct netdevs *l);

/* Takes in what has changed, never waits. True when something did, and the list is whole. */
bool netdevs_update(struct netdevs *l);

/* NULL: there is none. */
const struct netdev *netdevs_find(const struct netdevs *l, uint32_t index);

/* True when its frames begin with an IP header. */
bool netdev_is_raw_ip(const struct netdev *device);

#endif
