/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"

#define MESSAGE_MAX 8192

static struct {
	struct transactions *t;
	struct lookup events[EVENTS_MAX];
	unsigned int count;
	unsigned int seen;
	uint8_t wire[MESSAGE_MAX];
	uint32_t size;
	lookup_fn listener;
} world;

static void note(void *context, const struct lookup *lookup)
{
	assert_ptr_equal(context, &world);
	assert_true(world.count < EVENTS_MAX);
	if (lookup->message) {
		struct dns_message again;

		/* The octets too are still there. */
		assert_true(dns_message_read(&again, lookup->message->wire, lookup->message->size));
		assert_int_equal(again.id, lookup->id);
		assert_int_equal(again.flags, lookup->flags);
	}
	if (world.listener)
		world.listener(NULL, lookup);
	world.events[world.count++] = *lookup;
}

static struct transactions *new_table(uint32_t max_pending)
{
	struct transactions_config config = {
		.timeout = TIMEOUT,
		.max_pending = max_pending,
		.ended = note,
		.context = &world,
	};

	return transactions_new(&config);
}

int exchange_begin(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.t = new_table(64);
	return world.t ? 0 : -1;
}

void exchange_listen(lookup_fn listener)
{
	world.listener = listener;
}

int exchange_end(void **state)
{
	(void)state;
	transactions_free(world.t);
	return 0;
}

void exchange_limit(uint32_t max_pending)
{
	transactions_free(world.t);
	world.t = new_table(max_pending);
	assert_non_null(world.t);
}

struct endpoint exchange_endpoint(const char *address, uint16_t port)
{
	struct endpoint e = {.port = port};

	if (inet_pton(AF_INET6, address, e.address) == 1)
		return e;
	memset(e.address + 10, 0xff, 2);
	assert_int_equal(inet_pton(AF_INET, address, e.address + 12), 1);
	return e;
}

void exchange_assert_endpoint(const struct endpoint *e, const char *address, uint16_t port)
{
	struct endpoint want = exchange_endpoint(address, port);

	assert_memory_equal(e->address, want.address, sizeof(want.address));
	assert_int_equal(e->port, port);
}

static void put16(uint16_t v)
{
	world.wire[world.size++] = (uint8_t)(v >> 8);
	world.wire[world.size++] = (uint8_t)v;
}

static uint16_t or_else(uint16_t v, uint16_t usual)
{
	return v ? v : usual;
}

static void write_question(const struct shot *shot)
{
	struct dns_name name;

	assert_true(dns_name_from_text(&name, shot->name ? shot->name : "example.com"));
	memcpy(world.wire + world.size, name.wire, name.len);
	world.size += name.len;
	put16(or_else(shot->type, 1));
	put16(or_else(shot->class, 1));
}

/* A digit is an SOA with that serial. */
static void write_record(char record)
{
	bool soa = record != 'a';

	world.wire[world.size++] = 0;
	put16(soa ? 6 : 1);
	put16(1);
	put16(0);
	put16(60);
	put16(soa ? 22 : 4);
	if (soa) {
		put16(0); /* two names, the root */
		put16(0);
		put16((uint16_t)(record - '0'));
	}
	for (int i = 0; i < (soa ? 8 : 2); i++)
		put16(3);
}

static void write_message(const struct shot *shot, bool response)
{
	uint16_t records = shot->records ? (uint16_t)strlen(shot->records) : 0;

	world.size = 0;
	put16(or_else(shot->id, 1));
	put16((uint16_t)(shot->flags | shot->opcode << 11 | (response ? DNS_FLAG_QR : 0)));
	put16(!shot->no_question);
	put16(response ? records : 0);
	put16(response ? 0 : records);
	put16(0);
	if (!shot->no_question && !shot->damaged)
		write_question(shot);
	for (uint16_t i = 0; i < records; i++)
		write_record(shot->records[i]);
	world.size += shot->trailing;
	assert_true(world.size <= MESSAGE_MAX);
}

static void set_owner(struct packet *p, const struct shot *shot)
{
	p->has_owner = !shot->no_owner;
	if (shot->no_owner)
		return;
	p->owner.pid = shot->pid ? shot->pid : 100;
	p->owner.tid = shot->tid ? shot->tid : p->owner.pid;
	strcpy(p->owner.comm, "asker");
}

/* As a query's. */
static struct packet packet_of(const struct shot *shot)
{
	const char *client = shot->client ? shot->client : "192.0.2.1";
	const char *server = shot->server ? shot->server : "192.0.2.53";
	struct packet p = {
		.kind = PACKET_DNS,
		.time = shot->ms * MS + shot->ns,
		.cookie = shot->no_cookie ? 0
			  : shot->cookie  ? shot->cookie
					  : 7,
		.protocol = shot->tcp ? IPPROTO_TCP : IPPROTO_UDP,
		.ipv6 = strchr(client, ':') != NULL,
		.source = exchange_endpoint(client, or_else(shot->client_port, 40000)),
		.destination = exchange_endpoint(server, or_else(shot->server_port, 53)),
	};

	set_owner(&p, shot);
	if (shot->asked) {
		p.has_asked = true;
		p.asked = exchange_endpoint(shot->asked, 53);
	}
	return p;
}

static void take(const struct shot *shot, enum packet_kind kind, bool response)
{
	struct packet p = packet_of(shot);
	struct dns_message message;
	uint8_t *copy;

	p.kind = kind;
	p.code = kind == PACKET_SEND_FAILED ? shot->error : 0;
	p.reason = kind == PACKET_DROPPED ? shot->reason : NULL;
	if (shot->tcp && shot->no_quoted)
		p.tcp_flags = TCP_SYN;
	write_message(shot, response);
	if (response) {
		struct endpoint server = p.destination;

		p.destination = p.source;
		p.source = server;
	}
	/* Of its own, and gone at once: nothing may be read of it later. */
	copy = malloc(world.size);
	assert_non_null(copy);
	memcpy(copy, world.wire, world.size);
	p.payload = copy;
	p.size = world.size;
	p.wire_size = world.size;
	assert_true(dns_message_read(&message, copy, world.size));
	transactions_packet(world.t, &p, shot->no_quoted ? NULL : &message, shot->role);
	memset(copy, 0xee, world.size);
	free(copy);
}

void exchange_take(const struct shot *shot, bool response)
{
	take(shot, PACKET_DNS, response);
}

void exchange_failure(const struct shot *shot, enum packet_kind kind, bool response)
{
	take(shot, kind, response);
}

void exchange_unreachable(const struct shot *shot)
{
	struct packet p = packet_of(shot);

	write_message(shot, false);
	p.kind = PACKET_UNREACHABLE;
	p.cookie = 0;
	p.icmp_type = 3;
	p.icmp_code = shot->icmp_code ? shot->icmp_code : 3;
	p.payload = world.wire;
	p.size = shot->no_quoted ? 0 : shot->quoted ? shot->quoted : 12;
	p.wire_size = shot->quoted_wire ? shot->quoted_wire : world.size;
	transactions_packet(world.t, &p, NULL, shot->role);
}

void exchange_expire(uint64_t ms)
{
	transactions_expire(world.t, ms * MS);
}

const struct lookup *exchange_next(enum lookup_event event)
{
	const struct lookup *l = &world.events[world.seen];

	assert_true(world.seen < world.count);
	world.seen++;
	assert_int_equal(l->event, event);
	return l;
}

void exchange_none(void)
{
	assert_int_equal(world.count, world.seen);
}

const struct lookup *exchange_one(enum lookup_event event)
{
	const struct lookup *l = exchange_next(event);

	exchange_none();
	world.count = world.seen = 0; /* `l` stays what it is until the next event */
	return l;
}

const struct lookup *exchange_unmatched(enum lookup_unmatched unmatched)
{
	const struct lookup *l = exchange_one(LOOKUP_RESPONSE);

	assert_int_equal(l->unmatched, unmatched);
	return l;
}

struct transactions *exchange_table(void)
{
	return world.t;
}

const struct transactions_stats *exchange_stats(void)
{
	return transactions_stats(world.t);
}

uint32_t exchange_last_size(void)
{
	return world.size;
}
