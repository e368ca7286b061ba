/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lookup.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "cli/format.h"
#include "dns/codes.h"
#include "dns/edns.h"

#define DNS_PORT  53
#define MDNS_PORT 5353

bool lookup_rcode(const struct lookup *lookup, uint16_t *rcode)
{
	struct dns_edns edns;

	if (!lookup->message || !dns_message_is_response(lookup->message))
		return false;
	*rcode = dns_rcode(lookup->message, dns_edns_read(&edns, lookup->message) ? &edns : NULL);
	return true;
}

bool lookup_failed(const struct lookup *lookup)
{
	uint16_t rcode;

	if (lookup->event == LOOKUP_TIMEOUT || lookup->event == LOOKUP_REFUSED ||
	    lookup->event == LOOKUP_SEND_FAILED || lookup->event == LOOKUP_DROPPED ||
	    lookup->unmatched != UNMATCHED_NOT)
		return true;
	return lookup_rcode(lookup, &rcode) && rcode != DNS_RCODE_NOERROR;
}

bool lookup_is_mdns(const struct lookup *lookup)
{
	return lookup->server.port == MDNS_PORT;
}

bool lookup_is_transfer(const struct lookup *lookup)
{
	return (lookup->event == LOOKUP_ANSWER || lookup->event == LOOKUP_TIMEOUT) &&
	       lookup->responses && lookup->protocol == IPPROTO_TCP && lookup->has_question &&
	       lookup->opcode == DNS_OPCODE_QUERY &&
	       (lookup->question.type == DNS_TYPE_AXFR || lookup->question.type == DNS_TYPE_IXFR);
}

const char *lookup_event_name(enum lookup_event event)
{
	static const char *const names[] = {
		[LOOKUP_ANSWER] = "answer",	[LOOKUP_TIMEOUT] = "timeout",
		[LOOKUP_REFUSED] = "refused",	[LOOKUP_QUERY] = "query",
		[LOOKUP_RESPONSE] = "response", [LOOKUP_SEND_FAILED] = "send_failed",
		[LOOKUP_DROPPED] = "dropped",
	};

	return names[event];
}

const char *lookup_unmatched_name(enum lookup_unmatched unmatched)
{
	static const char *const names[] = {
		[UNMATCHED_NOT] = NULL,	       [UNMATCHED_NO_QUERY] = "no_query",
		[UNMATCHED_ID] = "id",	       [UNMATCHED_QUESTION] = "question",
		[UNMATCHED_SERVER] = "server", [UNMATCHED_DUPLICATE] = "duplicate",
		[UNMATCHED_LATE] = "late",
	};

	return names[unmatched];
}

const char *lookup_role_name(enum lookup_role role)
{
	static const char *const names[] = {
		[ROLE_CLIENT] = "client",
		[ROLE_SERVER] = "server",
		[ROLE_UNKNOWN] = NULL,
	};

	return names[role];
}

const char *lookup_protocol_name(const struct lookup *lookup)
{
	return lookup->protocol == IPPROTO_TCP ? "tcp" : "udp";
}

struct icmp_reason {
	uint8_t type;
	uint8_t code;
	const char *name;
};

/* RFC 792; RFC 1122, section 3.2.2.1; RFC 1812, section 5.2.7.1. */
static const struct icmp_reason icmp4_reasons[] = {
	{3, 0, "NET-UNREACH"},	 {3, 1, "HOST-UNREACH"}, {3, 2, "PROTO-UNREACH"},
	{3, 3, "PORT-UNREACH"},	 {3, 4, "FRAG-NEEDED"},	 {3, 6, "NET-UNREACH"},
	{3, 7, "HOST-UNREACH"},	 {3, 9, "ADMIN-PROHIB"}, {3, 10, "ADMIN-PROHIB"},
	{3, 13, "ADMIN-PROHIB"}, {0, 0, NULL},
};

/* RFC 4443, section 3.1. */
static const struct icmp_reason icmp6_reasons[] = {
	{1, 0, "NET-UNREACH"},	{1, 1, "ADMIN-PROHIB"}, {1, 2, "HOST-UNREACH"},
	{1, 3, "HOST-UNREACH"}, {1, 4, "PORT-UNREACH"}, {1, 5, "ADMIN-PROHIB"},
	{1, 6, "ADMIN-PROHIB"}, {0, 0, NULL},
};

size_t lookup_server_text(char text[LOOKUP_SERVER_MAX], const struct endpoint *server)
{
	size_t n = endpoint_address_to_text(text, server);

	if (server->port == DNS_PORT)
		return n;
	text[n++] = '#';
	return n + format_unsigned(text + n, server->port);
}

const char *lookup_icmp_reason(const struct lookup *lookup, char buffer[LOOKUP_REASON_MAX])
{
	const struct icmp_reason *r = lookup->ipv6 ? icmp6_reasons : icmp4_reasons;

	for (; r->name; r++)
		if (r->type == lookup->icmp_type && r->code == lookup->icmp_code)
			return r->name;
	snprintf(buffer, LOOKUP_REASON_MAX, "ICMP-%u/%u", lookup->icmp_type, lookup->icmp_code);
	return buffer;
}

const char *lookup_error_name(const struct lookup *lookup, char buffer[LOOKUP_REASON_MAX])
{
	const char *name = strerrorname_np(lookup->error);

	if (name)
		return name;
	snprintf(buffer, LOOKUP_REASON_MAX, "ERRNO-%d", lookup->error);
	return buffer;
}

void lookup_from_failure(struct lookup *lookup, const struct packet *packet,
			 const struct dns_message *message)
{
	bool response = message ? dns_message_is_response(message) : packet_is_from_server(packet);
	bool dropped = packet->kind == PACKET_DROPPED;

	*lookup = (struct lookup){
		.event = dropped ? LOOKUP_DROPPED : LOOKUP_SEND_FAILED,
		.role = lookup_role(packet, message),
		.time = packet->time,
		.has_owner = packet->has_owner,
		.owner = packet->owner,
		.protocol = packet->protocol,
		.client = response ? packet->destination : packet->source,
		.server = response ? packet->source : packet->destination,
		.no_header = !message,
		.query_size = message && !response ? packet->wire_size : 0,
		.response_size = message && response ? packet->wire_size : 0,
		.error = dropped ? 0 : packet->code,
		.reason = dropped ? packet->reason : NULL,
		.ifindex = packet->ifindex,
		.ipv6 = packet->ipv6,
	};
	if (!message)
		return;
	lookup->id = message->id;
	lookup->flags = message->flags;
	lookup->opcode = message->opcode;
	lookup->has_question = message->has_question;
	if (message->has_question)
		lookup->question = message->question;
}

void lookup_from_message(struct lookup *lookup, const struct packet *packet,
			 struct dns_message *message)
{
	bool response = dns_message_is_response(message);

	*lookup = (struct lookup){
		.event = response ? LOOKUP_RESPONSE : LOOKUP_QUERY,
		.role = lookup_shown_role(packet, message),
		.time = packet->time,
		.has_owner = packet->has_owner,
		.protocol = packet->protocol,
		.client = response ? packet->destination : packet->source,
		.server = response ? packet->source : packet->destination,
		.id = message->id,
		.flags = message->flags,
		.opcode = message->opcode,
		.has_question = message->has_question,
		.query_size = response ? 0 : packet->wire_size,
		.response_size = response ? packet->wire_size : 0,
		.ifindex = packet->ifindex,
		.responses = response,
		.repeats = packet->repeats,
		.ipv6 = packet->ipv6,
		.message = message,
	};
	if (packet->has_owner)
		lookup->owner = packet->owner;
	if (!response && packet->has_asked)
		lookup->server = packet->asked;
	if (message->has_question)
		lookup->question = message->question;
}
