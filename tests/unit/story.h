/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of chains: who asks whom for what, one line each, and what is told in the end.
 *
 * Packets go through struct transactions, as in the tool: a query between two processes of this
 * host is seen on both sides.
 */
#ifndef TESTS_UNIT_STORY_H
#define TESTS_UNIT_STORY_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "track/chain.h"

/* A process of this host, or (pid 0) a host elsewhere. */
struct actor {
	uint32_t pid;
	uint32_t tid; /* 0: as pid */
	const char *comm;
	const char *address; /* that it asks from */
};

/* One query; `id` tells it from the others, and makes its port. */
struct exchange {
	struct actor from, to;
	const char *server; /* NULL: to.address */
	const char *name;
	uint16_t type; /* 0: A */
	uint16_t id;
	bool tcp;
	bool to_unknown; /* the server's process is not known */
	bool unknown;	 /* seen in a capture file, from where neither side is known */
};

int story_begin(void **state);
int story_end(void **state);
/* Another table: with room for so many hops. */
void story_limit(uint32_t max_hops);
/* Calls wait for a connect(). */
void story_connects(void);

void story_call(uint64_t ms, struct actor who, enum call_function function, const char *name);
void story_call_at(uint64_t ms, struct actor who, enum call_function function, const char *name,
		   uint64_t stack);
void story_return(uint64_t ms, struct actor who, int64_t result);
void story_return_at(uint64_t ms, struct actor who, int64_t result, uint64_t stack);
void story_connect(uint64_t ms, struct actor who, const char *address);

void story_ask(uint64_t ms, struct exchange x);
/*
 * Records, parted by ";": "SECTION OWNER TYPE DATA", the section as "an", "ns" or "ar"; also
 * "rcode N", "aa", "tc", "ra". "" is an empty answer.
 */
void story_answer(uint64_t ms, struct exchange x, const char *records);
void story_time(uint64_t ms);
void story_finish(uint64_t ms);

/*
 * What was told since the last call: for each chain "KIND NAME RESULT CACHE", and for each hop
 * " NUMBER<PARENT EVIDENCE NAME TYPE OUTCOME", with "+PARENT" for others, "!" for a retry, "^" for
 * TCP after UDP, "@N" for the hop that named the server.
 */
void story_expect(const char *text);
/* What was told does not matter. */
void story_clear(void);
/* The events of the last chain that was told, parted by blanks. */
void story_expect_events(const char *text);
const struct chain *story_last(void);
const struct chains_stats *story_stats(void);

#define story_test(f) cmocka_unit_test_setup_teardown(f, story_begin, story_end)

#endif
