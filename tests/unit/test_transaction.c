/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries, retries, failover, timeouts; what a table with too many of them does.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/codes.h"
#include "exchange.h"

static void an_answer_ends_it(void **state)
{
	const struct lookup *l;
	uint32_t query_size;

	(void)state;
	QUERY(.ms = 10, .flags = DNS_FLAG_RD);
	query_size = exchange_last_size();
	exchange_none();
	assert_int_equal(exchange_stats()->pending, 1);
	RESPONSE(.ms = 14, .flags = DNS_FLAG_RD | DNS_FLAG_RA, .trailing = 16, .no_owner = true);
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->unmatched, UNMATCHED_NOT);
	assert_int_equal(l->role, ROLE_CLIENT);
	assert_true(l->has_latency);
	assert_int_equal(l->latency, 4 * MS);
	assert_int_equal(l->time, 14 * MS);
	assert_int_equal(l->attempts, 1);
	assert_true(l->has_owner);
	assert_int_equal(l->owner.pid, 100);
	assert_string_equal(l->owner.comm, "asker");
	assert_int_equal(l->protocol, IPPROTO_UDP);
	exchange_assert_endpoint(&l->client, "192.0.2.1", 40000);
	exchange_assert_endpoint(&l->server, "192.0.2.53", 53);
	assert_int_equal(l->flags, DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA);
	assert_true(l->has_question);
	assert_int_equal(l->question.type, DNS_TYPE_A);
	assert_int_equal(l->question.name.len, 13);
	assert_memory_equal(l->question.name.wire, "\7example\3com", 13);
	assert_int_equal(l->query_size, query_size);
	assert_int_equal(l->response_size, query_size + 16);
	assert_non_null(l->message);
	assert_false(l->ipv6);
	assert_int_equal(exchange_stats()->pending, 0);
	assert_int_equal(exchange_stats()->queries, 1);
	assert_int_equal(exchange_stats()->responses, 1);
	assert_int_equal(exchange_stats()->unmatched, 0);
}

static void names_are_compared_without_case(void **state)
{
	(void)state;
	QUERY(.name = "eXaMPle.com");
	RESPONSE(.ms = 1, .name = "ExampLE.COM");
	assert_memory_equal(exchange_one(LOOKUP_ANSWER)->question.name.wire, "\7eXaMPle\3com", 13);
}

static void no_answer_is_a_timeout(void **state)
{
	const struct lookup *l;

	(void)state;
	assert_true(transactions_next_deadline(exchange_table()) == UINT64_MAX);
	QUERY(.ms = 10, .flags = DNS_FLAG_RD | DNS_FLAG_CD);
	assert_int_equal(transactions_next_deadline(exchange_table()), 5010 * MS);
	exchange_expire(5009);
	exchange_none();
	exchange_expire(6000);
	l = exchange_one(LOOKUP_TIMEOUT);
	assert_int_equal(l->time, 5010 * MS);
	assert_int_equal(l->latency, 5000 * MS);
	assert_int_equal(l->attempts, 1);
	assert_int_equal(l->flags, DNS_FLAG_RD | DNS_FLAG_CD);
	assert_int_equal(l->response_size, 0);
	assert_null(l->message);
	exchange_assert_endpoint(&l->server, "192.0.2.53", 53);
	assert_int_equal(exchange_stats()->pending, 0);
	assert_true(transactions_next_deadline(exchange_table()) == UINT64_MAX);
}

static void a_packet_ends_what_was_due_before_it(void **state)
{
	(void)state;
	QUERY(.ms = 0);
	RESPONSE(.ms = 5001);
	assert_int_equal(exchange_next(LOOKUP_TIMEOUT)->time, TIMEOUT);
	exchange_unmatched(UNMATCHED_LATE);
}

static void a_retry_renews_the_deadline(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 0);
	QUERY(.ms = 4000, .trailing = 11);
	assert_int_equal(exchange_stats()->pending, 1);
	exchange_expire(8999);
	exchange_none();
	exchange_expire(9000);
	l = exchange_one(LOOKUP_TIMEOUT);
	assert_int_equal(l->attempts, 2);
	assert_int_equal(l->latency, 9000 * MS);
	assert_int_equal(l->query_size, exchange_last_size());
	assert_int_equal(exchange_stats()->queries, 2);
}

static void timeouts_come_in_their_order(void **state)
{
	(void)state;
	QUERY(.ms = 20, .id = 2);
	QUERY(.ms = 10, .id = 1); /* of another CPU, seen later */
	QUERY(.ms = 30, .id = 3);
	QUERY(.ms = 15, .id = 4);
	QUERY(.ms = 40, .id = 1);
	exchange_expire(10000);
	assert_int_equal(exchange_next(LOOKUP_TIMEOUT)->id, 4);
	assert_int_equal(exchange_next(LOOKUP_TIMEOUT)->id, 2);
	assert_int_equal(exchange_next(LOOKUP_TIMEOUT)->id, 3);
	assert_int_equal(exchange_one(LOOKUP_TIMEOUT)->id, 1);
}

static void latency_counts_from_the_first_attempt(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 0);
	QUERY(.ms = 1000);
	QUERY(.ms = 2000);
	RESPONSE(.ms = 2005);
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->latency, 2005 * MS);
	assert_int_equal(l->attempts, 3);
}

static void time_may_go_backwards(void **state)
{
	(void)state;
	QUERY(.ms = 10, .ns = 500);
	RESPONSE(.ms = 10, .ns = 400);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->latency, 0);
}

/* glibc: another socket and another server, but the same id (resolv.conf with two servers). */
static void failover_is_the_same_transaction(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 0);
	QUERY(.ms = 1000, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	assert_int_equal(exchange_stats()->pending, 1);
	RESPONSE(.ms = 1003, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->attempts, 2);
	assert_int_equal(l->latency, 1003 * MS);
	exchange_assert_endpoint(&l->server, "192.0.2.54", 53);
	exchange_assert_endpoint(&l->client, "192.0.2.1", 40001);
}

static void the_first_server_may_still_answer(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 0);
	QUERY(.ms = 1000, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	RESPONSE(.ms = 1001);
	l = exchange_one(LOOKUP_ANSWER);
	exchange_assert_endpoint(&l->server, "192.0.2.53", 53);
	RESPONSE(.ms = 1002, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	l = exchange_unmatched(UNMATCHED_DUPLICATE);
	assert_int_equal(l->attempts, 2);
}

static void another_thread_is_another_transaction(void **state)
{
	(void)state;
	QUERY(.tid = 100);
	QUERY(.tid = 101, .cookie = 8, .client_port = 40001);
	assert_int_equal(exchange_stats()->pending, 2);
	QUERY(.pid = 200, .tid = 101, .cookie = 9, .client_port = 40002);
	assert_int_equal(exchange_stats()->pending, 3);
	QUERY(.no_owner = true, .cookie = 10, .client_port = 40003);
	assert_int_equal(exchange_stats()->pending, 4);
	RESPONSE(.ms = 1, .cookie = 8, .client_port = 40001);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->owner.tid, 101);
}

/* musl: one socket, all servers at once. */
static void one_socket_many_servers(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.no_owner = true);
	QUERY(.no_owner = true, .server = "192.0.2.54");
	QUERY(.no_owner = true, .server = "192.0.2.55");
	assert_int_equal(exchange_stats()->pending, 1);
	RESPONSE(.ms = 2, .server = "192.0.2.54", .no_owner = true);
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->attempts, 3);
	assert_false(l->has_owner);
}

static void more_attempts_than_are_remembered(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 3 * LOOKUP_ATTEMPTS_MAX; i++)
		QUERY(.ms = i, .cookie = 100 + i, .client_port = (uint16_t)(50000 + i));
	assert_int_equal(exchange_stats()->pending, 1);
	RESPONSE(.ms = 100, .cookie = 100, .client_port = 50000);
	exchange_one(LOOKUP_RESPONSE);
	RESPONSE(.ms = 101, .cookie = 100 + i - 1, .client_port = (uint16_t)(50000 + i - 1));
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->attempts, 3 * LOOKUP_ATTEMPTS_MAX);
}

/* Two transactions used one port; what one forgets must not touch the other. */
static void forgotten_attempts_leave_others_alone(void **state)
{
	unsigned int i;

	(void)state;
	QUERY(.id = 2, .pid = 200, .cookie = 99, .client_port = 50000);
	for (i = 0; i <= LOOKUP_ATTEMPTS_MAX; i++)
		QUERY(.ms = i, .cookie = 100 + i, .client_port = (uint16_t)(50000 + i));
	RESPONSE(.ms = 100, .id = 3, .cookie = 99, .client_port = 50000);
	exchange_unmatched(UNMATCHED_ID);
	RESPONSE(.ms = 101, .id = 2, .cookie = 99, .client_port = 50000, .no_question = true);
	exchange_one(LOOKUP_ANSWER);
}

static void the_owner_is_the_last_attempts(void **state)
{
	(void)state;
	QUERY(.no_owner = true);
	QUERY(.ms = 1, .pid = 300);
	QUERY(.ms = 2, .no_owner = true);
	RESPONSE(.ms = 3, .pid = 400);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->owner.pid, 300);
	QUERY(.ms = 4, .no_owner = true);
	RESPONSE(.ms = 5, .pid = 400);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->owner.pid, 400);
}

/* As from an interface: addresses and ports stand for the socket. */
static void without_cookies(void **state)
{
	(void)state;
	QUERY(.no_cookie = true, .no_owner = true);
	QUERY(.ms = 1, .no_cookie = true, .no_owner = true, .client_port = 40001);
	QUERY(.ms = 1, .no_cookie = true, .no_owner = true, .client = "192.0.2.2");
	QUERY(.ms = 1, .no_cookie = true, .no_owner = true, .server = "192.0.2.54");
	QUERY(.ms = 1, .no_cookie = true, .no_owner = true, .tcp = true);
	assert_int_equal(exchange_stats()->pending, 5);
	QUERY(.ms = 2, .no_cookie = true, .no_owner = true);
	assert_int_equal(exchange_stats()->pending, 5);
	RESPONSE(.ms = 3, .no_cookie = true, .no_owner = true);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->attempts, 2);
	RESPONSE(.ms = 4, .no_cookie = true, .no_owner = true, .tcp = true);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->protocol, IPPROTO_TCP);
}

/* The cookie is the socket: the answer may come to another of the host's addresses. */
static void with_cookies(void **state)
{
	(void)state;
	QUERY(.client = "192.0.2.1");
	RESPONSE(.ms = 1, .cookie = 8);
	exchange_unmatched(UNMATCHED_NO_QUERY);
	RESPONSE(.ms = 2, .client = "192.0.2.2");
	exchange_one(LOOKUP_ANSWER);
	/* Known on one side only. */
	QUERY(.ms = 3);
	RESPONSE(.ms = 4, .no_cookie = true, .client = "192.0.2.2");
	exchange_unmatched(UNMATCHED_NO_QUERY);
	RESPONSE(.ms = 5, .no_cookie = true);
	exchange_one(LOOKUP_ANSWER);
}

static void ipv6(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.client = "2001:db8::1", .server = "2001:db8::53", .no_cookie = true);
	RESPONSE(.client = "2001:db8::1", .server = "2001:db8::54", .no_cookie = true);
	exchange_unmatched(UNMATCHED_SERVER);
	RESPONSE(.client = "2001:db8::1", .server = "2001:db8::53", .no_cookie = true);
	l = exchange_one(LOOKUP_ANSWER);
	assert_true(l->ipv6);
	exchange_assert_endpoint(&l->server, "2001:db8::53", 53);
}

static void same_id_other_question(void **state)
{
	(void)state;
	QUERY(.type = DNS_TYPE_A);
	QUERY(.type = DNS_TYPE_AAAA);
	QUERY(.name = "example.net");
	QUERY(.class = 3);
	assert_int_equal(exchange_stats()->pending, 4);
	RESPONSE(.ms = 1, .name = "example.net");
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->question.name.wire[9], 'n');
	RESPONSE(.ms = 2, .type = DNS_TYPE_AAAA);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->question.type, DNS_TYPE_AAAA);
	RESPONSE(.ms = 3, .class = 3);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->question.class, 3);
	RESPONSE(.ms = 4);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->question.type, DNS_TYPE_A);
}

/* All 65536 ids of one socket, answered in another order, and once more. */
static void ids_wrap(void **state)
{
	unsigned int i;

	(void)state;
	exchange_limit(65536);
	for (i = 0; i < 65536 + 100; i++) {
		QUERY(.ms = i / 1000, .id = (uint16_t)(i % 65535 + 1));
		if (i >= 50) {
			RESPONSE(.ms = i / 1000 + 1, .id = (uint16_t)((i - 50) % 65535 + 1));
			assert_int_equal(exchange_one(LOOKUP_ANSWER)->attempts, 1);
		}
	}
}

static void many_queries_on_one_connection(void **state)
{
	uint16_t id;

	(void)state;
	for (id = 1; id <= 20; id++)
		QUERY(.ms = id, .id = id, .tcp = true);
	for (id = 20; id >= 1; id--) {
		RESPONSE(.ms = 30, .id = id, .tcp = true);
		assert_int_equal(exchange_one(LOOKUP_ANSWER)->latency, (30 - id) * MS);
	}
}

static void answered_and_asked_again(void **state)
{
	(void)state;
	QUERY(.ms = 0);
	RESPONSE(.ms = 1);
	exchange_one(LOOKUP_ANSWER);
	QUERY(.ms = 2);
	RESPONSE(.ms = 5);
	assert_int_equal(exchange_next(LOOKUP_ANSWER)->attempts, 1);
	exchange_none();
}

/* NAT on the way out: the process named one address, the packet went to another. */
static void redirected(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.server = "10.0.0.9", .asked = "10.96.0.10");
	RESPONSE(.ms = 1, .server = "10.96.0.10");
	l = exchange_one(LOOKUP_ANSWER);
	exchange_assert_endpoint(&l->server, "10.96.0.10", 53);
	QUERY(.ms = 2, .server = "10.0.0.9", .asked = "10.96.0.10");
	RESPONSE(.ms = 3, .server = "10.0.0.9");
	l = exchange_one(LOOKUP_ANSWER);
	exchange_assert_endpoint(&l->server, "10.0.0.9", 53);
	QUERY(.ms = 4, .server = "10.0.0.9", .asked = "10.96.0.10");
	exchange_expire(6000);
	l = exchange_one(LOOKUP_TIMEOUT);
	exchange_assert_endpoint(&l->server, "10.96.0.10", 53);
}

static void the_oldest_is_given_up(void **state)
{
	(void)state;
	exchange_limit(3);
	QUERY(.ms = 1, .id = 1);
	QUERY(.ms = 2, .id = 2);
	QUERY(.ms = 3, .id = 3);
	QUERY(.ms = 4, .id = 1); /* no longer the oldest */
	QUERY(.ms = 5, .id = 4);
	exchange_none();
	assert_int_equal(exchange_stats()->evicted, 1);
	assert_int_equal(exchange_stats()->pending, 3);
	RESPONSE(.ms = 6, .id = 2);
	exchange_next(LOOKUP_RESPONSE);
	RESPONSE(.ms = 7, .id = 1);
	exchange_one(LOOKUP_ANSWER);
}

static void opcodes_are_not_mixed(void **state)
{
	(void)state;
	QUERY(.opcode = DNS_OPCODE_NOTIFY, .type = DNS_TYPE_SOA);
	RESPONSE(.ms = 1, .type = DNS_TYPE_SOA);
	exchange_next(LOOKUP_RESPONSE);
	RESPONSE(.ms = 1, .opcode = DNS_OPCODE_UPDATE, .no_question = true);
	exchange_next(LOOKUP_RESPONSE);
	RESPONSE(.ms = 2, .opcode = DNS_OPCODE_NOTIFY, .type = DNS_TYPE_SOA);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->opcode, DNS_OPCODE_NOTIFY);
	QUERY(.ms = 3, .opcode = DNS_OPCODE_UPDATE, .type = DNS_TYPE_SOA);
	RESPONSE(.ms = 4, .opcode = DNS_OPCODE_UPDATE, .no_question = true);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->opcode, DNS_OPCODE_UPDATE);
}

#define NAMES 200000u

static uint32_t hash_of(uint32_t i, char text[16])
{
	struct dns_name name;

	snprintf(text, 16, "n%u.test", i);
	assert_true(dns_name_from_text(&name, text));
	return dns_name_hash(&name);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Two names with the same hash: of so many there are some. */
static void find_collision(char one[16], char other[16])
{
	static uint64_t hashes[NAMES]; /* the number below the hash */
	uint32_t i;

	for (i = 0; i < NAMES; i++)
		hashes[i] = (uint64_t)hash_of(i, one) << 32 | i;
	qsort(hashes, NAMES, sizeof(hashes[0]), compare);
	for (i = 1; i < NAMES && hashes[i] >> 32 != hashes[i - 1] >> 32; i++)
		;
	if (i == NAMES) {
		fail_msg("no two of %d names have one hash", NAMES);
		return;
	}
	hash_of((uint32_t)hashes[i - 1], one);
	hash_of((uint32_t)hashes[i], other);
}

static void names_of_one_hash(void **state)
{
	char one[16], other[16];

	(void)state;
	find_collision(one, other);
	QUERY(.name = one);
	QUERY(.ms = 1, .name = other);
	assert_int_equal(exchange_stats()->pending, 2);
	RESPONSE(.ms = 2, .name = other);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->attempts, 1);
	RESPONSE(.ms = 3, .id = 2, .name = other);
	exchange_unmatched(UNMATCHED_NO_QUERY);
	RESPONSE(.ms = 4, .name = one, .flags = DNS_FLAG_TC);
	QUERY(.ms = 5, .name = other, .tcp = true, .cookie = 8);
	assert_int_equal(exchange_stats()->pending, 2);
}

static void config_limits(void **state)
{
	struct transactions_config config = {.timeout = TIMEOUT, .max_pending = UINT32_MAX};

	(void)state;
	assert_null(transactions_new(&config));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		exchange_test(an_answer_ends_it),
		exchange_test(names_are_compared_without_case),
		exchange_test(no_answer_is_a_timeout),
		exchange_test(a_packet_ends_what_was_due_before_it),
		exchange_test(a_retry_renews_the_deadline),
		exchange_test(timeouts_come_in_their_order),
		exchange_test(latency_counts_from_the_first_attempt),
		exchange_test(time_may_go_backwards),
		exchange_test(failover_is_the_same_transaction),
		exchange_test(the_first_server_may_still_answer),
		exchange_test(another_thread_is_another_transaction),
		exchange_test(one_socket_many_servers),
		exchange_test(more_attempts_than_are_remembered),
		exchange_test(forgotten_attempts_leave_others_alone),
		exchange_test(names_of_one_hash),
		exchange_test(the_owner_is_the_last_attempts),
		exchange_test(without_cookies),
		exchange_test(with_cookies),
		exchange_test(ipv6),
		exchange_test(same_id_other_question),
		exchange_test(ids_wrap),
		exchange_test(many_queries_on_one_connection),
		exchange_test(answered_and_asked_again),
		exchange_test(redirected),
		exchange_test(the_oldest_is_given_up),
		exchange_test(opcodes_are_not_mixed),
		exchange_test(config_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
