/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packets of those that a source sees are asked for: what BPF programs filter in the
 * kernel, for sources that have none. Pure.
 */
#ifndef COMMON_CAPTURE_WANTED_H
#define COMMON_CAPTURE_WANTED_H

#include "capture/config.h"
#include "capture/ip.h"

/* By pid, tid, uid and comm. `owner`: NULL where it is not known. */
bool owner_is_wanted(const struct capture_config *config, const struct owner *owner);

/*
 * A packet, as ip_packet_read() left it with `verdict`; ports are 0 where it found none. A packet
 * belongs to DNS when one of its ports, or the port that its process named, is a DNS port; an
 * ICMP error does when the quoted packet went to one. The roles are told by the direction, where
 * that is known and no interface is. What is too damaged to have ports may be DNS, and so is
 * wanted.
 */
bool packet_is_wanted(const struct capture_config *config, const struct packet *packet,
		      enum ip_verdict verdict);

#endif
