/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Responses that end nothing, and why; and messages that are not tracked.
 */
#include <netinet/in.h>

#include "dns/codes.h"
#include "exchange.h"

/* Whatever came, the query is still waiting, and takes its own answer. */
static void assert_not_ended(uint64_t ms)
{
	assert_int_equal(exchange_stats()->pending, 1);
	RESPONSE(.ms = ms);
	exchange_one(LOOKUP_ANSWER);
}

static void no_query(void **state)
{
	const struct lookup *l;

	(void)state;
	RESPONSE(.ms = 3, .flags = DNS_FLAG_AA);
	l = exchange_unmatched(UNMATCHED_NO_QUERY);
	assert_int_equal(l->attempts, 0);
	assert_false(l->has_latency);
	assert_int_equal(l->query_size, 0);
	assert_int_equal(l->response_size, exchange_last_size());
	assert_int_equal(l->time, 3 * MS);
	assert_int_equal(l->flags, DNS_FLAG_QR | DNS_FLAG_AA);
	assert_int_equal(l->owner.pid, 100);
	assert_non_null(l->message);
	exchange_assert_endpoint(&l->client, "192.0.2.1", 40000);
	exchange_assert_endpoint(&l->server, "192.0.2.53", 53);
	assert_int_equal(exchange_stats()->unmatched, 1);
}

static void other_id(void **state)
{
	(void)state;
	QUERY(.id = 1);
	RESPONSE(.ms = 1, .id = 2);
	assert_int_equal(exchange_unmatched(UNMATCHED_ID)->id, 2);
	assert_not_ended(2);
}

static void other_id_and_more(void **state)
{
	(void)state;
	QUERY(.id = 1);
	RESPONSE(.ms = 1, .id = 2, .name = "example.net");
	exchange_unmatched(UNMATCHED_NO_QUERY);
	RESPONSE(.ms = 1, .id = 2, .type = DNS_TYPE_AAAA);
	exchange_unmatched(UNMATCHED_NO_QUERY);
	RESPONSE(.ms = 1, .id = 2, .server = "192.0.2.54");
	exchange_unmatched(UNMATCHED_NO_QUERY);
	RESPONSE(.ms = 1, .id = 2, .cookie = 8);
	exchange_unmatched(UNMATCHED_NO_QUERY);
	RESPONSE(.ms = 1, .id = 2, .no_question = true);
	exchange_unmatched(UNMATCHED_NO_QUERY);
	assert_not_ended(2);
}

static void other_question(void **state)
{
	(void)state;
	QUERY(.id = 1);
	RESPONSE(.ms = 1, .name = "example.net");
	exchange_unmatched(UNMATCHED_QUESTION);
	RESPONSE(.ms = 1, .type = DNS_TYPE_AAAA);
	exchange_unmatched(UNMATCHED_QUESTION);
	RESPONSE(.ms = 1, .class = 3);
	exchange_unmatched(UNMATCHED_QUESTION);
	RESPONSE(.ms = 1, .damaged = true);
	exchange_unmatched(UNMATCHED_QUESTION);
	assert_int_equal(exchange_stats()->malformed, 1);
	assert_not_ended(2);
}

static void other_server(void **state)
{
	(void)state;
	QUERY(.id = 1);
	RESPONSE(.ms = 1, .server = "192.0.2.54");
	exchange_unmatched(UNMATCHED_SERVER);
	RESPONSE(.ms = 1, .server_port = 5300);
	exchange_unmatched(UNMATCHED_SERVER);
	RESPONSE(.ms = 1, .server = "192.0.2.54", .no_question = true);
	exchange_unmatched(UNMATCHED_NO_QUERY);
	assert_not_ended(2);
}

static void other_role(void **state)
{
	(void)state;
	QUERY(.id = 1);
	RESPONSE(.ms = 1, .role = ROLE_SERVER);
	exchange_unmatched(UNMATCHED_NO_QUERY);
	assert_not_ended(2);
}

static void other_protocol(void **state)
{
	(void)state;
	QUERY(.id = 1);
	RESPONSE(.ms = 1, .tcp = true);
	exchange_unmatched(UNMATCHED_NO_QUERY);
	assert_not_ended(2);
}

static void a_flood_of_wrong_ids(void **state)
{
	unsigned int id;

	(void)state;
	QUERY(.id = 1);
	for (id = 2; id < 200; id++) {
		RESPONSE(.ms = 1, .id = (uint16_t)id);
		exchange_unmatched(UNMATCHED_ID);
	}
	assert_not_ended(2);
}

static void without_a_question(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.id = 1, .type = DNS_TYPE_MX);
	QUERY(.id = 2);
	RESPONSE(.ms = 1, .id = 1, .no_question = true, .flags = 1 /* FORMERR */);
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->question.type, DNS_TYPE_MX);
	assert_true(l->has_question);
	RESPONSE(.ms = 2, .id = 1, .no_question = true);
	l = exchange_unmatched(UNMATCHED_DUPLICATE);
	assert_false(l->has_question);
	assert_int_equal(exchange_stats()->pending, 1);
	assert_int_equal(exchange_stats()->malformed, 0);
}

/* It comes after a failover, from the server that was asked first. */
static void without_a_question_from_the_first_server(void **state)
{
	(void)state;
	QUERY(.ms = 0);
	QUERY(.ms = 1, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	RESPONSE(.ms = 2, .no_question = true);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->attempts, 2);
}

static void twice(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 10, .pid = 300);
	QUERY(.ms = 20, .pid = 300);
	RESPONSE(.ms = 30);
	exchange_one(LOOKUP_ANSWER);
	RESPONSE(.ms = 35, .no_owner = true);
	l = exchange_unmatched(UNMATCHED_DUPLICATE);
	assert_int_equal(l->attempts, 2);
	assert_int_equal(l->latency, 25 * MS);
	assert_int_equal(l->owner.pid, 300);
	RESPONSE(.ms = 36, .server = "192.0.2.54");
	exchange_unmatched(UNMATCHED_NO_QUERY);
	RESPONSE(.ms = 37, .cookie = 9);
	exchange_unmatched(UNMATCHED_NO_QUERY);
	RESPONSE(.ms = 38, .name = "example.net");
	exchange_unmatched(UNMATCHED_NO_QUERY);
	RESPONSE(.ms = 39, .no_question = true, .opcode = DNS_OPCODE_UPDATE);
	exchange_unmatched(UNMATCHED_NO_QUERY);
	assert_int_equal(exchange_stats()->unmatched, 5);
}

static void late(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 10, .server = "192.0.2.99", .asked = "192.0.2.53");
	exchange_expire(6000);
	exchange_one(LOOKUP_TIMEOUT);
	RESPONSE(.ms = 7010);
	l = exchange_unmatched(UNMATCHED_LATE);
	assert_int_equal(l->attempts, 1);
	assert_int_equal(l->latency, 7000 * MS);
	assert_true(l->has_latency);
}

/* The newest of those alike decides. */
static void answered_then_timed_out(void **state)
{
	(void)state;
	QUERY(.ms = 0);
	RESPONSE(.ms = 1);
	exchange_one(LOOKUP_ANSWER);
	QUERY(.ms = 2);
	exchange_expire(6000);
	exchange_one(LOOKUP_TIMEOUT);
	RESPONSE(.ms = 6001);
	exchange_unmatched(UNMATCHED_LATE);
}

/* The ring of those that ended is full many times over. */
static void long_ago(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		QUERY(.id = (uint16_t)(i + 1));
		RESPONSE(.id = (uint16_t)(i + 1));
		exchange_one(LOOKUP_ANSWER);
	}
	for (i = 10000 - 4095; i <= 10000; i++) {
		RESPONSE(.id = (uint16_t)i);
		exchange_unmatched(UNMATCHED_DUPLICATE);
	}
	RESPONSE(.id = 10000 - 4096);
	exchange_unmatched(UNMATCHED_NO_QUERY);
}

static void multicast_answers_from_anywhere(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.server = "224.0.0.252", .server_port = 5355);
	RESPONSE(.ms = 1, .server = "192.0.2.77", .server_port = 5356);
	exchange_unmatched(UNMATCHED_SERVER);
	RESPONSE(.ms = 2, .server = "192.0.2.77", .server_port = 5355);
	l = exchange_one(LOOKUP_ANSWER);
	exchange_assert_endpoint(&l->server, "192.0.2.77", 5355);
	RESPONSE(.ms = 3, .server = "192.0.2.78", .server_port = 5355);
	exchange_unmatched(UNMATCHED_DUPLICATE);
	QUERY(.client = "fe80::1", .server = "ff02::1:3", .server_port = 5355, .no_cookie = true);
	RESPONSE(.client = "fe80::1", .server = "fe80::2", .server_port = 5355, .no_cookie = true);
	exchange_one(LOOKUP_ANSWER);
}

static void one_shot_mdns_is_tracked(void **state)
{
	const struct lookup *l;

	(void)state;
	/* The class with the QU bit; the answer's is without (RFC 6762, 5.4). */
	QUERY(.server = "224.0.0.251", .server_port = 5353, .class = 0x8001);
	RESPONSE(.ms = 1, .server = "192.0.2.77", .server_port = 5353, .class = 1);
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->question.class, 0x8001);
}

static void mdns_is_not_tracked(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 1, .client_port = 5353, .server = "224.0.0.251", .server_port = 5353);
	l = exchange_one(LOOKUP_QUERY);
	assert_true(l->has_question);
	assert_int_equal(l->attempts, 1);
	assert_false(l->has_latency);
	assert_int_equal(l->query_size, exchange_last_size());
	assert_int_equal(l->response_size, 0);
	exchange_assert_endpoint(&l->server, "224.0.0.251", 5353);
	RESPONSE(.ms = 2, .client_port = 5353, .server = "192.0.2.7", .server_port = 5353,
		 .no_question = true);
	l = exchange_unmatched(UNMATCHED_NOT);
	assert_false(l->has_question);
	exchange_assert_endpoint(&l->server, "192.0.2.7", 5353);
	assert_int_equal(exchange_stats()->pending, 0);
	assert_int_equal(exchange_stats()->unmatched, 0);
	assert_int_equal(exchange_stats()->queries, 1);
	assert_int_equal(exchange_stats()->responses, 1);
}

static void queries_without_a_question(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.opcode = DNS_OPCODE_DSO, .no_question = true, .tcp = true);
	l = exchange_one(LOOKUP_QUERY);
	assert_false(l->has_question);
	assert_int_equal(l->opcode, DNS_OPCODE_DSO);
	assert_int_equal(exchange_stats()->malformed, 0);
	QUERY(.damaged = true);
	exchange_one(LOOKUP_QUERY);
	assert_int_equal(exchange_stats()->malformed, 1);
	assert_int_equal(exchange_stats()->pending, 0);
}

static void no_header(void **state)
{
	struct packet p = {.kind = PACKET_DNS, .protocol = IPPROTO_UDP};

	(void)state;
	transactions_packet(exchange_table(), &p, NULL, ROLE_CLIENT);
	assert_int_equal(exchange_stats()->malformed, 1);
	exchange_none();
}

static void a_servers_side(void **state)
{
	const struct lookup *l;

	(void)state;
	/* One process, one socket, many clients with the same id and question. */
	QUERY(.ms = 1, .role = ROLE_SERVER, .pid = 53, .client = "192.0.2.1");
	QUERY(.ms = 1, .role = ROLE_SERVER, .pid = 53, .client = "192.0.2.2");
	QUERY(.ms = 1, .role = ROLE_SERVER, .pid = 53, .client_port = 40001);
	assert_int_equal(exchange_stats()->pending, 3);
	RESPONSE(.ms = 2, .role = ROLE_SERVER, .pid = 53, .client = "192.0.2.2");
	l = exchange_one(LOOKUP_ANSWER);
	exchange_assert_endpoint(&l->client, "192.0.2.2", 40000);
	assert_int_equal(l->role, ROLE_SERVER);
	assert_int_equal(l->attempts, 1);
	/* A retry of the same client. */
	QUERY(.ms = 3, .role = ROLE_SERVER, .pid = 53, .client = "192.0.2.1");
	assert_int_equal(exchange_stats()->pending, 2);
}

/* Loopback: each message passes twice. */
static void both_sides_on_one_host(void **state)
{
	(void)state;
	QUERY(.ms = 1, .cookie = 7, .role = ROLE_CLIENT);
	QUERY(.ms = 1, .cookie = 8, .role = ROLE_SERVER, .pid = 53);
	assert_int_equal(exchange_stats()->pending, 2);
	RESPONSE(.ms = 2, .cookie = 8, .role = ROLE_SERVER, .pid = 53);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->owner.pid, 53);
	RESPONSE(.ms = 3, .cookie = 7, .role = ROLE_CLIENT);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->owner.pid, 100);
}

static void roles(void **state)
{
	struct packet p = {.kind = PACKET_DNS, .direction = PACKET_OUT};
	struct dns_message query = {.flags = 0}, response = {.flags = DNS_FLAG_QR};

	(void)state;
	assert_int_equal(lookup_role(&p, &query), ROLE_CLIENT);
	assert_int_equal(lookup_role(&p, &response), ROLE_SERVER);
	p.direction = PACKET_IN;
	assert_int_equal(lookup_role(&p, &query), ROLE_SERVER);
	assert_int_equal(lookup_role(&p, &response), ROLE_CLIENT);
	p.direction = PACKET_DIRECTION_UNKNOWN;
	assert_int_equal(lookup_role(&p, &response), ROLE_UNKNOWN);
	p.kind = PACKET_UNREACHABLE;
	p.direction = PACKET_OUT;
	assert_int_equal(lookup_role(&p, NULL), ROLE_CLIENT);
	p.direction = PACKET_IN;
	assert_int_equal(lookup_role(&p, NULL), ROLE_CLIENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		exchange_test(no_query),
		exchange_test(other_id),
		exchange_test(other_id_and_more),
		exchange_test(other_question),
		exchange_test(other_server),
		exchange_test(other_role),
		exchange_test(other_protocol),
		exchange_test(a_flood_of_wrong_ids),
		exchange_test(without_a_question),
		exchange_test(without_a_question_from_the_first_server),
		exchange_test(twice),
		exchange_test(late),
		exchange_test(answered_then_timed_out),
		exchange_test(long_ago),
		exchange_test(multicast_answers_from_anywhere),
		exchange_test(one_shot_mdns_is_tracked),
		exchange_test(mdns_is_not_tracked),
		exchange_test(queries_without_a_question),
		exchange_test(no_header),
		exchange_test(a_servers_side),
		exchange_test(both_sides_on_one_host),
		exchange_test(roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
