/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json_lookup.h"

#include <string.h>

#include "cli/lookup.h"
#include "dns/codes.h"

void json_owner(struct json *j, const struct owner *owner, const struct lookup_details *details)
{
	json_key(j, "pid");
	json_unsigned(j, owner->pid);
	json_key(j, "tid");
	json_unsigned(j, owner->tid);
	json_key(j, "uid");
	json_unsigned(j, owner->uid);
	json_key(j, "comm");
	json_octets(j, owner->comm, strnlen(owner->comm, COMM_SIZE));
	if (details->cmdline) {
		json_key(j, "cmdline");
		json_string(j, details->cmdline);
	}
	if (details->cgroup) {
		json_key(j, "cgroup");
		json_octets(j, details->cgroup, strlen(details->cgroup));
	}
	if (details->in_container) {
		json_key(j, "container");
		json_string(j, details->container);
	}
}

void json_address(struct json *j, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_MAX];

	json_text(j, text, endpoint_address_to_text(text, e));
}

static void put_endpoints(struct json *j, const struct lookup *lookup)
{
	json_key(j, "proto");
	json_string(j, lookup_protocol_name(lookup));
	/* A failed send comes before the kernel has chosen an address. */
	if (!endpoint_is_unspecified(&lookup->client)) {
		json_key(j, "client");
		json_address(j, &lookup->client);
	}
	if (lookup->client.port) {
		json_key(j, "client_port");
		json_unsigned(j, lookup->client.port);
	}
	json_key(j, "server");
	json_address(j, &lookup->server);
	json_key(j, "server_port");
	json_unsigned(j, lookup->server.port);
}

struct flag_name {
	uint16_t flag;
	char name[3];
};

static const struct flag_name flag_names[] = {
	{DNS_FLAG_AA, "aa"}, {DNS_FLAG_TC, "tc"}, {DNS_FLAG_RD, "rd"},
	{DNS_FLAG_RA, "ra"}, {DNS_FLAG_AD, "ad"}, {DNS_FLAG_CD, "cd"},
};

static void put_header(struct json *j, const struct lookup *lookup)
{
	char buffer[DNS_CODE_TEXT_MAX];

	json_key(j, "id");
	json_unsigned(j, lookup->id);
	json_key(j, "opcode");
	json_string(j, dns_opcode_name(lookup->opcode, buffer));
	json_key(j, "flags");
	json_array_begin(j);
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (lookup->flags & flag_names[i].flag)
			json_text(j, flag_names[i].name, 2);
	json_array_end(j);
}

static void put_question(struct json *j, const struct dns_question *question, bool mdns)
{
	char buffer[DNS_CODE_TEXT_MAX], name[DNS_NAME_TEXT_MAX];
	uint16_t class = question->class;

	if (mdns)
		class &= (uint16_t)~MDNS_CLASS_FLAG;
	json_key(j, "qname");
	json_text(j, name, dns_name_to_text(name, &question->name));
	json_key(j, "qtype");
	json_string(j, dns_type_name(question->type, buffer));
	json_key(j, "qclass");
	json_string(j, dns_class_name(class, buffer));
	if (mdns && question->class & MDNS_CLASS_FLAG) {
		json_key(j, "unicast_response");
		json_bool(j, true);
	}
}

static void put_figures(struct json *j, const struct lookup *lookup)
{
	if (lookup->has_latency) {
		json_key(j, "latency_ms");
		json_decimal(j, lookup->latency, 6);
	}
	if (lookup->attempts) {
		json_key(j, "attempts");
		json_unsigned(j, lookup->attempts);
	}
	if (lookup->query_size) {
		json_key(j, "query_size");
		json_unsigned(j, lookup->query_size);
	}
	if (lookup->response_size) {
		json_key(j, "response_size");
		json_unsigned(j, lookup->response_size);
	}
	if (lookup_is_transfer(lookup)) {
		json_key(j, "messages");
		json_unsigned(j, lookup->responses);
		json_key(j, "records");
		json_unsigned(j, lookup->records);
	}
}

static void put_icmp(struct json *j, const struct lookup *lookup)
{
	char buffer[LOOKUP_REASON_MAX];

	json_key(j, "icmp");
	json_object_begin(j);
	json_key(j, "type");
	json_unsigned(j, lookup->icmp_type);
	json_key(j, "code");
	json_unsigned(j, lookup->icmp_code);
	json_key(j, "text");
	json_string(j, lookup_icmp_reason(lookup, buffer));
	json_object_end(j);
}

static void put_cause(struct json *j, const struct lookup *lookup)
{
	char buffer[LOOKUP_REASON_MAX];

	if (lookup->event == LOOKUP_REFUSED)
		put_icmp(j, lookup);
	if (lookup->event == LOOKUP_SEND_FAILED) {
		json_key(j, "error");
		json_string(j, lookup_error_name(lookup, buffer));
	}
	if (lookup->event == LOOKUP_DROPPED && lookup->reason) {
		json_key(j, "reason");
		json_string(j, lookup->reason);
	}
}

void json_lookup(struct json *j, const struct lookup *lookup, uint64_t time,
		 const struct lookup_details *details)
{
	const char *role = lookup_role_name(lookup->role);
	bool mdns = lookup_is_mdns(lookup);
	char buffer[DNS_CODE_TEXT_MAX];
	uint16_t rcode;

	json_event_begin(j, time,
			 details->event ? details->event : lookup_event_name(lookup->event));
	if (role) {
		json_key(j, "role");
		json_string(j, role);
	}
	if (lookup->has_owner)
		json_owner(j, &lookup->owner, details);
	if (details->ifname) {
		json_key(j, "ifname");
		json_octets(j, details->ifname, strlen(details->ifname));
	}
	put_endpoints(j, lookup);
	if (!lookup->no_header)
		put_header(j, lookup);
	if (lookup->has_question)
		put_question(j, &lookup->question, mdns);
	if (lookup_rcode(lookup, &rcode)) {
		json_key(j, "rcode");
		json_string(j, dns_rcode_name(rcode, buffer));
	}
	put_figures(j, lookup);
	if (lookup->message)
		json_message(j, lookup->message, mdns);
	if (lookup->unmatched != UNMATCHED_NOT) {
		json_key(j, "unmatched");
		json_string(j, lookup_unmatched_name(lookup->unmatched));
	}
	put_cause(j, lookup);
	json_line_end(j);
}
