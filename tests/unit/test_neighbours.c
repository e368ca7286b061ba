/* SPDX-License-Identifier: Apache-2.0 */
/* Who is counted: the client's side, and who asks first. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "memory.h"
#include "track/neighbours.h"

#define NS_PER_S 1000000000ULL
#define NOW	 (1700000000 * NS_PER_S)

enum { DIG = 10, RESOLVER = 20 }; /* processes */
enum { NAME = 0x1234, OTHER_NAME = 0x1235, DOMAIN = 0x5678, OTHER_DOMAIN = 0x9abc };

static struct neighbours n;

static int make(void **state)
{
	(void)state;
	n = (struct neighbours){0};
	LAYOUT(neighbours_layout, &n, &arena);
	return 0;
}

/* A query by the client with this last octet, as seen by a process; 0: by nobody. */
static struct lookup query(uint8_t client, uint32_t pid)
{
	struct lookup m = {.time = NOW, .id = 7, .has_owner = pid != 0, .owner.pid = pid};

	m.client.address[15] = client;
	m.client.port = 40000;
	return m;
}

static bool serve(const struct lookup *m)
{
	return neighbours_serve(&n, m, NAME, DOMAIN);
}

static void who_is_asked_by_another_host_is_a_server(void **state)
{
	struct lookup m = query(9, RESOLVER);

	(void)state;
	assert_false(neighbours_is_server(&n, &m));
	assert_false(serve(&m));
	assert_true(neighbours_is_server(&n, &m));
	assert_true(neighbours_forwards(&n, &m, DOMAIN));
	assert_false(neighbours_forwards(&n, &m, OTHER_DOMAIN));
	m.owner.pid = DIG;
	assert_false(neighbours_is_server(&n, &m));
	assert_false(neighbours_forwards(&n, &m, DOMAIN));
}

static void a_local_client_is_counted_at_its_side(void **state)
{
	struct lookup asks = query(1, DIG), served = query(1, RESOLVER);

	(void)state;
	assert_false(neighbours_is_local(&n, &served));
	neighbours_ask(&n, &asks, NAME);
	assert_true(neighbours_is_local(&n, &served));
	assert_true(serve(&served));
	assert_true(neighbours_is_server(&n, &served));
	assert_true(neighbours_forwards(&n, &served, DOMAIN));
}

/* Else whoever asks itself would be taken for a resolver, and its questions for others'. */
static void who_asks_itself_serves_nobody(void **state)
{
	struct lookup asks = query(1, DIG);

	(void)state;
	neighbours_ask(&n, &asks, NAME);
	assert_true(serve(&asks));
	assert_false(neighbours_is_server(&n, &asks));
	assert_false(neighbours_forwards(&n, &asks, DOMAIN));
}

/* From a local address, and yet nobody here is known to have asked it. */
static void a_question_that_nobody_asked_proves_nothing(void **state)
{
	struct lookup asks = query(1, DIG), served = query(1, RESOLVER);

	(void)state;
	neighbours_ask(&n, &asks, OTHER_NAME);
	assert_true(serve(&served));
	assert_false(neighbours_is_server(&n, &served));
	neighbours_ask(&n, &asks, NAME);
	served.id++;
	serve(&served);
	assert_false(neighbours_is_server(&n, &served));
	served.id--;
	served.client.port++;
	serve(&served);
	assert_false(neighbours_is_server(&n, &served));
	served.client.port--;
	serve(&served);
	assert_true(neighbours_is_server(&n, &served));
}

static void it_ends(void **state)
{
	struct lookup m = query(9, RESOLVER);

	(void)state;
	serve(&m);
	m.time = NOW + 60 * NS_PER_S - 1;
	assert_true(neighbours_forwards(&n, &m, DOMAIN));
	m.time++;
	assert_false(neighbours_forwards(&n, &m, DOMAIN));
	assert_true(neighbours_is_server(&n, &m));
	m.time = NOW + 3600 * NS_PER_S - 1;
	assert_true(neighbours_is_server(&n, &m));
	m.time++;
	assert_false(neighbours_is_server(&n, &m));
	m.time = NOW - 3600 * NS_PER_S; /* the clock of a file */
	assert_true(neighbours_forwards(&n, &m, DOMAIN));
}

static void without_a_process_nobody_is_known(void **state)
{
	struct lookup m = query(9, 0);

	(void)state;
	assert_false(serve(&m));
	assert_false(neighbours_is_server(&n, &m));
	assert_false(neighbours_forwards(&n, &m, DOMAIN));
}

/* In tables of constant size the latest stay. */
static void many_leave_the_latest(void **state)
{
	struct lookup m = query(9, 1);

	(void)state;
	for (uint32_t pid = 1; pid <= 100000; pid++) {
		m.owner.pid = pid;
		serve(&m);
		assert_true(neighbours_is_server(&n, &m));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_is_asked_by_another_host_is_a_server, make),
		cmocka_unit_test_setup(a_local_client_is_counted_at_its_side, make),
		cmocka_unit_test_setup(who_asks_itself_serves_nobody, make),
		cmocka_unit_test_setup(a_question_that_nobody_asked_proves_nothing, make),
		cmocka_unit_test_setup(it_ends, make),
		cmocka_unit_test_setup(without_a_process_nobody_is_known, make),
		cmocka_unit_test_setup(many_leave_the_latest, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
