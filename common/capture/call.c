/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/call.h"

#include <netinet/in.h>
#include <string.h>

#include "bpf/lib/record.h"
#include "dns/octets.h"

static const char *const function_names[CALL_FUNCTIONS] = {
	[CALL_RETURN] = "return",
	[CALL_GETADDRINFO] = "getaddrinfo",
	[CALL_GETNAMEINFO] = "getnameinfo",
	[CALL_GETHOSTBYNAME] = "gethostbyname",
	[CALL_GETHOSTBYNAME2] = "gethostbyname2",
	[CALL_GETHOSTBYNAME_R] = "gethostbyname_r",
	[CALL_GETHOSTBYNAME2_R] = "gethostbyname2_r",
	[CALL_GETHOSTBYADDR] = "gethostbyaddr",
	[CALL_RES_QUERY] = "res_query",
	[CALL_RES_SEARCH] = "res_search",
	[CALL_RES_NQUERY] = "res_nquery",
	[CALL_RES_NSEARCH] = "res_nsearch",
};

const char *call_function_name(enum call_function function)
{
	return function < CALL_FUNCTIONS ? function_names[function] : "unknown";
}

/* IPv4 as ::ffff:a.b.c.d */
static void set_address(struct endpoint *e, unsigned int family, const uint8_t *octets)
{
	memset(e, 0, sizeof(*e));
	if (family == AF_INET6) {
		memcpy(e->address, octets, 16);
	} else {
		e->address[10] = e->address[11] = 0xff;
		memcpy(e->address + 12, octets, 4);
	}
}

/* `size` octets were read: a struct sockaddr_in6's, or those of a smaller thing and what follows.
 */
static void read_address(struct call *call, const struct call_record *record)
{
	unsigned int family = record->type;
	const uint8_t *octets = record->text;
	uint16_t host_family, port;

	if (record->name_size < 16)
		return;
	if (call->function == CALL_GETNAMEINFO) {
		memcpy(&host_family, octets, sizeof(host_family));
		family = host_family;
		port = get_u16(octets + 2);
		octets += family == AF_INET6 ? 8 : 4;
		if (family == AF_INET6 && record->name_size < 24)
			return;
	} else {
		port = 0;
	}
	if (family != AF_INET && family != AF_INET6)
		return;
	set_address(&call->address, family, octets);
	call->address.port = port;
	call->has_address = true;
}

static void copy_text(char *to, size_t room, const uint8_t *from, size_t size)
{
	size_t n = size < room ? size : room - 1;

	memcpy(to, from, n);
	to[n] = '\0';
}

static void read_text(struct call *call, const struct call_record *record)
{
	copy_text(call->name, sizeof(call->name), record->text, record->name_size);
	copy_text(call->service, sizeof(call->service), record->text + CALL_NAME_MAX,
		  record->service_size);
	call->name_cut = record->name_size >= CALL_NAME_MAX - 1;
}

bool call_read(struct call *call, const struct packet *event)
{
	const struct call_record *record = (const struct call_record *)event->payload;

	if (event->kind != PACKET_CALL || event->size < sizeof(*record) ||
	    record->function >= CALL_FUNCTIONS)
		return false;
	*call = (struct call){
		.function = (enum call_function)record->function,
		.time = event->time,
		.stack = record->stack,
		.owner = event->owner,
		.result = record->result,
		.type = record->type,
	};
	if (call->function == CALL_RETURN)
		return true;
	if (event->size < sizeof(*record) + CALL_TEXT_MAX)
		return false;
	if (call->function == CALL_GETNAMEINFO || call->function == CALL_GETHOSTBYADDR)
		read_address(call, record);
	else
		read_text(call, record);
	return true;
}

bool connect_read(struct packet *event)
{
	struct connect_record record;

	if (event->kind != PACKET_CONNECT || event->size < sizeof(record))
		return false;
	memcpy(&record, event->payload, sizeof(record));
	memcpy(event->destination.address, record.address, 16);
	event->destination.port = record.port;
	event->protocol = (uint8_t)record.protocol;
	event->ipv6 = !endpoint_is_ipv4(&event->destination);
	return true;
}
