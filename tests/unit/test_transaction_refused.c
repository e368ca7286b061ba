/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP errors.
 */
#include "exchange.h"

#define GRACE 250 /* ms */

static void a_closed_port(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 10);
	ICMP(.ms = 12, .icmp_code = 10);
	exchange_none();
	assert_int_equal(transactions_next_deadline(exchange_table()), (12 + GRACE) * MS);
	exchange_expire(12 + GRACE - 1);
	exchange_none();
	exchange_expire(12 + GRACE);
	l = exchange_one(LOOKUP_REFUSED);
	assert_int_equal(l->time, 12 * MS);
	assert_int_equal(l->latency, 2 * MS);
	assert_int_equal(l->attempts, 1);
	assert_int_equal(l->icmp_type, 3);
	assert_int_equal(l->icmp_code, 10);
	assert_int_equal(l->owner.pid, 100);
	assert_null(l->message);
	assert_int_equal(exchange_stats()->pending, 0);
	assert_int_equal(exchange_stats()->queries, 1);
}

static void seen_twice(void **state)
{
	(void)state;
	QUERY(.ms = 10);
	ICMP(.ms = 12);
	ICMP(.ms = 200, .icmp_code = 1);
	exchange_expire(12 + GRACE);
	assert_int_equal(exchange_one(LOOKUP_REFUSED)->icmp_code, 3);
	ICMP(.ms = 300);
	exchange_none();
}

static void another_servers_answer(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 10);
	ICMP(.ms = 12);
	QUERY(.ms = 13, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	exchange_expire(1000);
	exchange_none();
	RESPONSE(.ms = 1001, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->attempts, 2);
	assert_int_equal(l->latency, 991 * MS);
}

static void all_servers_refuse(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 10);
	ICMP(.ms = 12);
	QUERY(.ms = 13, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	ICMP(.ms = 14, .client_port = 40001, .server = "192.0.2.54");
	exchange_expire(14 + GRACE);
	l = exchange_one(LOOKUP_REFUSED);
	assert_int_equal(l->attempts, 2);
	assert_int_equal(l->latency, 4 * MS);
	exchange_assert_endpoint(&l->server, "192.0.2.54", 53);
}

/* The first server may still answer; nobody does. */
static void one_of_two_refuses(void **state)
{
	(void)state;
	QUERY(.ms = 10);
	QUERY(.ms = 13, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	ICMP(.ms = 14, .client_port = 40001, .server = "192.0.2.54");
	exchange_expire(5012);
	exchange_none();
	exchange_expire(5013);
	assert_int_equal(exchange_one(LOOKUP_TIMEOUT)->attempts, 2);
}

static void an_older_attempt_is_refused(void **state)
{
	(void)state;
	QUERY(.ms = 10);
	QUERY(.ms = 13, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	ICMP(.ms = 14);
	exchange_expire(1000);
	exchange_none();
	ICMP(.ms = 1000, .client_port = 40001, .server = "192.0.2.54");
	exchange_expire(1000 + GRACE);
	assert_int_equal(exchange_one(LOOKUP_REFUSED)->time, 1000 * MS);
}

/* The same server once more, which is up by now. */
static void a_retry_revives(void **state)
{
	(void)state;
	QUERY(.ms = 10);
	ICMP(.ms = 12);
	QUERY(.ms = 20);
	exchange_expire(5019);
	exchange_none();
	ICMP(.ms = 5019);
	exchange_expire(5019 + GRACE);
	assert_int_equal(exchange_one(LOOKUP_REFUSED)->attempts, 2);
}

/* One error for two attempts along the same path: the second may yet be answered. */
static void a_retry_counts_as_not_refused(void **state)
{
	(void)state;
	QUERY(.ms = 10);
	ICMP(.ms = 12);
	QUERY(.ms = 20);
	QUERY(.ms = 30, .cookie = 8, .client_port = 40001, .server = "192.0.2.54");
	ICMP(.ms = 31, .client_port = 40001, .server = "192.0.2.54");
	exchange_expire(1000);
	exchange_none();
	RESPONSE(.ms = 1001);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->attempts, 3);
}

static void answered_all_the_same(void **state)
{
	(void)state;
	QUERY(.ms = 10);
	ICMP(.ms = 12);
	RESPONSE(.ms = 13);
	exchange_one(LOOKUP_ANSWER);
}

static void answered_after_it(void **state)
{
	(void)state;
	QUERY(.ms = 10);
	ICMP(.ms = 12);
	exchange_expire(1000);
	exchange_one(LOOKUP_REFUSED);
	RESPONSE(.ms = 1001);
	exchange_unmatched(UNMATCHED_LATE);
}

static void of_another_query(void **state)
{
	(void)state;
	QUERY(.ms = 10);
	ICMP(.ms = 11, .id = 2);
	ICMP(.ms = 11, .client_port = 40001);
	ICMP(.ms = 11, .client = "192.0.2.2");
	ICMP(.ms = 11, .server = "192.0.2.54");
	ICMP(.ms = 11, .server_port = 54);
	ICMP(.ms = 11, .tcp = true);
	ICMP(.ms = 11, .no_quoted = true, .client_port = 40001);
	ICMP(.ms = 11, .no_quoted = true, .quoted_wire = 12);
	exchange_expire(1000);
	exchange_none();
	exchange_expire(6000);
	exchange_one(LOOKUP_TIMEOUT);
}

static void ports_alone_are_quoted(void **state)
{
	(void)state;
	QUERY(.ms = 10);
	ICMP(.ms = 12, .no_quoted = true);
	exchange_expire(12 + GRACE);
	exchange_one(LOOKUP_REFUSED);
	/* A and AAAA of one socket: each has its error. */
	QUERY(.ms = 1000, .id = 5);
	QUERY(.ms = 1000, .id = 6, .type = 28);
	ICMP(.ms = 1001, .no_quoted = true);
	ICMP(.ms = 1002, .no_quoted = true);
	exchange_expire(1001 + GRACE);
	assert_int_equal(exchange_one(LOOKUP_REFUSED)->id, 5);
	exchange_expire(1002 + GRACE);
	assert_int_equal(exchange_one(LOOKUP_REFUSED)->id, 6);
}

static void ids_alone_are_quoted(void **state)
{
	(void)state;
	QUERY(.ms = 10, .id = 5);
	QUERY(.ms = 10, .id = 6, .type = 28);
	ICMP(.ms = 11, .id = 6, .quoted = 2);
	ICMP(.ms = 11, .id = 6, .quoted = 2);
	exchange_expire(1000);
	assert_int_equal(exchange_one(LOOKUP_REFUSED)->id, 6);
	assert_int_equal(exchange_stats()->pending, 1);
}

static void of_a_redirected_query(void **state)
{
	(void)state;
	QUERY(.ms = 10, .server = "10.0.0.9", .asked = "10.96.0.10");
	ICMP(.ms = 12, .server = "10.96.0.10");
	exchange_expire(1000);
	exchange_one(LOOKUP_REFUSED);
	QUERY(.ms = 1010, .server = "10.0.0.9", .asked = "10.96.0.10");
	ICMP(.ms = 1012, .server = "10.0.0.9");
	exchange_expire(2000);
	exchange_one(LOOKUP_REFUSED);
}

static void over_tcp(void **state)
{
	(void)state;
	QUERY(.ms = 10, .tcp = true);
	ICMP(.ms = 12, .tcp = true, .no_quoted = true);
	exchange_expire(1000);
	exchange_one(LOOKUP_REFUSED);
}

static void from_a_file(void **state)
{
	(void)state;
	QUERY(.ms = 10, .role = ROLE_UNKNOWN, .no_cookie = true, .no_owner = true);
	ICMP(.ms = 12, .role = ROLE_UNKNOWN);
	exchange_expire(1000);
	exchange_one(LOOKUP_REFUSED);
}

static void ipv6(void **state)
{
	(void)state;
	QUERY(.ms = 10, .client = "2001:db8::1", .server = "2001:db8::53");
	ICMP(.ms = 11, .client = "2001:db8::1", .server = "2001:db8::54");
	ICMP(.ms = 12, .client = "2001:db8::1", .server = "2001:db8::53");
	exchange_expire(1000);
	assert_int_equal(exchange_one(LOOKUP_REFUSED)->time, 12 * MS);
}

static void a_refused_one_makes_room(void **state)
{
	(void)state;
	exchange_limit(2);
	QUERY(.ms = 1, .id = 1);
	QUERY(.ms = 2, .id = 2);
	ICMP(.ms = 3, .id = 2);
	QUERY(.ms = 4, .id = 3);
	assert_int_equal(exchange_one(LOOKUP_REFUSED)->id, 2);
	assert_int_equal(exchange_stats()->evicted, 0);
	assert_int_equal(exchange_stats()->pending, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		exchange_test(a_closed_port),
		exchange_test(seen_twice),
		exchange_test(another_servers_answer),
		exchange_test(all_servers_refuse),
		exchange_test(one_of_two_refuses),
		exchange_test(an_older_attempt_is_refused),
		exchange_test(a_retry_revives),
		exchange_test(a_retry_counts_as_not_refused),
		exchange_test(answered_all_the_same),
		exchange_test(answered_after_it),
		exchange_test(of_another_query),
		exchange_test(ports_alone_are_quoted),
		exchange_test(ids_alone_are_quoted),
		exchange_test(of_a_redirected_query),
		exchange_test(over_tcp),
		exchange_test(from_a_file),
		exchange_test(ipv6),
		exchange_test(a_refused_one_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
