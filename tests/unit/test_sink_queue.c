/* SPDX-License-Identifier: Apache-2.0 */
/* The queue between a tool and a sink: order, bounds, counters, two processes; and specs of sinks.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "export/sink_backend.h"

#define SIZE 4096

static struct sink_queue *queue;

static int new_queue(void **state)
{
	(void)state;
	queue = sink_queue_new(SIZE);
	return queue ? 0 : -1;
}

static int free_queue(void **state)
{
	(void)state;
	sink_queue_free(queue);
	return 0;
}

/* Octets that tell which alert they are of. */
static bool put(uint64_t number, size_t size)
{
	static char text[SINK_ALERT_MAX];
	const struct sink_alert alert = {
		.time = number,
		.severity = (enum sink_severity)(number % 3),
		.text = text,
		.size = size,
	};

	memset(text, (int)(number % 251), size);
	return sink_queue_put(queue, &alert);
}

static bool is_alert(const struct sink_alert *alert, uint64_t number, size_t size)
{
	if (alert->time != number || alert->severity != number % 3 || alert->size != size)
		return false;
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)alert->text[i] != number % 251)
			return false;
	return true;
}

static void first_in_first_out(void **state)
{
	struct sink_alert alert;

	(void)state;
	assert_false(sink_queue_first(queue, &alert));
	assert_true(put(1, 10));
	assert_true(put(2, 0));
	assert_true(sink_queue_first(queue, &alert));
	assert_true(is_alert(&alert, 1, 10));
	assert_true(sink_queue_first(queue, &alert)); /* it stays until it is taken */
	assert_true(is_alert(&alert, 1, 10));
	sink_queue_take(queue, true);
	assert_true(sink_queue_first(queue, &alert));
	assert_true(is_alert(&alert, 2, 0));
	sink_queue_take(queue, false);
	assert_false(sink_queue_first(queue, &alert));
	assert_int_equal(queue->accepted, 2);
	assert_int_equal(queue->delivered, 1);
	assert_int_equal(queue->given_up, 1);
}

static void full_is_full(void **state)
{
	unsigned int n = 0;

	(void)state;
	assert_false(put(0, SIZE));
	assert_true(put(0, SIZE - 16));
	assert_false(put(1, 0));
	sink_queue_give_up(queue);
	/* 16 octets of header and 48 of text each. */
	while (put(n, 48))
		n++;
	assert_int_equal(n, SIZE / 64);
	sink_queue_give_up(queue);
	assert_int_equal(queue->given_up, 1 + n);
	assert_int_equal(queue->accepted, 1 + n);
}

/* A child that went mad must not make the tool write elsewhere. */
static void a_wrong_tail_is_a_full_queue(void **state)
{
	(void)state;
	atomic_store(&queue->tail, 1 << 20);
	assert_false(put(0, 8));
	assert_int_equal(queue->head, 0);
}

/* Against a list of what should be in it. */
static void any_sizes_in_any_order(void **state)
{
	static size_t sizes[1 << 16];
	uint64_t first = 0, next = 0, refused = 0;
	struct sink_alert alert;

	(void)state;
	srandom(1);
	for (unsigned int i = 0; i < 200000; i++) {
		size_t size = (size_t)random() % (random() % 8 ? 200 : 3000);

		if (random() % 2) {
			sizes[next & 0xffff] = size;
			if (put(next, size))
				next++;
			else
				refused++;
		} else if (first < next) {
			assert_true(sink_queue_first(queue, &alert));
			assert_true(is_alert(&alert, first, sizes[first & 0xffff]));
			sink_queue_take(queue, true);
			first++;
		} else {
			assert_false(sink_queue_first(queue, &alert));
		}
	}
	assert_true(refused > 1000 && next > 10000);
	assert_int_equal(queue->delivered, first);
	assert_int_equal(queue->accepted, next);
}

#define PUTS 100000

/* 0, or the number of the first alert that is not as it was put. */
static int read_all(void)
{
	for (uint64_t number = 1; number <= PUTS; number++) {
		struct sink_alert alert;

		while (!sink_queue_first(queue, &alert))
			;
		if (!is_alert(&alert, number, number % 300))
			return 1;
		sink_queue_take(queue, true);
	}
	return 0;
}

static void two_processes(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		alarm(60);
		_exit(read_all());
	}
	alarm(60);
	for (uint64_t number = 1; number <= PUTS; number++)
		while (!put(number, number % 300))
			;
	assert_int_equal(waitpid(child, &status, 0), child);
	alarm(0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(queue->accepted, PUTS);
	assert_int_equal(queue->delivered, PUTS);
}

static void specs(void **state)
{
	static const char *const good[] = {"file:/x",
					   "file:x:y",
					   "syslog",
					   "syslog:",
					   "syslog:authpriv",
					   "webhook:http://[::1]:80/x",
					   "webhook:https://user:secret@example.com/x?y=z"};
	static const char *const bad[] = {"",
					  "file",
					  "file:",
					  "File:/x",
					  "syslogs",
					  "syslog:LOCAL0",
					  "webhook",
					  "webhook:",
					  "webhook:http://",
					  "webhook:http",
					  "mail:x@y.test"};
	char error[SINK_ERROR_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(sink_check(good[i], error));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(sink_check(bad[i], error));
		assert_int_equal(strncmp(error, "is not ", 7), 0);
	}
}

/* Secrets are not for the terminal. */
static void names_without_secrets(void **state)
{
	char error[SINK_ERROR_MAX];
	struct sink *sink = sink_open("webhook:https://user:secret@127.0.0.1:1/token", error);

	(void)state;
	assert_non_null(sink);
	assert_string_equal(sink_name(sink), "webhook:127.0.0.1:1");
	sink_close(sink, 0, NULL);
}

static void failures_have_words(void **state)
{
	static const struct {
		enum sink_failure_kind kind;
		int detail;
		const char *text;
	} cases[] = {
		{SINK_WORKS, 0, ""},
		{SINK_ERRNO, ENOSPC, "No space left on device"},
		{SINK_REOPEN, EACCES, "cannot be opened anew: Permission denied"},
		{SINK_CONFINE, EPERM, "cannot give up privileges: Operation not permitted"},
		{SINK_HTTP, 503, "HTTP status 503"},
		{SINK_CURL, 7, "Couldn't connect to server"},
	};
	char text[SINK_REASON_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sink_failure_text(sink_failure(cases[i].kind, cases[i].detail), text);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(first_in_first_out, new_queue, free_queue),
		cmocka_unit_test_setup_teardown(full_is_full, new_queue, free_queue),
		cmocka_unit_test_setup_teardown(a_wrong_tail_is_a_full_queue, new_queue,
						free_queue),
		cmocka_unit_test_setup_teardown(any_sizes_in_any_order, new_queue, free_queue),
		cmocka_unit_test_setup_teardown(two_processes, new_queue, free_queue),
		cmocka_unit_test(specs),
		cmocka_unit_test(names_without_secrets),
		cmocka_unit_test(failures_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
