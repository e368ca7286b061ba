/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain as a JSON line.
 */
#include <netinet/in.h>
#include <string.h>

#include "dns/codes.h"
#include "dnschain.h"

static void put_string(struct json *j, const char *key, const char *text)
{
	json_text(j, key, strlen(key));
	json_string(j, text);
}

static void put_number(struct json *j, const char *key, uint64_t value)
{
	json_text(j, key, strlen(key));
	json_unsigned(j, value);
}

static void put_ms(struct json *j, const char *key, uint64_t ns)
{
	json_text(j, key, strlen(key));
	json_decimal(j, ns, 6);
}

static void put_flag(struct json *j, const char *key, bool value)
{
	if (!value)
		return;
	json_text(j, key, strlen(key));
	json_bool(j, true);
}

static void put_comm(struct json *j, const struct owner *owner)
{
	json_key(j, "comm");
	json_octets(j, owner->comm, strnlen(owner->comm, COMM_SIZE));
}

static void put_address(struct json *j, const char *key, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_MAX];

	endpoint_address_to_text(text, e);
	put_string(j, key, text);
}

static void put_name(struct json *j, const char *key, const struct dns_name *name)
{
	char text[DNS_NAME_TEXT_MAX];

	dns_name_to_text(text, name);
	put_string(j, key, text);
}

/* ---- The chain ------------------------------------------------------------------------------- */

static void put_process(struct json *j, const struct owner *owner,
			const struct chain_details *details)
{
	put_number(j, "pid", owner->pid);
	put_number(j, "tid", owner->tid);
	put_number(j, "uid", owner->uid);
	put_comm(j, owner);
	if (details->cmdline)
		put_string(j, "cmdline", details->cmdline);
	if (details->cgroup) {
		json_key(j, "cgroup");
		json_octets(j, details->cgroup, strlen(details->cgroup));
	}
	if (details->in_container)
		put_string(j, "container", details->container);
}

static void put_call(struct json *j, const struct chain *chain)
{
	const struct call *call = chain->call;
	char buffer[DNS_CODE_TEXT_MAX];

	put_string(j, "call", call_function_name(call->function));
	if (call->has_address) {
		put_address(j, "name", &call->address);
	} else if (call->name[0]) {
		json_key(j, "name");
		json_octets(j, call->name, strlen(call->name));
	}
	put_flag(j, "name_cut", call->name_cut);
	if (call->service[0]) {
		json_key(j, "service");
		json_octets(j, call->service, strlen(call->service));
	}
	if (call->function >= CALL_RES_QUERY)
		put_string(j, "qtype", dns_type_name(call->type, buffer));
}

static void put_result(struct json *j, const struct chain *chain)
{
	char buffer[RESULT_MAX];
	bool success;

	put_string(j, "result", chain_result(chain, buffer));
	if (chain_succeeded(chain, &success)) {
		json_key(j, "success");
		json_bool(j, success);
	}
	put_flag(j, "unfinished", chain->unfinished);
	put_ms(j, "total_ms", chain_total(chain));
	put_ms(j, "upstream_ms", chain->upstream);
	put_ms(j, "own_ms", chain_total(chain) - chain->upstream);
}

static const char *cache_name(enum chain_cache cache)
{
	static const char *const names[] = {
		[CACHE_NONE] = "none", [CACHE_HIT] = "hit", [CACHE_MISS] = "miss"};

	return names[cache];
}

static void put_connect(struct json *j, const struct chain *chain)
{
	if (!chain->connect.time)
		return;
	json_key(j, "connect");
	json_object_begin(j);
	put_address(j, "address", &chain->connect.peer);
	put_number(j, "port", chain->connect.peer.port);
	put_ms(j, "latency_ms", chain->connect.time - chain->begin);
	put_ms(j, "dns_ms", chain_total(chain));
	json_object_end(j);
}

/* ---- Hops ------------------------------------------------------------------------------------ */

static void put_side(struct json *j, const char *key, const struct owner *owner)
{
	json_text(j, key, strlen(key));
	json_object_begin(j);
	put_number(j, "pid", owner->pid);
	put_comm(j, owner);
	json_object_end(j);
}

static void put_parents(struct json *j, const struct chain *chain, const struct chain_hop *hop)
{
	bool any = false;

	put_number(j, "parent", hop->parent);
	for (uint32_t i = 0; i < chain->share_count; i++) {
		if (chain->shares[i].hop != hop->number)
			continue;
		if (!any) {
			json_key(j, "other_parents");
			json_array_begin(j);
		}
		any = true;
		json_unsigned(j, chain->shares[i].parent);
	}
	if (any)
		json_array_end(j);
}

static bool has_response(const struct chain_exchange *x)
{
	return x->outcome >= OUTCOME_ANSWER && x->outcome <= OUTCOME_TRUNCATED;
}

static void put_addresses(struct json *j, const struct chain_answer *a)
{
	char text[ENDPOINT_TEXT_MAX];

	if (!a->addresses)
		return;
	json_key(j, "addresses");
	json_array_begin(j);
	for (uint32_t i = 0; i < a->addresses && i < CHAIN_ADDRESSES_MAX; i++) {
		size_t n = address_text(text, a->address[i]);

		json_text(j, text, n);
	}
	json_array_end(j);
}

static void put_response(struct json *j, const struct chain_exchange *x)
{
	const struct chain_answer *a = &x->answer;
	char buffer[DNS_CODE_TEXT_MAX];

	put_string(j, "outcome", chain_outcome_name(x->outcome));
	if (!has_response(x))
		return;
	put_string(j, "rcode", dns_rcode_name(a->rcode, buffer));
	if (a->has_ttl)
		put_number(j, "ttl", a->ttl);
	if (a->has_name)
		put_name(j, x->outcome == OUTCOME_REFERRAL ? "zone" : "cname", &a->name);
	put_addresses(j, a);
	put_flag(j, "aa", a->flags & DNS_FLAG_AA);
	put_flag(j, "ad", a->flags & DNS_FLAG_AD);
}

static void put_exchange(struct json *j, const struct chain_exchange *x)
{
	char buffer[DNS_CODE_TEXT_MAX];

	put_string(j, "proto", x->protocol == IPPROTO_TCP ? "tcp" : "udp");
	put_address(j, "client", &x->client);
	put_number(j, "client_port", x->client.port);
	put_address(j, "server", &x->server);
	put_number(j, "server_port", x->server.port);
	put_number(j, "id", x->id);
	put_name(j, "qname", &x->question.name);
	put_string(j, "qtype", dns_type_name(x->question.type, buffer));
	if (x->attempts > 1)
		put_number(j, "attempts", x->attempts);
	if (x->has_asker)
		put_side(j, "asker", &x->asker);
	if (x->has_responder)
		put_side(j, "responder", &x->responder);
	if (x->received)
		put_string(j, "cache", cache_name(x->cache));
}

static void put_hop(struct json *j, const struct chain *chain, const struct chain_hop *hop)
{
	const struct chain_exchange *x = hop->exchange;

	json_object_begin(j);
	put_number(j, "hop", hop->number);
	put_parents(j, chain, hop);
	put_string(j, "event", chain_event_name(chain_event_of(chain, hop)));
	put_string(j, "linked_by", chain_evidence_name(hop->linked_by));
	if (hop->referred_by)
		put_number(j, "referred_by", hop->referred_by);
	put_exchange(j, x);
	put_ms(j, "start_ms", x->asked > chain->begin ? x->asked - chain->begin : 0);
	if (x->ended)
		put_ms(j, "latency_ms", exchange_latency(x));
	put_response(j, x);
	json_object_end(j);
}

static void put_events(struct json *j, const struct chain *chain)
{
	static struct chain_event
		events[CHAIN_EVENTS_PER_HOP * CHAIN_HOPS_MAX + CHAIN_EVENTS_BESIDE];
	uint32_t count = chain_events(chain, events);

	json_key(j, "events");
	json_array_begin(j);
	for (uint32_t i = 0; i < count; i++) {
		json_object_begin(j);
		put_string(j, "event", chain_event_name(events[i].kind));
		put_ms(j, "ms", events[i].time > chain->begin ? events[i].time - chain->begin : 0);
		if (events[i].hop)
			put_number(j, "hop", events[i].hop->number);
		json_object_end(j);
	}
	json_array_end(j);
}

void chain_json(struct json *j, const struct chain *chain, const struct chain_details *details)
{
	char name[CHAIN_NAME_MAX];

	json_event_begin(j, details->time, "chain");
	put_number(j, "chain_id", chain->id);
	put_string(j, "kind", chain_kind_name(chain->kind));
	if (chain->owner)
		put_process(j, chain->owner, details);
	if (chain->call)
		put_call(j, chain);
	else if (chain_name(chain, name))
		put_string(j, "name", name);
	if (details->has_said)
		chain_said_json(j, chain, &details->said);
	put_result(j, chain);
	put_string(j, "cache", cache_name(chain->cache));
	put_connect(j, chain);
	json_key(j, "hops");
	json_array_begin(j);
	for (uint32_t i = 0; i < chain->hop_count; i++)
		put_hop(j, chain, &chain->hops[i]);
	json_array_end(j);
	if (chain->hops_left_out)
		put_number(j, "hops_left_out", chain->hops_left_out);
	put_events(j, chain);
	json_line_end(j);
}
