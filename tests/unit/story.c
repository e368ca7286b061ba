/* SPDX-License-Identifier: Apache-2.0 */
#include "story.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/codes.h"
#include "exchange.h"

#define TEXT_MAX 16384
#define WIRE_MAX 8192
#define STACK	 0x7000

static struct {
	struct transactions *t;
	struct chains *c;
	char told[TEXT_MAX];
	char events[TEXT_MAX];
	struct chain last; /* its pointers have gone */
	uint8_t wire[WIRE_MAX];
	uint32_t size;
} story;

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void tell(const char *format, ...)
{
	size_t n = strlen(story.told);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(story.told + n, TEXT_MAX - n, format, arguments);
	va_end(arguments);
}

static void tell_hop(const struct chain *chain, const struct chain_hop *hop)
{
	char name[DNS_NAME_TEXT_MAX], type[DNS_CODE_TEXT_MAX];

	dns_name_to_text(name, &hop->exchange->question.name);
	tell(" %u<%u", hop->number, hop->parent);
	for (uint32_t i = 0; i < chain->share_count; i++)
		if (chain->shares[i].hop == hop->number)
			tell("+%u", chain->shares[i].parent);
	tell(" %s %s %s %s%s%s", chain_evidence_name(hop->linked_by), name,
	     dns_type_name(hop->exchange->question.type, type),
	     chain_outcome_name(hop->exchange->outcome), hop->retry ? "!" : "",
	     hop->fallback ? "^" : "");
	if (hop->referred_by)
		tell("@%u", hop->referred_by);
	tell("\n");
}

static void note_events(const struct chain *chain)
{
	struct chain_event events[256];
	uint32_t count;

	assert_true(chain->hop_count * CHAIN_EVENTS_PER_HOP + CHAIN_EVENTS_BESIDE <= 256);
	count = chain_events(chain, events);
	story.events[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		size_t n = strlen(story.events);

		snprintf(story.events + n, TEXT_MAX - n, "%s%s", i ? " " : "",
			 chain_event_name(events[i].kind));
		assert_true(i == 0 || events[i - 1].time <= events[i].time);
	}
}

static const char *name_of(const struct chain *chain, char text[DNS_NAME_TEXT_MAX])
{
	if (chain->call)
		return chain->call->name;
	dns_name_to_text(text, &chain->hops[0].exchange->question.name);
	return text;
}

static void done(void *context, const struct chain *chain)
{
	static const char *const caches[] = {"none", "hit", "miss"};
	char name[DNS_NAME_TEXT_MAX];
	bool success, known = chain_succeeded(chain, &success);

	assert_ptr_equal(context, &story);
	assert_true(chain->upstream <= chain->end - chain->begin);
	tell("%s %s %s %s%s\n", chain_kind_name(chain->kind), name_of(chain, name),
	     !known    ? "unknown"
	     : success ? "well"
		       : "failed",
	     caches[chain->cache], chain->unfinished ? " unfinished" : "");
	for (uint32_t i = 0; i < chain->hop_count; i++)
		tell_hop(chain, &chain->hops[i]);
	if (chain->hop_count < 50)
		note_events(chain);
	story.last = *chain;
}

/* ---- The tables ------------------------------------------------------------------------------ */

static void step(void *context, enum lookup_step kind, const struct lookup *lookup,
		 const struct endpoint *destination)
{
	(void)context;
	chains_step(story.c, kind, lookup, destination);
}

static void ended(void *context, const struct lookup *lookup)
{
	(void)context;
	chains_lookup(story.c, lookup);
}

static void new_chains(uint32_t max_hops, bool connects)
{
	struct chains_config config = {
		.max_hops = max_hops,
		.linger = 1000 * MS,
		.connects = connects,
		.done = done,
		.context = &story,
	};

	chains_free(story.c);
	story.c = chains_new(&config);
	assert_non_null(story.c);
}

int story_begin(void **state)
{
	struct transactions_config config = {
		.timeout = TIMEOUT,
		.max_pending = 1024,
		.ended = ended,
		.step = step,
	};

	(void)state;
	memset(&story, 0, sizeof(story));
	story.t = transactions_new(&config);
	new_chains(256, false);
	return story.t ? 0 : -1;
}

int story_end(void **state)
{
	(void)state;
	transactions_free(story.t);
	chains_free(story.c);
	return 0;
}

void story_limit(uint32_t max_hops)
{
	new_chains(max_hops, false);
}

void story_connects(void)
{
	new_chains(256, true);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static struct owner owner_of(struct actor who)
{
	struct owner owner = {.pid = who.pid, .tid = who.tid ? who.tid : who.pid};

	snprintf(owner.comm, sizeof(owner.comm), "%s", who.comm ? who.comm : "process");
	return owner;
}

void story_call_at(uint64_t ms, struct actor who, enum call_function function, const char *name,
		   uint64_t stack)
{
	struct call call = {
		.function = function,
		.time = ms * MS,
		.stack = stack,
		.owner = owner_of(who),
	};

	if (function == CALL_GETNAMEINFO) {
		call.has_address = true;
		call.address = exchange_endpoint(name, 0);
	}
	snprintf(call.name, sizeof(call.name), "%s", name);
	chains_call(story.c, &call);
}

void story_call(uint64_t ms, struct actor who, enum call_function function, const char *name)
{
	story_call_at(ms, who, function, name, STACK);
}

void story_return_at(uint64_t ms, struct actor who, int64_t result, uint64_t stack)
{
	struct call call = {
		.function = CALL_RETURN,
		.time = ms * MS,
		.stack = stack,
		.owner = owner_of(who),
		.result = result,
	};

	chains_call(story.c, &call);
}

void story_return(uint64_t ms, struct actor who, int64_t result)
{
	story_return_at(ms, who, result, STACK);
}

void story_connect(uint64_t ms, struct actor who, const char *address)
{
	struct packet event = {
		.kind = PACKET_CONNECT,
		.time = ms * MS,
		.has_owner = true,
		.owner = owner_of(who),
		.destination = exchange_endpoint(address, 443),
	};

	chains_connect(story.c, &event);
}

/* ---- Messages -------------------------------------------------------------------------------- */

static void put16(uint16_t v)
{
	story.wire[story.size++] = (uint8_t)(v >> 8);
	story.wire[story.size++] = (uint8_t)v;
}

static void put32(uint32_t v)
{
	put16((uint16_t)(v >> 16));
	put16((uint16_t)v);
}

static void put_name(const char *text)
{
	struct dns_name name;

	assert_true(dns_name_from_text(&name, text));
	memcpy(story.wire + story.size, name.wire, name.len);
	story.size += name.len;
}

static void put_address(const char *text)
{
	struct endpoint e = exchange_endpoint(text, 0);
	bool ipv4 = endpoint_is_ipv4(&e);

	memcpy(story.wire + story.size, e.address + (ipv4 ? 12 : 0), ipv4 ? 4 : 16);
	story.size += ipv4 ? 4 : 16;
}

static void put_data(uint16_t type, const char *data)
{
	if (type == DNS_TYPE_A || type == DNS_TYPE_AAAA) {
		put_address(data);
	} else if (type == DNS_TYPE_SOA) {
		put_name("."), put_name(".");
		for (int i = 0; i < 5; i++)
			put32(300);
	} else {
		put_name(data);
	}
}

static void put_record(const char *owner, const char *type_name, const char *data)
{
	uint32_t length_at;
	uint16_t type;

	assert_true(dns_type_from_name(type_name, &type));
	put_name(owner);
	put16(type);
	put16(1);
	put32(3600);
	length_at = story.size;
	put16(0);
	put_data(type, data);
	story.wire[length_at + 1] = (uint8_t)(story.size - length_at - 2);
}

static const char *const sections[] = {NULL, "an", "ns", "ar"};

/* Sections come in their order. */
static void put_item(const char *item)
{
	char section[8], owner[300], type[16], data[300];
	unsigned int rcode;
	int n = sscanf(item, " %7s %299s %15s %299s", section, owner, type, data);

	if (n == 2 && sscanf(item, " rcode %u", &rcode) == 1) {
		story.wire[3] |= (uint8_t)rcode;
	} else if (n == 1 && strcmp(section, "aa") == 0) {
		story.wire[2] |= 0x04;
	} else if (n == 1 && strcmp(section, "tc") == 0) {
		story.wire[2] |= 0x02;
	} else if (n == 1 && strcmp(section, "ra") == 0) {
		story.wire[3] |= 0x80;
	} else if (n >= 3) {
		put_record(owner, type, n == 4 ? data : ".");
		for (int i = 1; i < 4; i++)
			if (strcmp(sections[i], section) == 0)
				story.wire[5 + 2 * i]++;
	} else {
		fail_msg("no record: '%s'", item);
	}
}

static void write_message(const struct exchange *x, const char *records)
{
	char text[2048], *item, *rest = text;

	story.size = 0;
	put16(x->id);
	put16(records ? DNS_FLAG_QR : DNS_FLAG_RD);
	put16(1);
	put16(0), put16(0), put16(0);
	put_name(x->name);
	put16(x->type ? x->type : DNS_TYPE_A);
	put16(1);
	snprintf(text, sizeof(text), "%s", records ? records : "");
	while ((item = strsep(&rest, ";")))
		if (item[strspn(item, " ")])
			put_item(item);
}

/* ---- Packets --------------------------------------------------------------------------------- */

static struct packet packet_of(uint64_t ms, const struct exchange *x)
{
	uint16_t port = (uint16_t)(20000 + x->id);

	return (struct packet){
		.kind = PACKET_DNS,
		.time = ms * MS,
		.protocol = x->tcp ? IPPROTO_TCP : IPPROTO_UDP,
		.source = exchange_endpoint(x->from.address, port),
		.destination = exchange_endpoint(x->server ? x->server : x->to.address, 53),
		.payload = story.wire,
		.size = story.size,
		.wire_size = story.size,
	};
}

static void pass(struct packet *p, struct actor who, enum packet_direction direction)
{
	struct dns_message message;

	p->direction = direction;
	p->has_owner = who.pid != 0;
	p->owner = owner_of(who);
	assert_true(dns_message_read(&message, story.wire, story.size));
	transactions_packet(story.t, p, &message, lookup_role(p, &message));
}

void story_ask(uint64_t ms, struct exchange x)
{
	static const struct actor nobody;
	struct packet p;

	write_message(&x, NULL);
	p = packet_of(ms, &x);
	if (x.unknown) {
		pass(&p, nobody, PACKET_DIRECTION_UNKNOWN);
		return;
	}
	if (x.from.pid)
		pass(&p, x.from, PACKET_OUT);
	if (x.to.pid)
		pass(&p, x.to_unknown ? nobody : x.to, PACKET_IN);
}

void story_answer(uint64_t ms, struct exchange x, const char *records)
{
	static const struct actor nobody;
	struct endpoint server;
	struct packet p;

	write_message(&x, records);
	p = packet_of(ms, &x);
	server = p.destination;
	p.destination = p.source;
	p.source = server;
	if (x.unknown) {
		pass(&p, nobody, PACKET_DIRECTION_UNKNOWN);
		return;
	}
	if (x.to.pid)
		pass(&p, x.to_unknown ? nobody : x.to, PACKET_OUT);
	if (x.from.pid)
		pass(&p, x.from, PACKET_IN);
}

void story_time(uint64_t ms)
{
	transactions_expire(story.t, ms * MS);
	chains_expire(story.c, ms * MS);
}

void story_finish(uint64_t ms)
{
	transactions_finish(story.t);
	chains_finish(story.c, ms * MS);
	assert_int_equal(chains_stats(story.c)->open, 0);
}

/* ---- What came of it ------------------------------------------------------------------------- */

void story_clear(void)
{
	story.told[0] = '\0';
}

void story_expect(const char *text)
{
	assert_string_equal(story.told, text);
	story_clear();
}

void story_expect_events(const char *text)
{
	assert_string_equal(story.events, text);
}

const struct chain *story_last(void)
{
	return &story.last;
}

const struct chains_stats *story_stats(void)
{
	return chains_stats(story.c);
}
