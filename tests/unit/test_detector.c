/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the detector alerts to, and what it does not; that what is opened is closed, and that
 * nothing is counted twice.
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/codes.h"
#include "dns/registered.h"
#include "track/detector.h"

#define SECOND 1000000000ULL
#define HOUR   (3600 * SECOND)
#define START  (1700000000 * SECOND)
#define SHOWN  64

struct world {
	struct detector *detector;
	uint64_t now;
	uint32_t random;
	unsigned int count;
	struct alert alerts[SHOWN];
	uint32_t counts[3]; /* by enum alert_state */
};

static struct world world;

static void note(void *context, const struct alert *alert)
{
	(void)context;
	world.counts[alert->state]++;
	if (world.count < SHOWN)
		world.alerts[world.count++] = *alert;
}

static void begin_with(const struct detector_config *config)
{
	struct detector_config own = *config;

	detector_free(world.detector);
	world = (struct world){.now = START, .random = 1};
	own.alert = note;
	world.detector = detector_new(&own);
	assert_non_null(world.detector);
}

static int begin(void **state)
{
	static const struct detector_config config = DETECTOR_DEFAULTS;

	(void)state;
	begin_with(&config);
	return 0;
}

/* Of a kind and a domain (NULL: any), the highest severity that was told; -1: none. */
static int severity_of(enum alert_kind kind, const char *domain)
{
	struct dns_name name;
	int highest = -1;

	if (domain)
		assert_true(dns_name_from_text(&name, domain));
	for (unsigned int i = 0; i < world.count; i++) {
		const struct alert *a = &world.alerts[i];

		if (a->kind != kind ||
		    (domain && !(a->has_domain && dns_name_equal(&a->domain, &name))))
			continue;
		highest = (int)a->severity > highest ? (int)a->severity : highest;
	}
	return highest;
}

static const struct alert *last_alert(void)
{
	assert_true(world.count > 0);
	return &world.alerts[world.count - 1];
}

static uint32_t next_random(void)
{
	world.random = world.random * 1664525 + 1013904223;
	return world.random >> 8;
}

/* A label of so many octets out of an alphabet. */
static const char *label_of(unsigned int size, const char *alphabet)
{
	static char label[64];

	for (unsigned int i = 0; i < size; i++)
		label[i] = alphabet[next_random() % strlen(alphabet)];
	label[size] = '\0';
	return label;
}

#define BASE32 "abcdefghijklmnopqrstuvwxyz234567"
#define HEX    "0123456789abcdef"

struct asking {
	uint16_t type;
	uint32_t pid;
	const char *comm;
	uint8_t client;				     /* 192.0.2.x */
	uint8_t server;				     /* 198.51.100.x; 0: 53 */
	enum { NEITHER, AS_CLIENT, AS_SERVER } side; /* where it was seen */
	uint32_t repeats;
	uint16_t port; /* the client's */
	bool contained;
};

static struct endpoint address(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port)
{
	struct endpoint e = {.address = {[10] = 255, [11] = 255, [12] = a, [13] = b, [14] = c}};

	e.address[15] = d;
	e.port = port;
	return e;
}

static struct lookup message_of(const struct asking *a, const char *name)
{
	struct lookup m = {
		.event = LOOKUP_QUERY,
		.role = a->side ? (enum lookup_role)(a->side - AS_CLIENT) : ROLE_UNKNOWN,
		.time = world.now,
		.protocol = IPPROTO_UDP,
		.client = address(192, 0, 2, a->client ? a->client : 1, a->port ? a->port : 40000),
		.server = address(198, 51, 100, a->server ? a->server : 53, 53),
		.opcode = DNS_OPCODE_QUERY,
		.has_question = true,
		.has_owner = a->pid != 0,
		.query_size = 40,
		.repeats = a->repeats,
	};

	assert_true(dns_name_from_text(&m.question.name, name));
	m.question.type = a->type ? a->type : DNS_TYPE_A;
	m.question.class = 1;
	m.owner.pid = a->pid;
	if (a->comm)
		snprintf(m.owner.comm, sizeof(m.owner.comm), "%s", a->comm);
	return m;
}

static void ask_as(const struct asking *a, const char *name)
{
	struct lookup m = message_of(a, name);

	detector_message(world.detector, &m, a->contained);
}

#define ASK(name, ...) ask_as(&(struct asking){__VA_ARGS__}, name)

static void put_name(uint8_t *wire, size_t *size, const struct dns_name *name)
{
	memcpy(wire + *size, name->wire, name->len);
	*size += name->len;
}

/* With an address of four octets, or 16 if AAAA was asked for, or without any if `ip` is NULL. */
static void answer_as(const struct asking *a, const char *name, uint8_t rcode, const uint8_t *ip,
		      uint8_t ttl)
{
	uint8_t length = a->type == DNS_TYPE_AAAA ? 16 : 4;
	uint8_t type = a->type == DNS_TYPE_AAAA ? DNS_TYPE_AAAA : DNS_TYPE_A;
	uint8_t wire[1024] = {0, 1, 0x81, rcode, 0, 1, 0, ip != NULL};
	const uint8_t question[] = {0, 1, 0, 1};
	const uint8_t record[] = {0xc0, 12, 0, type, 0, 1, 0, 0, 0, ttl, 0, length};
	struct lookup m = message_of(a, name);
	struct dns_message message;
	size_t size = 12;

	put_name(wire, &size, &m.question.name);
	memcpy(wire + size, question, sizeof(question));
	size += sizeof(question);
	if (ip) {
		memcpy(wire + size, record, sizeof(record));
		memcpy(wire + size + sizeof(record), ip, length);
		size += sizeof(record) + length;
	}
	assert_true(dns_message_read(&message, wire, size));
	m.event = LOOKUP_RESPONSE;
	m.query_size = 0;
	m.response_size = size;
	m.message = &message;
	detector_message(world.detector, &m, a->contained);
}

#define ANSWER(name, rcode, ip, ttl, ...)                                                          \
	answer_as(&(struct asking){__VA_ARGS__}, name, rcode, ip, ttl)
#define IP(a, b, c, d) ((const uint8_t[]){a, b, c, d})

static void expire(uint64_t ns)
{
	world.now += ns;
	detector_expire(world.detector, world.now);
}

static void finish(void)
{
	detector_finish(world.detector);
	assert_int_equal(world.counts[ALERT_OPEN], world.counts[ALERT_CLOSED]);
}

/* ---- Tunnels --------------------------------------------------------------------------------- */

static void tunnel(unsigned int queries, uint64_t each, const struct asking *a)
{
	char name[256];

	for (unsigned int i = 0; i < queries; i++) {
		snprintf(name, sizeof(name), "%s.t.example.com", label_of(50, BASE32));
		ask_as(a, name);
		answer_as(a, name, 0, IP(203, 0, 113, 9), 0);
		world.now += each;
	}
}

static void a_tunnel_is_high_within_50_queries(void **state)
{
	(void)state;
	tunnel(50, SECOND / 10,
	       &(struct asking){
		       .pid = 42, .comm = "iodine", .type = DNS_TYPE_NULL, .side = AS_CLIENT});
	assert_int_equal(severity_of(ALERT_TUNNEL, "example.com"), ALERT_HIGH);
	assert_int_equal(world.counts[ALERT_OPEN], 1);
	assert_int_equal(last_alert()->client.owner.pid, 42);
	assert_true(last_alert()->evidence & 1U << EVIDENCE_NULL_QUERY);
	assert_true(last_alert()->evidence & 1U << EVIDENCE_LONG_LABEL);
	finish();
	assert_int_equal(last_alert()->queries, 50);
	assert_int_equal(last_alert()->distinct_names, 50);
	/* Of 50 octets of base32 each, 31 are data. */
	assert_in_range(last_alert()->bytes_up, 1200, 1700);
	assert_int_equal(last_alert()->bytes_down, 200);
}

static void the_score_is_the_sum_of_its_parts(void **state)
{
	uint32_t sum = 0;

	(void)state;
	tunnel(20, SECOND, &(struct asking){.type = DNS_TYPE_TXT});
	for (int i = 0; i < ALERT_PARTS; i++)
		sum += last_alert()->parts[i];
	assert_int_equal(sum, last_alert()->score);
}

/* Each query may be another process: a script that calls dig. */
static void short_lived_processes_are_one_client(void **state)
{
	(void)state;
	for (uint32_t pid = 100; pid < 150; pid++)
		tunnel(1, SECOND,
		       &(struct asking){
			       .pid = pid, .comm = "dig", .type = DNS_TYPE_TXT, .side = AS_CLIENT});
	assert_int_equal(severity_of(ALERT_TUNNEL, "example.com"), ALERT_HIGH);
	assert_int_equal(world.counts[ALERT_OPEN], 1);
	assert_int_equal(last_alert()->client.owner.pid > 100, 1);
}

static void names_that_come_again_are_no_tunnel(void **state)
{
	static char names[20][80];

	(void)state;
	for (int i = 0; i < 20; i++)
		snprintf(names[i], sizeof(names[i]), "%s.cdn.example.com", label_of(12, BASE32));
	for (int i = 0; i < 2000; i++, world.now += SECOND)
		ASK(names[next_random() % 20]);
	assert_int_equal(world.count, 0);
}

static void an_idle_tunnel_is_found(void **state)
{
	char name[256];

	(void)state;
	for (unsigned int i = 0; i < 150; i++, world.now += 4 * SECOND) {
		snprintf(name, sizeof(name), "p%s.t.example.com", label_of(6, BASE32));
		ASK(name, .type = DNS_TYPE_NULL);
		ANSWER(name, 0, IP(203, 0, 113, 1), 0, .type = DNS_TYPE_NULL);
	}
	assert_int_equal(severity_of(ALERT_TUNNEL, "example.com"), ALERT_HIGH);
}

static void an_alert_is_closed_when_nothing_comes(void **state)
{
	(void)state;
	tunnel(50, SECOND / 10, &(struct asking){0});
	expire(29 * 60 * SECOND);
	assert_int_equal(world.counts[ALERT_CLOSED], 0);
	expire(2 * 60 * SECOND);
	assert_int_equal(world.counts[ALERT_CLOSED], 1);
	expire(HOUR);
	finish();
	assert_int_equal(world.counts[ALERT_CLOSED], 1);
}

/* One for all it does, told again when it is worse or goes on. */
static void one_alert_is_told_a_few_times(void **state)
{
	(void)state;
	for (int minute = 0; minute < 60; minute++) {
		tunnel(60, SECOND, &(struct asking){.type = DNS_TYPE_TXT});
		expire(0);
	}
	assert_int_equal(world.counts[ALERT_OPEN], 1);
	assert_in_range(world.counts[ALERT_UPDATE], 4, 8);
}

/* ---- Leaks ----------------------------------------------------------------------------------- */

static void leak(unsigned int queries, unsigned int domains, uint64_t each)
{
	char name[256];

	for (unsigned int i = 0; i < queries; i++, world.now += each) {
		snprintf(name, sizeof(name), "%s.domain%u.com", label_of(60, HEX), i % domains);
		ASK(name);
		ANSWER(name, 0, IP(203, 0, 113, 1), 60);
	}
}

/* 30 octets each: 4000 are 133 queries. */
static void a_slow_leak_is_found_before_4000_octets(void **state)
{
	(void)state;
	leak(133, 1, 30 * SECOND);
	assert_in_range(severity_of(ALERT_EXFILTRATION, "domain0.com"), ALERT_MEDIUM, ALERT_HIGH);
}

static void a_leak_over_20_domains_is_found(void **state)
{
	(void)state;
	leak(133, 20, 30 * SECOND);
	assert_in_range(severity_of(ALERT_EXFILTRATION, NULL), ALERT_MEDIUM, ALERT_HIGH);
	assert_false(last_alert()->has_domain);
}

static void a_leak_in_a_day_is_found(void **state)
{
	(void)state;
	leak(133, 1, 600 * SECOND);
	assert_in_range(severity_of(ALERT_EXFILTRATION, "domain0.com"), ALERT_MEDIUM, ALERT_HIGH);
}

/* What a window has forgotten does not count. */
static void little_in_a_long_time_is_no_leak(void **state)
{
	(void)state;
	leak(200, 1, 2 * HOUR);
	assert_true(severity_of(ALERT_EXFILTRATION, NULL) < ALERT_MEDIUM);
}

static void known_services_raise_the_bound_and_do_not_blind(void **state)
{
	struct detector_config config = DETECTOR_DEFAULTS;
	struct known *known = known_new();
	const char line[] = "domain0.com 16 a service with hashes in its names";

	(void)state;
	assert_null(known_add_line(known, line, strlen(line)));
	config.known = known;
	begin_with(&config);
	leak(400, 1, 60 * SECOND);
	assert_int_equal(world.count, 0);
	leak(1200, 1, SECOND);
	assert_true(world.count > 0);
	finish();
	detector_free(world.detector);
	world.detector = NULL;
	known_free(known);
}

/* A new name, and what a search list makes of it. */
static void make_search(char name[DNS_NAME_TEXT_MAX], char below[DNS_NAME_TEXT_MAX])
{
	const char *label = label_of(12, BASE32);

	snprintf(name, DNS_NAME_TEXT_MAX, "www.%s.com", label);
	snprintf(below, DNS_NAME_TEXT_MAX, "www.%s.com.dept.corp.example.org", label);
}

/* A search list's domain gets every name that was not found. */
static void search_lists_are_no_leak(void **state)
{
	char name[DNS_NAME_TEXT_MAX], below[DNS_NAME_TEXT_MAX];

	(void)state;
	for (int i = 0; i < 2000; i++, world.now += 30 * SECOND) {
		make_search(name, below);
		ASK(name);
		ASK(below);
	}
	assert_int_equal(severity_of(ALERT_EXFILTRATION, "example.org"), -1);
}

/* The same where it asks for the name itself last (ndots). */
static void search_lists_come_first(void **state)
{
	char name[DNS_NAME_TEXT_MAX], below[DNS_NAME_TEXT_MAX];

	(void)state;
	for (int i = 0; i < 2000; i++, world.now += 30 * SECOND) {
		make_search(name, below);
		ASK(below);
		ASK(below, .type = DNS_TYPE_AAAA);
		world.now += SECOND;
		ASK(name);
	}
	assert_int_equal(severity_of(ALERT_EXFILTRATION, "example.org"), -1);
}

/* What is asked for alone, or much later, is no search list's. */
static void names_before_a_domain_are_no_search(void **state)
{
	char name[DNS_NAME_TEXT_MAX], below[DNS_NAME_TEXT_MAX];

	(void)state;
	for (int i = 0; i < 300; i++, world.now += 30 * SECOND) {
		make_search(name, below);
		ASK(below);
		world.now += 100 * SECOND;
		ASK(name);
	}
	assert_true(severity_of(ALERT_EXFILTRATION, "example.org") >= ALERT_MEDIUM);
}

static void addresses_in_names_hold_an_address(void **state)
{
	char name[256];

	(void)state;
	for (int i = 0; i < 400; i++, world.now += 60 * SECOND) {
		snprintf(name, sizeof(name), "%u.%u.%u.%u.list.example.net", next_random() % 256,
			 next_random() % 256, next_random() % 256, next_random() % 256);
		ASK(name);
	}
	finish();
	for (unsigned int i = 0; i < world.count; i++)
		assert_true(world.alerts[i].bytes_up <= 4 * world.alerts[i].distinct_names);
	assert_true(severity_of(ALERT_EXFILTRATION, NULL) < ALERT_MEDIUM);
}

/* ---- Both sides ------------------------------------------------------------------------------ */

/* dig -> a resolver of this host -> the world; all three sides are seen. */
static void a_forwarder_is_not_the_client(void **state)
{
	const struct asking asks = {
		.pid = 42, .comm = "iodine", .side = AS_CLIENT, .type = DNS_TYPE_TXT};
	const struct asking served = {
		.pid = 99, .comm = "unbound", .side = AS_SERVER, .type = DNS_TYPE_TXT};
	const struct asking forwarded = {.pid = 99,
					 .comm = "unbound",
					 .side = AS_CLIENT,
					 .client = 7,
					 .port = 50000,
					 .type = DNS_TYPE_TXT};
	char name[256];

	(void)state;
	for (int i = 0; i < 100; i++, world.now += SECOND / 10) {
		snprintf(name, sizeof(name), "%s.t.example.com", label_of(50, BASE32));
		ask_as(&asks, name);
		ask_as(&served, name);
		ask_as(&forwarded, name);
	}
	assert_int_equal(severity_of(ALERT_TUNNEL, "example.com"), ALERT_HIGH);
	finish();
	assert_int_equal(world.counts[ALERT_OPEN], 1);
	assert_string_equal(last_alert()->client.owner.comm, "iodine");
	assert_int_equal(last_alert()->queries, 100);
}

static void a_remote_client_of_a_server_here_is_named(void **state)
{
	char name[256];

	(void)state;
	for (int i = 0; i < 60; i++, world.now += SECOND) {
		snprintf(name, sizeof(name), "%s.t.example.com", label_of(50, BASE32));
		ASK(name, .pid = 99, .comm = "unbound", .side = AS_SERVER, .client = 200,
		    .type = DNS_TYPE_TXT);
	}
	assert_int_equal(severity_of(ALERT_TUNNEL, "example.com"), ALERT_HIGH);
	assert_false(last_alert()->client.has_owner);
	assert_int_equal(last_alert()->client.address.address[15], 200);
}

/* Nobody becomes a forwarder by talking to himself. */
static void who_asks_itself_is_a_client(void **state)
{
	char name[256];

	(void)state;
	for (int i = 0; i < 60; i++, world.now += SECOND) {
		snprintf(name, sizeof(name), "%s.t.example.com", label_of(50, BASE32));
		ASK(name, .pid = 66, .comm = "evil", .side = AS_CLIENT, .type = DNS_TYPE_TXT);
		ASK(name, .pid = 66, .comm = "evil", .side = AS_SERVER, .type = DNS_TYPE_TXT);
	}
	assert_int_equal(severity_of(ALERT_TUNNEL, "example.com"), ALERT_HIGH);
}

/* ---- Rules that need no sums ----------------------------------------------------------------- */

static void listed_names_and_those_below(void **state)
{
	static uint8_t memory[1 << 16] __attribute__((aligned(64)));
	struct name_set *set;
	struct dns_name name;

	(void)state;
	memset(memory, 0, sizeof(memory));
	set = name_set_init(memory, sizeof(memory), 7);
	assert_true(dns_name_from_text(&name, "bad.example.com"));
	name_set_add(set, &name, 3, NAME_SET_EXACT | NAME_SET_BELOW);
	assert_true(dns_name_from_text(&name, "good.bad.example.com"));
	name_set_add(set, &name, 4, NAME_SET_EXACT | NAME_SET_ALLOW);
	detector_lists(world.detector, set);
	ASK("example.com");
	ASK("good.bad.example.com");
	assert_int_equal(world.count, 0);
	ASK("x.BAD.example.com");
	assert_int_equal(severity_of(ALERT_BLOCKLISTED, "example.com"), ALERT_MEDIUM);
	assert_int_equal(last_alert()->list, 3);
	assert_false(last_alert()->exact);
	ASK("bad.example.com", .client = 2);
	assert_true(last_alert()->exact);
	detector_lists(world.detector, NULL);
}

static void public_then_private_is_rebinding(void **state)
{
	(void)state;
	ANSWER("inside.example.com", 0, IP(10, 0, 0, 1), 5);
	assert_int_equal(world.count, 0);
	ANSWER("r.example.com", 0, IP(203, 0, 113, 1), 1);
	ANSWER("r.example.com", 0, IP(0, 0, 0, 0), 1);
	ANSWER("r.example.com", 0, IP(192, 168, 1, 1), 1, .server = 54);
	assert_int_equal(world.count, 0);
	ANSWER("r.example.com", 0, IP(192, 168, 1, 1), 1);
	assert_int_equal(severity_of(ALERT_REBINDING, "example.com"), ALERT_HIGH);
}

/* Where a host has a public address of one family, a private one of the other is no attack. */
static void families_and_networks_of_rebinding(void **state)
{
	static const uint8_t nat64[16] = {0, 0x64, 0xff, 0x9b, [12] = 10, 0, 0, 3};
	static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 192, 168, 1, 1};
	static const uint8_t global[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

	(void)state;
	ANSWER("nas.example.com", 0, global, 200, .type = DNS_TYPE_AAAA);
	ANSWER("nas.example.com", 0, IP(192, 168, 1, 10), 200);
	ANSWER("v4.example.com", 0, nat64, 200, .type = DNS_TYPE_AAAA);
	ANSWER("v4.example.com", 0, IP(10, 0, 0, 3), 200);
	ANSWER("vpn.example.com", 0, IP(100, 101, 2, 3), 200);
	ANSWER("vpn.example.com", 0, IP(192, 168, 1, 7), 200);
	ANSWER("r.home.arpa", 0, IP(203, 0, 113, 1), 1);
	ANSWER("r.home.arpa", 0, IP(192, 168, 1, 1), 1);
	ANSWER("late.example.com", 0, IP(203, 0, 113, 1), 1);
	world.now += 3 * HOUR;
	ANSWER("late.example.com", 0, IP(192, 168, 1, 1), 1);
	assert_int_equal(world.count, 0);
	ANSWER("six.example.org", 0, global, 1, .type = DNS_TYPE_AAAA);
	ANSWER("six.example.org", 0, mapped, 1, .type = DNS_TYPE_AAAA);
	assert_int_equal(severity_of(ALERT_REBINDING, "example.org"), ALERT_HIGH);
	ANSWER("here.example.net", 0, global, 1, .type = DNS_TYPE_AAAA);
	ANSWER("here.example.net", 0, IP(127, 0, 0, 1), 1);
	assert_int_equal(severity_of(ALERT_REBINDING, "example.net"), ALERT_HIGH);
}

/* Another server than its own is what a resolver is there for. */
static void name_servers_may_ask_all(void **state)
{
	struct detector_config config = DETECTOR_DEFAULTS;

	(void)state;
	config.resolvers[config.resolver_count++] = address(127, 0, 0, 1, 53);
	begin_with(&config);
	ASK("www.example.com", .pid = 99, .comm = "unbound", .side = AS_SERVER, .client = 200);
	for (int i = 0; i < 2000; i++, world.now += SECOND / 300)
		ASK("www.example.org", .pid = 99, .comm = "unbound", .side = AS_CLIENT);
	assert_int_equal(world.count, 0);
	ASK("www.example.org", .pid = 98, .comm = "curl", .side = AS_CLIENT);
	assert_int_equal(severity_of(ALERT_UNUSUAL_RESOLVER, NULL), ALERT_LOW);
}

static void many_queries_a_second(void **state)
{
	(void)state;
	for (int i = 0; i < 6 * 90; i++, world.now += SECOND / 90)
		ASK("www.example.com");
	assert_int_equal(world.count, 0);
	for (int i = 0; i < 6; i++, world.now += SECOND)
		ASK("www.example.com", .repeats = 150); /* counted in the kernel */
	assert_int_equal(severity_of(ALERT_RAPID_QUERIES, NULL), ALERT_LOW);
	finish();
	assert_int_equal(last_alert()->queries, 6 * 90 + 6 * 151);
}

static void other_servers_than_the_configured_one(void **state)
{
	struct detector_config config = DETECTOR_DEFAULTS;

	(void)state;
	config.resolvers[config.resolver_count++] = address(198, 51, 100, 53, 53);
	begin_with(&config);
	ASK("www.example.com", .pid = 5, .side = AS_CLIENT);
	ASK("www.example.com", .pid = 5, .side = AS_CLIENT, .server = 9, .contained = true);
	ASK("www.example.com", .server = 9);
	assert_int_equal(world.count, 0);
	ASK("www.example.com", .pid = 5, .side = AS_CLIENT, .server = 9);
	assert_int_equal(severity_of(ALERT_UNUSUAL_RESOLVER, NULL), ALERT_LOW);
}

/* Packets to the DNS port that are no DNS: iodine's raw mode. */
static void what_is_no_dns_is_a_tunnel(void **state)
{
	uint8_t wire[200] = {0x10, 0xd1, 0x9e, 0x20};
	struct lookup m = message_of(&(struct asking){0}, ".");
	struct dns_message message;

	(void)state;
	memset(wire + 4, 0xff, sizeof(wire) - 4);
	assert_true(dns_message_read(&message, wire, sizeof(wire)));
	assert_false(message.has_question);
	m.has_question = false;
	m.message = &message;
	m.query_size = 400; /* it was cut by the capture: who knows */
	for (int i = 0; i < 100; i++)
		detector_message(world.detector, &m, false);
	assert_int_equal(world.count, 0);
	m.query_size = sizeof(wire);
	for (int i = 0; i < 100; i++)
		detector_message(world.detector, &m, false);
	assert_int_equal(severity_of(ALERT_TUNNEL, NULL), ALERT_HIGH);
	finish();
	assert_int_equal(last_alert()->sample_count, 0);
	assert_true(last_alert()->evidence & 1U << EVIDENCE_NOT_DNS);
}

static void send_foreign(const uint8_t *wire, uint32_t size, uint16_t server, uint16_t client)
{
	struct lookup m = message_of(&(struct asking){0}, ".");
	struct dns_message message;

	assert_true(dns_message_read(&message, wire, size));
	m.has_question = message.has_question;
	m.opcode = message.opcode;
	m.message = &message;
	m.query_size = size;
	m.server.port = server;
	m.client.port = client;
	for (int i = 0; i < 100; i++)
		detector_message(world.detector, &m, false);
}

/* WireGuard's zeros look like a question for the root; the other one is whole, of opcode 3. */
static void what_looks_like_dns_is_a_tunnel(void **state)
{
	uint8_t wireguard[200] = {4, 0, 0, 0, 0x12, 0x34, 0x56, 0x78};
	const uint8_t local[] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1, 7};
	const uint8_t unassigned[] = {0, 1, 0x19, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1};

	memset(wireguard + 16, 0xff, sizeof(wireguard) - 16);
	send_foreign(wireguard, sizeof(wireguard), 53, 40000);
	assert_int_equal(severity_of(ALERT_TUNNEL, NULL), ALERT_HIGH);
	begin(state);
	send_foreign(unassigned, sizeof(unassigned), 53, 40000);
	assert_int_equal(severity_of(ALERT_TUNNEL, NULL), ALERT_HIGH);
	/* QUIC, to somebody who has the port of mDNS behind NAT: it has no bit that tells sides. */
	begin(state);
	send_foreign(wireguard, sizeof(wireguard), 5353, 443);
	send_foreign(wireguard, sizeof(wireguard), 443, 5353);
	/* A name that is asked for on the local link, with an octet behind. */
	send_foreign(local, sizeof(local), 5353, 5353);
	assert_int_equal(world.count, 0);
	send_foreign(wireguard, sizeof(wireguard), 53, 5353);
	assert_int_equal(severity_of(ALERT_TUNNEL, NULL), ALERT_HIGH);
}

static void generated_names_that_do_not_exist(void **state)
{
	char name[256];

	(void)state;
	for (int i = 0; i < 40; i++, world.now += 5 * SECOND) {
		snprintf(name, sizeof(name), "%s.com", label_of(16, "bcdfghjklmnpqrstvwxz"));
		ASK(name);
		ANSWER(name, DNS_RCODE_NOERROR, IP(203, 0, 113, 1), 60);
	}
	assert_int_equal(world.count, 0);
	for (int i = 0; i < 40; i++, world.now += 5 * SECOND) {
		snprintf(name, sizeof(name), "%s.com", label_of(16, "bcdfghjklmnpqrstvwxz"));
		ASK(name);
		ANSWER(name, DNS_RCODE_NXDOMAIN, NULL, 0);
	}
	assert_int_equal(severity_of(ALERT_DGA, NULL), ALERT_HIGH);
	assert_int_equal(last_alert()->sample_count, ALERT_SAMPLES);
}

/* ---- Bounds ---------------------------------------------------------------------------------- */

static void a_million_domains_are_bounded(void **state)
{
	struct detector_config config = DETECTOR_DEFAULTS;
	struct detector_stats stats;
	char name[256];

	(void)state;
	config.max_domains = 1000;
	begin_with(&config);
	for (int i = 0; i < 100000; i++, world.now += SECOND / 10000) {
		snprintf(name, sizeof(name), "www.d%d.com", i);
		ASK(name);
	}
	detector_stats(world.detector, &stats);
	assert_int_equal(stats.domains, 1000);
	assert_int_equal(stats.evicted_domains, 99000);
	assert_int_equal(stats.messages, 100000);
}

static void time_may_step_back(void **state)
{
	(void)state;
	tunnel(50, SECOND, &(struct asking){0});
	world.now -= HOUR;
	tunnel(50, SECOND, &(struct asking){0});
	world.now += 1000 * HOUR;
	tunnel(50, SECOND, &(struct asking){0});
	expire(0);
	finish();
}

static void local_names_are_left_alone(void **state)
{
	char name[256];

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct lookup m;

		snprintf(name, sizeof(name), "%s.local", label_of(50, BASE32));
		m = message_of(&(struct asking){.side = AS_CLIENT}, name);
		m.server.port = 5353;
		detector_message(world.detector, &m, false);
		ASK(label_of(12, BASE32)); /* a browser that looks for a captive portal */
	}
	assert_int_equal(world.count, 0);
}

static int open_list(void **state)
{
	(void)state;
	return dns_registered_open() ? 0 : -1;
}

static int close_all(void **state)
{
	(void)state;
	detector_free(world.detector);
	dns_registered_close();
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
	const struct CMUnitTest tests[] = {
		TEST(a_tunnel_is_high_within_50_queries),
		TEST(the_score_is_the_sum_of_its_parts),
		TEST(short_lived_processes_are_one_client),
		TEST(names_that_come_again_are_no_tunnel),
		TEST(an_idle_tunnel_is_found),
		TEST(an_alert_is_closed_when_nothing_comes),
		TEST(one_alert_is_told_a_few_times),
		TEST(a_slow_leak_is_found_before_4000_octets),
		TEST(a_leak_over_20_domains_is_found),
		TEST(a_leak_in_a_day_is_found),
		TEST(little_in_a_long_time_is_no_leak),
		TEST(known_services_raise_the_bound_and_do_not_blind),
		TEST(search_lists_are_no_leak),
		TEST(search_lists_come_first),
		TEST(names_before_a_domain_are_no_search),
		TEST(addresses_in_names_hold_an_address),
		TEST(a_forwarder_is_not_the_client),
		TEST(a_remote_client_of_a_server_here_is_named),
		TEST(who_asks_itself_is_a_client),
		TEST(listed_names_and_those_below),
		TEST(public_then_private_is_rebinding),
		TEST(families_and_networks_of_rebinding),
		TEST(name_servers_may_ask_all),
		TEST(many_queries_a_second),
		TEST(other_servers_than_the_configured_one),
		TEST(what_is_no_dns_is_a_tunnel),
		TEST(what_looks_like_dns_is_a_tunnel),
		TEST(generated_names_that_do_not_exist),
		TEST(a_million_domains_are_bounded),
		TEST(time_may_step_back),
		TEST(local_names_are_left_alone),
	};

	return cmocka_run_group_tests(tests, open_list, close_all);
}
