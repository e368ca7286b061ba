/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends that fail, and packets that the kernel drops.
 */
#include <errno.h>

#include "exchange.h"

#define GRACE 250 /* ms */

static void no_route(void **state)
{
	const struct lookup *l;

	(void)state;
	FAILED(.ms = 10, .client = "0.0.0.0", .error = ENETUNREACH);
	exchange_none();
	assert_int_equal(transactions_next_deadline(exchange_table()), (10 + GRACE) * MS);
	exchange_expire(10 + GRACE);
	l = exchange_one(LOOKUP_SEND_FAILED);
	assert_int_equal(l->error, ENETUNREACH);
	assert_int_equal(l->time, 10 * MS);
	assert_int_equal(l->latency, 0);
	assert_int_equal(l->attempts, 1);
	assert_int_equal(l->owner.pid, 100);
	assert_int_equal(l->query_size, exchange_last_size());
	assert_true(l->has_question);
	assert_false(l->no_header);
	assert_null(l->message);
	exchange_assert_endpoint(&l->server, "192.0.2.53", 53);
	assert_int_equal(exchange_stats()->pending, 0);
	assert_int_equal(exchange_stats()->queries, 1);
}

/* A resolver library's next server, on another socket. */
static void another_server_answers(void **state)
{
	const struct lookup *l;

	(void)state;
	FAILED(.ms = 10, .error = EPERM);
	QUERY(.ms = 11, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	exchange_expire(1000);
	exchange_none();
	RESPONSE(.ms = 1001, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->attempts, 2);
	assert_int_equal(l->error, 0);
	assert_int_equal(l->latency, 991 * MS);
}

static void all_fail(void **state)
{
	const struct lookup *l;

	(void)state;
	FAILED(.ms = 10, .error = EPERM);
	FAILED(.ms = 11, .cookie = 8, .client_port = 40001, .server = "192.0.2.54",
	       .error = ENETUNREACH);
	exchange_expire(11 + GRACE);
	l = exchange_one(LOOKUP_SEND_FAILED);
	assert_int_equal(l->attempts, 2);
	assert_int_equal(l->error, ENETUNREACH);
	exchange_assert_endpoint(&l->server, "192.0.2.54", 53);
}

static void the_same_socket_again(void **state)
{
	(void)state;
	FAILED(.ms = 10, .client = "0.0.0.0", .error = EPERM);
	QUERY(.ms = 20);
	exchange_expire(1000);
	exchange_none();
	/* Its address is known by now. */
	ICMP(.ms = 1001);
	exchange_expire(1001 + GRACE);
	assert_int_equal(exchange_one(LOOKUP_REFUSED)->error, 0);
}

/* The first attempt left, and its answer may come. */
static void a_failed_retry_waits_for_the_first(void **state)
{
	(void)state;
	QUERY(.ms = 10);
	FAILED(.ms = 20, .error = EPERM);
	exchange_expire(2000);
	exchange_none();
	RESPONSE(.ms = 2001);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->attempts, 2);
	QUERY(.ms = 3000);
	FAILED(.ms = 3020, .error = EPERM);
	exchange_expire(8020);
	assert_int_equal(exchange_one(LOOKUP_TIMEOUT)->attempts, 2);
}

/* The socket kept the network's refusal of the first for the next call. */
static void a_refusal_told_late(void **state)
{
	(void)state;
	QUERY(.ms = 10);
	FAILED(.ms = 20, .error = ECONNREFUSED);
	exchange_expire(20 + GRACE);
	assert_int_equal(exchange_one(LOOKUP_SEND_FAILED)->error, ECONNREFUSED);
}

static void a_refusal_then_a_failure(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 10);
	ICMP(.ms = 11);
	FAILED(.ms = 20, .error = EPERM);
	exchange_expire(20 + GRACE);
	l = exchange_one(LOOKUP_SEND_FAILED);
	assert_int_equal(l->error, EPERM);
	assert_int_equal(l->attempts, 2);
}

/* A slot that is used again has no errno of its last transaction. */
static void a_refusal_after_a_failure(void **state)
{
	(void)state;
	FAILED(.ms = 10, .error = EPERM);
	exchange_expire(1000);
	exchange_one(LOOKUP_SEND_FAILED);
	QUERY(.ms = 1010);
	ICMP(.ms = 1011);
	exchange_expire(2000);
	exchange_one(LOOKUP_REFUSED);
}

static void without_a_message(void **state)
{
	const struct lookup *l;

	(void)state;
	FAILED(.ms = 10, .tcp = true, .no_quoted = true, .error = ENETUNREACH);
	l = exchange_one(LOOKUP_SEND_FAILED);
	assert_true(l->no_header);
	assert_false(l->has_question);
	assert_false(l->has_latency);
	assert_int_equal(l->error, ENETUNREACH);
	assert_int_equal(l->query_size, 0);
	assert_int_equal(l->owner.pid, 100);
	exchange_assert_endpoint(&l->server, "192.0.2.53", 53);
	assert_int_equal(exchange_stats()->queries, 0);
	assert_int_equal(exchange_stats()->pending, 0);
	assert_int_equal(exchange_stats()->malformed, 0);
}

static void a_dropped_query(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 10);
	DROPPED_QUERY(.ms = 11, .reason = "NETFILTER_DROP");
	l = exchange_one(LOOKUP_DROPPED);
	assert_string_equal(l->reason, "NETFILTER_DROP");
	assert_int_equal(l->query_size, exchange_last_size());
	assert_int_equal(l->attempts, 0);
	exchange_assert_endpoint(&l->client, "192.0.2.1", 40000);
	exchange_assert_endpoint(&l->server, "192.0.2.53", 53);
	/* The next attempt may get through. */
	RESPONSE(.ms = 12);
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->attempts, 1);
	assert_null(l->reason);
}

/* Where no socket is known, the query tells whose it was; also after its end. */
static void a_dropped_answer(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 10);
	DROPPED_RESPONSE(.ms = 11, .no_owner = true, .no_cookie = true, .role = ROLE_UNKNOWN,
			 .reason = "NETFILTER_DROP");
	l = exchange_one(LOOKUP_DROPPED);
	assert_int_equal(l->role, ROLE_CLIENT);
	assert_int_equal(l->owner.pid, 100);
	assert_int_equal(l->response_size, exchange_last_size());
	exchange_assert_endpoint(&l->client, "192.0.2.1", 40000);
	exchange_assert_endpoint(&l->server, "192.0.2.53", 53);
	RESPONSE(.ms = 12);
	exchange_one(LOOKUP_ANSWER);
	DROPPED_RESPONSE(.ms = 12, .no_owner = true, .no_cookie = true, .role = ROLE_UNKNOWN,
			 .reason = "SOCKET_RCVBUFF");
	assert_int_equal(exchange_one(LOOKUP_DROPPED)->owner.pid, 100);
	assert_int_equal(exchange_stats()->unmatched, 0);
	assert_int_equal(exchange_stats()->responses, 1);
}

static void a_dropped_answer_of_nobody(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 10);
	DROPPED_RESPONSE(.ms = 11, .id = 2, .no_owner = true, .role = ROLE_UNKNOWN);
	l = exchange_one(LOOKUP_DROPPED);
	assert_int_equal(l->role, ROLE_UNKNOWN);
	assert_false(l->has_owner);
	DROPPED_RESPONSE(.ms = 12, .tcp = true, .no_quoted = true, .no_owner = true);
	l = exchange_one(LOOKUP_DROPPED);
	assert_true(l->no_header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		exchange_test(no_route),
		exchange_test(another_server_answers),
		exchange_test(all_fail),
		exchange_test(the_same_socket_again),
		exchange_test(a_failed_retry_waits_for_the_first),
		exchange_test(a_refusal_told_late),
		exchange_test(a_refusal_then_a_failure),
		exchange_test(a_refusal_after_a_failure),
		exchange_test(without_a_message),
		exchange_test(a_dropped_query),
		exchange_test(a_dropped_answer),
		exchange_test(a_dropped_answer_of_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
