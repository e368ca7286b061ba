/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of transactions: queries and answers in one line each, and what came of them.
 */
#ifndef TESTS_UNIT_EXCHANGE_H
#define TESTS_UNIT_EXCHANGE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "track/transaction.h"

#define MS	1000000ull /* ns */
#define TIMEOUT (5000 * MS)

#define EVENTS_MAX 256

/* Zero means the usual: id 1, example.com A IN, cookie 7, 192.0.2.1 port 40000, ... */
struct shot {
	uint64_t ms;
	uint64_t ns;
	uint64_t cookie;
	const char *name;
	const char *client;
	const char *server; /* 192.0.2.53 port 53 */
	const char *asked;
	/*
	 * Records of the answer section (a query: of the authority section), owner the root:
	 * "5a5" is an SOA of serial 5, an A record, the SOA again.
	 */
	const char *records;
	uint32_t pid;	      /* 100 */
	uint32_t tid;	      /* as pid */
	uint32_t trailing;    /* octets more */
	uint32_t quoted;      /* ICMP: octets of DNS; 12, unless no_quoted */
	uint32_t quoted_wire; /* ICMP: as the quoted length says */
	enum lookup_role role;
	uint16_t client_port;
	uint16_t server_port;
	uint16_t id;
	uint16_t type;
	uint16_t class;
	uint16_t flags;
	uint8_t opcode;
	uint8_t icmp_code;
	int error;	    /* of a failed send */
	const char *reason; /* of a drop */
	bool tcp;
	bool no_question; /* QDCOUNT 0 */
	bool damaged;	  /* QDCOUNT 1, but no question */
	bool no_cookie;
	bool no_owner;
	bool no_quoted;
};

#define QUERY(...)    exchange_take(&(struct shot){__VA_ARGS__}, false)
#define RESPONSE(...) exchange_take(&(struct shot){__VA_ARGS__}, true)
#define FAILED(...)   exchange_failure(&(struct shot){__VA_ARGS__}, PACKET_SEND_FAILED, false)
/* A query, or a response, that the kernel dropped. */
#define DROPPED_QUERY(...)    exchange_failure(&(struct shot){__VA_ARGS__}, PACKET_DROPPED, false)
#define DROPPED_RESPONSE(...) exchange_failure(&(struct shot){__VA_ARGS__}, PACKET_DROPPED, true)
#define ICMP(...)	      exchange_unreachable(&(struct shot){__VA_ARGS__})

/* A table for the test; every test begins and ends with these. */
int exchange_begin(void **state);
int exchange_end(void **state);
/* Gets each event as it comes, with its message; no context. */
void exchange_listen(lookup_fn listener);
/* Another table, with this many places. */
void exchange_limit(uint32_t max_pending);

void exchange_take(const struct shot *shot, bool response);
void exchange_unreachable(const struct shot *shot);
/* With `no_quoted` there is no message. */
void exchange_failure(const struct shot *shot, enum packet_kind kind, bool response);
void exchange_expire(uint64_t ms);

/* What came since the last call: exactly one event, or none. */
const struct lookup *exchange_one(enum lookup_event event);
void exchange_none(void);
/* The next of several, in order. */
const struct lookup *exchange_next(enum lookup_event event);
/* One LOOKUP_RESPONSE, with this reason. */
const struct lookup *exchange_unmatched(enum lookup_unmatched unmatched);

struct transactions *exchange_table(void);
const struct transactions_stats *exchange_stats(void);
struct endpoint exchange_endpoint(const char *address, uint16_t port);
void exchange_assert_endpoint(const struct endpoint *e, const char *address, uint16_t port);

/* Wire size of the last message taken. */
uint32_t exchange_last_size(void);

#define exchange_test(f) cmocka_unit_test_setup_teardown(f, exchange_begin, exchange_end)

#endif
