/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name servers that programs of this host are told to ask.
 */
#ifndef COMMON_CLI_RESOLVERS_H
#define COMMON_CLI_RESOLVERS_H

#include <stdbool.h>

#include "capture/packet.h"

/* An address, IPv4 or IPv6, with or without a zone; its port is 0. */
bool resolvers_parse(const char *text, struct endpoint *server);

/*
 * Adds the servers of a resolv.conf(5) up to `room`; `path` NULL: those of this host and those
 * that systemd-resolved asks itself. Returns how many there are then; a file that is not there
 * adds none.
 */
unsigned int resolvers_read(const char *path, struct endpoint *servers, unsigned int count,
			    unsigned int room);

#endif
