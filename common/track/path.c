/* SPDX-License-Identifier: Apache-2.0 */
#include "track/path.h"

#include "track/index.h"

static void path_fill(struct path *path, const struct packet *packet, enum lookup_role role)
{
	path->cookie = packet->cookie;
	path->ifindex = packet->ifindex;
	path->protocol = packet->protocol;
	path->role = (uint8_t)role;
}

void path_of_query(struct path *path, const struct packet *packet, enum lookup_role role)
{
	path_fill(path, packet, role);
	path->client = packet->source;
	path->server = packet->destination;
	path->has_asked = packet->has_asked;
	if (packet->has_asked)
		path->asked = packet->asked;
	path->multicast = endpoint_is_multicast(&packet->destination);
}

void path_of_response(struct path *path, const struct packet *packet, enum lookup_role role)
{
	path_fill(path, packet, role);
	path->client = packet->destination;
	path->server = packet->source;
	path->has_asked = false;
	path->multicast = false;
}

bool path_same_socket(const struct path *a, const struct path *b)
{
	if (a->protocol != b->protocol || a->role != b->role || a->ifindex != b->ifindex)
		return false;
	if (a->cookie == 0 || b->cookie == 0)
		return endpoint_equal(&a->client, &b->client);
	/* A server's one socket talks with many clients. */
	return a->cookie == b->cookie &&
	       (a->role != ROLE_SERVER || endpoint_equal(&a->client, &b->client));
}

bool path_same_server(const struct path *a, const struct path *b)
{
	if (!endpoint_equal(&a->server, &b->server) || a->has_asked != b->has_asked)
		return false;
	return !a->has_asked || endpoint_equal(&a->asked, &b->asked);
}

bool path_answers_from(const struct path *path, const struct endpoint *from)
{
	if (path->multicast)
		return from->port == path->server.port;
	return endpoint_equal(&path->server, from) ||
	       (path->has_asked && endpoint_equal(&path->asked, from));
}

const struct endpoint *path_server(const struct path *path)
{
	return path->has_asked ? &path->asked : &path->server;
}

uint32_t path_hash_port(const struct path *path)
{
	return index_mix((uint64_t)path->client.port << 16 | path->protocol << 8 | path->role);
}

uint32_t path_hash_id(const struct path *path, uint16_t id)
{
	return index_mix((uint64_t)id << 32 | (uint64_t)path->client.port << 16 |
			 path->protocol << 8 | path->role);
}
