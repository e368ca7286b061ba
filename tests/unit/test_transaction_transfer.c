/* SPDX-License-Identifier: Apache-2.0 */
/* Zone transfers: one lookup of many messages, and where it ends. */
#include "exchange.h"

#include "dns/codes.h"

#define AXFR(...) __VA_ARGS__, .type = DNS_TYPE_AXFR, .tcp = true
#define IXFR(...) __VA_ARGS__, .type = DNS_TYPE_IXFR, .tcp = true

static void assert_transfer(const struct lookup *l, uint32_t messages, uint32_t records,
			    uint64_t size)
{
	assert_int_equal(l->responses, messages);
	assert_int_equal(l->records, records);
	assert_int_equal(l->response_size, size);
	assert_int_equal(l->attempts, 1);
	assert_int_equal(exchange_stats()->responses, messages);
	assert_int_equal(exchange_stats()->unmatched, 0);
	assert_int_equal(exchange_stats()->pending, 0);
}

/* Whatever it takes, as long as each message comes within the timeout of the one before. */
static void axfr(void **state)
{
	const struct lookup *l;
	uint64_t size = 0;

	(void)state;
	QUERY(AXFR(.ms = 0));
	RESPONSE(AXFR(.ms = 4000, .records = "7aaa"));
	size += exchange_last_size();
	for (unsigned int i = 2; i < 10; i++) {
		RESPONSE(AXFR(.ms = i * 4000, .records = "aaaaa", .no_question = i % 2));
		size += exchange_last_size();
	}
	exchange_none();
	RESPONSE(AXFR(.ms = 40000, .records = "a7"));
	size += exchange_last_size();
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->latency, 40000 * MS);
	assert_non_null(l->message);
	assert_transfer(l, 10, 46, size);
	/* What comes now belongs to nothing. */
	RESPONSE(AXFR(.ms = 40001, .records = "aa"));
	exchange_unmatched(UNMATCHED_DUPLICATE);
}

static void axfr_in_one_message(void **state)
{
	(void)state;
	QUERY(AXFR(.ms = 0));
	RESPONSE(AXFR(.ms = 1, .records = "7aaa7"));
	assert_transfer(exchange_one(LOOKUP_ANSWER), 1, 5, exchange_last_size());
}

/* An SOA of its own message, and two transfers at once on one connection. */
static void axfr_record_by_record(void **state)
{
	(void)state;
	QUERY(AXFR(.ms = 0, .id = 1));
	QUERY(AXFR(.ms = 0, .id = 2));
	for (unsigned int i = 0; i < 3; i++) {
		RESPONSE(AXFR(.ms = i, .id = 1, .records = i ? "a" : "9"));
		RESPONSE(AXFR(.ms = i, .id = 2, .records = i ? "a" : "9", .no_question = i > 0));
	}
	exchange_none();
	RESPONSE(AXFR(.ms = 4, .id = 2, .records = "9", .no_question = true));
	assert_int_equal(exchange_next(LOOKUP_ANSWER)->id, 2);
	exchange_none();
	RESPONSE(AXFR(.ms = 5, .id = 1, .records = "9"));
	assert_int_equal(exchange_next(LOOKUP_ANSWER)->id, 1);
	exchange_none();
}

static void refused_by_the_server(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(AXFR(.ms = 0));
	RESPONSE(AXFR(.ms = 1, .flags = 5));
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->message->rcode, 5);
	assert_transfer(l, 1, 0, exchange_last_size());
}

/* RFC 5936, section 2.2: an error ends it wherever it comes. */
static void broken_off_with_an_error(void **state)
{
	(void)state;
	QUERY(AXFR(.ms = 0));
	RESPONSE(AXFR(.ms = 1, .records = "7aaa"));
	RESPONSE(AXFR(.ms = 2, .flags = 2));
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->responses, 2);
}

static void no_transfer(void **state)
{
	(void)state;
	QUERY(AXFR(.ms = 0));
	RESPONSE(AXFR(.ms = 1));
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->responses, 1);
	QUERY(AXFR(.ms = 10));
	RESPONSE(AXFR(.ms = 11, .records = "a7"));
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->responses, 1);
}

/* The connection broke: what had come is told, and that it was not all. */
static void never_completed(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(AXFR(.ms = 0));
	RESPONSE(AXFR(.ms = 3000, .records = "7aaa"));
	RESPONSE(AXFR(.ms = 6000, .records = "aa"));
	exchange_expire(10999);
	exchange_none();
	exchange_expire(11000);
	l = exchange_one(LOOKUP_TIMEOUT);
	assert_int_equal(l->responses, 2);
	assert_int_equal(l->records, 6);
	assert_int_equal(l->time, 11000 * MS);
	RESPONSE(AXFR(.ms = 12000, .records = "a7"));
	exchange_unmatched(UNMATCHED_LATE);
}

/* Asked again: what came to the first attempt does not count. */
static void begun_anew(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(AXFR(.ms = 0));
	RESPONSE(AXFR(.ms = 1, .records = "7aaa"));
	QUERY(AXFR(.ms = 10, .cookie = 8, .client_port = 40001));
	RESPONSE(AXFR(.ms = 11, .cookie = 8, .client_port = 40001, .records = "7aa"));
	exchange_none();
	RESPONSE(AXFR(.ms = 12, .cookie = 8, .client_port = 40001, .records = "7"));
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->attempts, 2);
	assert_int_equal(l->responses, 2);
	assert_int_equal(l->records, 4);
}

static void ixfr_up_to_date(void **state)
{
	(void)state;
	QUERY(IXFR(.ms = 0, .records = "7"));
	RESPONSE(IXFR(.ms = 1, .records = "7"));
	assert_transfer(exchange_one(LOOKUP_ANSWER), 1, 1, exchange_last_size());
}

/* RFC 1995, section 4: two steps, 5 to 6 to 7, in messages of any size. */
static void ixfr_incremental(void **state)
{
	static const char records[] = "75a6aa6aa7a7";

	(void)state;
	for (unsigned int size = 1; size < sizeof(records); size++) {
		uint32_t messages = 0;

		exchange_end(state);
		exchange_begin(state);
		QUERY(IXFR(.ms = 0, .records = "5"));
		for (unsigned int at = 0; at < sizeof(records) - 1; at += size, messages++) {
			char part[sizeof(records)] = "";

			exchange_none();
			for (unsigned int i = 0; i < size && records[at + i]; i++)
				part[i] = records[at + i];
			RESPONSE(IXFR(.ms = 1, .records = part));
		}
		assert_int_equal(exchange_stats()->pending, 0);
		assert_int_equal(exchange_one(LOOKUP_ANSWER)->responses, messages);
	}
}

static void ixfr_of_the_whole_zone(void **state)
{
	(void)state;
	QUERY(IXFR(.ms = 0, .records = "5"));
	RESPONSE(IXFR(.ms = 1, .records = "7aa"));
	exchange_none();
	RESPONSE(IXFR(.ms = 2, .records = "aa7"));
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->records, 6);
}

/* One message, whatever it has: the rest is asked for over TCP (RFC 1995, section 2). */
static void ixfr_over_udp(void **state)
{
	const struct lookup *l;

	(void)state;
	QUERY(.ms = 0, .type = DNS_TYPE_IXFR, .records = "5");
	RESPONSE(.ms = 1, .type = DNS_TYPE_IXFR, .records = "7");
	l = exchange_one(LOOKUP_ANSWER);
	assert_int_equal(l->responses, 1);
	assert_int_equal(l->records, 0);
	RESPONSE(.ms = 2, .type = DNS_TYPE_IXFR, .records = "7");
	exchange_unmatched(UNMATCHED_DUPLICATE);
}

/* Of anything else the first answer is the only one. */
static void no_other_type(void **state)
{
	(void)state;
	QUERY(.ms = 0, .tcp = true, .type = DNS_TYPE_SOA);
	RESPONSE(.ms = 1, .tcp = true, .type = DNS_TYPE_SOA, .records = "7");
	assert_int_equal(exchange_one(LOOKUP_ANSWER)->responses, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		exchange_test(axfr),
		exchange_test(axfr_in_one_message),
		exchange_test(axfr_record_by_record),
		exchange_test(refused_by_the_server),
		exchange_test(broken_off_with_an_error),
		exchange_test(no_transfer),
		exchange_test(never_completed),
		exchange_test(begun_anew),
		exchange_test(ixfr_up_to_date),
		exchange_test(ixfr_incremental),
		exchange_test(ixfr_of_the_whole_zone),
		exchange_test(ixfr_over_udp),
		exchange_test(no_other_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
