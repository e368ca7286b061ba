/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/wanted.h"

#include <netinet/in.h>
#include <string.h>

static bool is_dns_port(const struct capture_config *config, uint16_t port)
{
	for (unsigned int i = 0; i < config->port_count; i++)
		if (config->ports[i] == port)
			return true;
	return false;
}

bool owner_is_wanted(const struct capture_config *config, const struct owner *owner)
{
	if (!config->has_pid && !config->has_tid && !config->has_uid && !config->has_comm)
		return true;
	return owner && (!config->has_pid || owner->pid == config->pid) &&
	       (!config->has_tid || owner->tid == config->tid) &&
	       (!config->has_uid || owner->uid == config->uid) &&
	       (!config->has_comm || strncmp(owner->comm, config->comm, COMM_SIZE) == 0);
}

/* A client's remote port is DNS, a server's own one. */
static bool is_wanted_port(const struct capture_config *config, const struct packet *packet)
{
	bool source = is_dns_port(config, packet->source.port);
	bool destination = is_dns_port(config, packet->destination.port);
	bool out = packet->direction == PACKET_OUT;
	bool asked = packet->has_asked && is_dns_port(config, packet->asked.port);

	if (packet->kind == PACKET_UNREACHABLE)
		return destination && (!config->no_client || packet->ifindex ||
				       packet->direction == PACKET_DIRECTION_UNKNOWN);
	if (packet->direction == PACKET_DIRECTION_UNKNOWN || packet->ifindex)
		return source || destination || asked;
	if (!config->no_client && ((out ? destination : source) || asked))
		return true;
	return !config->no_server && (out ? source : destination);
}

static bool is_wanted_protocol(const struct capture_config *config, const struct packet *packet)
{
	return !(config->no_udp && packet->protocol == IPPROTO_UDP) &&
	       !(config->no_tcp && packet->protocol == IPPROTO_TCP);
}

static bool is_wanted_family(const struct capture_config *config, const struct packet *packet)
{
	return packet->ipv6 ? !config->no_ipv6 : !config->no_ipv4;
}

bool packet_is_wanted(const struct capture_config *config, const struct packet *packet,
		      enum ip_verdict verdict)
{
	bool has_ports = packet->source.port || packet->destination.port;

	/* Of packets on an interface not each has the process of its lookup. */
	if (verdict == IP_OTHER ||
	    !(packet->ifindex ||
	      owner_is_wanted(config, packet->has_owner ? &packet->owner : NULL)))
		return false;
	if (verdict == IP_DAMAGED && !has_ports)
		return true;
	if (!is_wanted_family(config, packet))
		return false;
	if (verdict == IP_FRAGMENT)
		return true;
	return is_wanted_protocol(config, packet) && is_wanted_port(config, packet);
}
