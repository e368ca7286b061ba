/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers with TC, and the TCP queries after them (RFC 7766, section 5).
 */
#include <netinet/in.h>

#include "dns/codes.h"
#include "exchange.h"

#define GRACE 1000 /* ms */

static void tcp_with_another_id(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 0);
	RESPONSE(.ms = 5, .flags = DNS_FLAG_TC);
	exchange_none();
	assert_int_equal(exchange_stats()->pending, 1);
	QUERY(.ms = 6, .id = 900, .tcp = true, .tid = 101, .cookie = 8, .client_port = 40001);
	assert_int_equal(exchange_stats()->pending, 1);
	RESPONSE(.ms = 9, .id = 900, .tcp = true, .cookie = 8, .client_port = 40001);
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->attempts, 2);
	assert_int_equal(l->latency, 9 * MS);
	assert_int_equal(l->protocol, IPPROTO_TCP);
	assert_int_equal(l->id, 900);
	assert_int_equal(l->flags & DNS_FLAG_TC, 0);
	assert_int_equal(exchange_stats()->pending, 0);
	/* The truncated one once more. */
	RESPONSE(.ms = 10, .flags = DNS_FLAG_TC);
	exchange_unmatched(UNMATCHED_DUPLICATE);
}

static void tcp_with_the_same_id(void **state)
{
	(void)state;
	QUERY(.ms = 0);
	RESPONSE(.ms = 5, .flags = DNS_FLAG_TC);
	QUERY(.ms = 6, .tcp = true, .cookie = 8, .client_port = 40001);
	RESPONSE(.ms = 9, .tcp = true, .cookie = 8, .client_port = 40001);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->attempts, 2);
}

static void nobody_follows(void **state)
{
	const struct lookup *l;
	uint32_t size;

	(void)state;
	QUERY(.ms = 0);
	RESPONSE(.ms = 5, .flags = DNS_FLAG_TC | DNS_FLAG_RA, .trailing = 400);
	size = exchange_last_size();
	assert_int_equal(transactions_next_deadline(exchange_table()), (5 + GRACE) * MS);
	exchange_expire(5 + GRACE - 1);
	exchange_none();
	exchange_expire(5 + GRACE);
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->time, 5 * MS);
	assert_int_equal(l->latency, 5 * MS);
	assert_int_equal(l->attempts, 1);
	assert_int_equal(l->flags, DNS_FLAG_QR | DNS_FLAG_TC | DNS_FLAG_RA);
	assert_int_equal(l->response_size, size);
	assert_int_equal(exchange_stats()->pending, 0);
	RESPONSE(.ms = 2000, .flags = DNS_FLAG_TC);
	exchange_unmatched(UNMATCHED_DUPLICATE);
}

static void tcp_never_answers(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 0);
	RESPONSE(.ms = 5, .flags = DNS_FLAG_TC);
	QUERY(.ms = 6, .id = 9, .tcp = true, .cookie = 8);
	exchange_expire(5005);
	exchange_none();
	exchange_expire(5006);
	l = exchange_one(LOOKUP_TIMEOUT);
	assert_int_equal(l->attempts, 2);
	assert_int_equal(l->latency, 5006 * MS);
	assert_int_equal(l->protocol, IPPROTO_TCP);
}

static void another_process_does_not_join(void **state)
{
	(void)state;
	QUERY(.ms = 0, .pid = 100);
	RESPONSE(.ms = 5, .flags = DNS_FLAG_TC);
	QUERY(.ms = 6, .id = 9, .pid = 200, .tcp = true, .cookie = 8);
	assert_int_equal(exchange_stats()->pending, 2);
	QUERY(.ms = 7, .id = 9, .pid = 100, .tcp = true, .cookie = 9, .type = DNS_TYPE_MX);
	assert_int_equal(exchange_stats()->pending, 3);
	QUERY(.ms = 8, .id = 9, .pid = 100, .tcp = true, .cookie = 10, .name = "example.net");
	assert_int_equal(exchange_stats()->pending, 4);
	exchange_expire(2000);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->attempts, 1);
}

static void without_a_process(void **state)
{
	(void)state;
	QUERY(.ms = 0, .no_owner = true, .no_cookie = true);
	RESPONSE(.ms = 5, .no_owner = true, .no_cookie = true, .flags = DNS_FLAG_TC);
	QUERY(.ms = 6, .id = 9, .no_owner = true, .no_cookie = true, .tcp = true,
	      .client = "192.0.2.2");
	assert_int_equal(exchange_stats()->pending, 2);
	QUERY(.ms = 6, .id = 9, .no_owner = true, .no_cookie = true, .tcp = true,
	      .client_port = 40009);
	assert_int_equal(exchange_stats()->pending, 2);
}

/* A server is always the same process; the client's address decides. */
static void a_servers_side(void **state)
{
	(void)state;
	QUERY(.ms = 0, .role = ROLE_SERVER);
	RESPONSE(.ms = 1, .role = ROLE_SERVER, .flags = DNS_FLAG_TC);
	QUERY(.ms = 2, .role = ROLE_SERVER, .tcp = true, .cookie = 8, .client = "192.0.2.2");
	assert_int_equal(exchange_stats()->pending, 2);
	QUERY(.ms = 3, .role = ROLE_SERVER, .tcp = true, .cookie = 9, .client_port = 40001);
	assert_int_equal(exchange_stats()->pending, 2);
	RESPONSE(.ms = 4, .role = ROLE_SERVER, .tcp = true, .cookie = 9, .client_port = 40001);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->attempts, 2);
}

static void asked_again_over_udp(void **state)
{
	(void)state;
	QUERY(.ms = 0);
	RESPONSE(.ms = 5, .flags = DNS_FLAG_TC);
	QUERY(.ms = 6);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->time, 5 * MS);
	RESPONSE(.ms = 7);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->latency, 1 * MS);
}

static void answered_again_while_held(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 0);
	RESPONSE(.ms = 5, .flags = DNS_FLAG_TC);
	RESPONSE(.ms = 6);
	l = exchange_unmatched(UNMATCHED_DUPLICATE);
	assert_int_equal(l->attempts, 1);
	assert_int_equal(l->latency, 6 * MS);
	exchange_expire(2000);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->time, 5 * MS);
}

static void an_error_while_held(void **state)
{
	(void)state;
	QUERY(.ms = 0);
	RESPONSE(.ms = 5, .flags = DNS_FLAG_TC);
	ICMP(.ms = 6);
	exchange_expire(5 + GRACE);
	exchange_one(LOOKUP_ANSWER);
}

static void over_tcp_there_is_no_more(void **state)
{
	(void)state;
	QUERY(.ms = 0, .tcp = true);
	RESPONSE(.ms = 5, .tcp = true, .flags = DNS_FLAG_TC);
	exchange_one(LOOKUP_ANSWER);
}

static void too_large_to_keep(void **state)
{
	(void)state;
	QUERY(.ms = 0);
	RESPONSE(.ms = 5, .flags = DNS_FLAG_TC, .trailing = 4096);
	exchange_one(LOOKUP_ANSWER);
}

static void too_many_to_keep(void **state)
{
	uint16_t id;

	(void)state;
	exchange_limit(200);
	for (id = 1; id <= 64; id++) {
		QUERY(.ms = 0, .id = id);
		RESPONSE(.ms = 1, .id = id, .flags = DNS_FLAG_TC);
	}
	exchange_none();
	QUERY(.ms = 2, .id = 65);
	RESPONSE(.ms = 3, .id = 65, .flags = DNS_FLAG_TC);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->id, 65);
	/* One goes on over TCP and leaves its room to another. */
	QUERY(.ms = 4, .id = 500, .tcp = true, .cookie = 8);
	QUERY(.ms = 5, .id = 66);
	RESPONSE(.ms = 6, .id = 66, .flags = DNS_FLAG_TC);
	exchange_none();
	exchange_expire(1000 + 1);
	for (id = 2; id <= 64; id++)
		assert_int_equal(exchange_next(LOOKUP_ANSWER)->id, id);
	exchange_expire(1000 + 6);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->id, 66);
	assert_int_equal(exchange_stats()->pending, 1);
	/* All rooms are free again. */
	for (id = 1; id <= 64; id++) {
		QUERY(.ms = 1100, .id = id);
		RESPONSE(.ms = 1101, .id = id, .flags = DNS_FLAG_TC);
	}
	exchange_none();
}

static void a_waiting_one_is_answered_first(void **state)
{
	(void)state;
	QUERY(.ms = 0);
	RESPONSE(.ms = 1, .flags = DNS_FLAG_TC);
	QUERY(.ms = 2, .type = DNS_TYPE_MX);
	RESPONSE(.ms = 3, .no_question = true);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->question.type, DNS_TYPE_MX);
	RESPONSE(.ms = 4, .no_question = true);
	exchange_unmatched(UNMATCHED_DUPLICATE);
}

static void a_held_one_makes_room(void **state)
{
	(void)state;
	exchange_limit(2);
	QUERY(.ms = 1, .id = 1);
	QUERY(.ms = 2, .id = 2);
	RESPONSE(.ms = 3, .id = 2, .flags = DNS_FLAG_TC);
	QUERY(.ms = 4, .id = 3);
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->id, 2);
	assert_int_equal(exchange_stats()->evicted, 0);
	assert_int_equal(exchange_stats()->pending, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		exchange_test(tcp_with_another_id),
		exchange_test(tcp_with_the_same_id),
		exchange_test(nobody_follows),
		exchange_test(tcp_never_answers),
		exchange_test(another_process_does_not_join),
		exchange_test(without_a_process),
		exchange_test(a_servers_side),
		exchange_test(asked_again_over_udp),
		exchange_test(answered_again_while_held),
		exchange_test(an_error_while_held),
		exchange_test(over_tcp_there_is_no_more),
		exchange_test(too_large_to_keep),
		exchange_test(too_many_to_keep),
		exchange_test(a_held_one_makes_room),
		exchange_test(a_waiting_one_is_answered_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
