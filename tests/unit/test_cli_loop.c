/* SPDX-License-Identifier: Apache-2.0 */
/* The loop that all tools run, and their output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/clock.h"
#include "cli/loop.h"
#include "cli/output.h"
#include "cli/table.h"

/* A source without packets. */
struct silent {
	struct source source;
	int result;
	int kill_with; /* a signal to send to this process in the first poll */
	unsigned int polls;
	int longest_wait;
};

static int silent_poll(struct source *source, int timeout_ms, packet_fn fn, void *context)
{
	struct silent *s = (struct silent *)source;

	(void)fn;
	(void)context;
	if (timeout_ms > s->longest_wait)
		s->longest_wait = timeout_ms;
	if (s->polls++ == 0 && s->kill_with)
		kill(getpid(), s->kill_with);
	poll(NULL, 0, timeout_ms);
	return s->result;
}

static const struct source_operations silent_operations = {.poll = silent_poll};

struct counts {
	unsigned int batches, batches_wanted, reports, hangups;
	bool takes_hangups;
	uint64_t due;
};

static bool batch(void *context, uint64_t now)
{
	struct counts *c = context;

	(void)now;
	return ++c->batches != c->batches_wanted;
}

static uint64_t deadline(void *context)
{
	return ((struct counts *)context)->due;
}

static void report(void *context)
{
	((struct counts *)context)->reports++;
}

static void hangup(void *context)
{
	((struct counts *)context)->hangups++;
}

static int run(struct silent *silent, struct counts *counts, uint64_t duration)
{
	struct loop loop = {
		.source = &silent->source,
		.batch = batch,
		.deadline = deadline,
		.report = report,
		.hangup = counts->takes_hangups ? hangup : NULL,
		.context = counts,
		.duration = duration,
	};

	silent->source.operations = &silent_operations;
	loop_signals();
	return loop_run(&loop);
}

static void stops_in_time(void **state)
{
	struct silent silent = {.result = 0};
	struct counts counts = {.due = UINT64_MAX};
	uint64_t start = clock_monotonic(), took;

	(void)state;
	assert_int_equal(run(&silent, &counts, 250 * NS_PER_MS), 0);
	took = clock_monotonic() - start;
	assert_true(took >= 250 * NS_PER_MS && took < 5 * NS_PER_SECOND);
	assert_int_equal(silent.longest_wait, 100);
	assert_int_equal(counts.batches, silent.polls);
}

static void waits_no_longer_than_what_is_due(void **state)
{
	struct silent silent = {.result = 0};
	struct counts counts = {.batches_wanted = 1};

	(void)state;
	counts.due = clock_monotonic();
	assert_int_equal(run(&silent, &counts, 0), 0);
	assert_int_equal(silent.longest_wait, 0);
	silent.polls = counts.batches = 0;
	counts.due = clock_monotonic() + 20 * NS_PER_MS;
	assert_int_equal(run(&silent, &counts, 0), 0);
	assert_true(silent.longest_wait > 0 && silent.longest_wait <= 20);
}

static void stops_on_signals(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct silent silent = {.result = -EINTR, .kill_with = signals[i]};
		struct counts counts = {.due = UINT64_MAX};
		struct sigaction action;

		signal(signals[i], SIG_DFL); /* nohup's "ignored" is inherited */
		assert_int_equal(run(&silent, &counts, 10 * NS_PER_SECOND), 0);
		assert_int_equal(silent.polls, 2); /* a last look */
		assert_int_equal(counts.batches, 2);
		sigaction(signals[i], NULL, &action);
		assert_true(action.sa_handler == SIG_DFL); /* a second one kills */
	}
}

static void respects_ignored_signals(void **state)
{
	struct silent silent = {.result = 0, .kill_with = SIGHUP};
	struct counts counts = {.due = UINT64_MAX, .batches_wanted = 3};

	(void)state;
	signal(SIGHUP, SIG_IGN);
	assert_int_equal(run(&silent, &counts, 0), 0);
	assert_int_equal(counts.batches, 3);
	signal(SIGHUP, SIG_DFL);
}

static void reports_on_sigusr1(void **state)
{
	struct silent silent = {.result = -EINTR, .kill_with = SIGUSR1};
	struct counts counts = {.due = UINT64_MAX, .batches_wanted = 3};

	(void)state;
	assert_int_equal(run(&silent, &counts, 0), 0);
	assert_int_equal(counts.reports, 1);
	assert_int_equal(counts.batches, 3);
}

/* As often as it comes. */
static void sighup_may_be_a_word(void **state)
{
	(void)state;
	signal(SIGHUP, SIG_DFL);
	for (int i = 0; i < 2; i++) {
		struct silent silent = {.result = -EINTR, .kill_with = SIGHUP};
		struct counts counts = {
			.due = UINT64_MAX, .batches_wanted = 3, .takes_hangups = true};
		struct sigaction action;

		assert_int_equal(run(&silent, &counts, 0), 0);
		assert_int_equal(counts.hangups, 1);
		assert_int_equal(counts.batches, 3);
		sigaction(SIGHUP, NULL, &action);
		assert_true(action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
	}
	signal(SIGHUP, SIG_DFL);
}

static void gives_up_on_errors(void **state)
{
	struct silent silent = {.result = -EIO};
	struct counts counts = {.due = UINT64_MAX};

	(void)state;
	assert_int_equal(run(&silent, &counts, 0), -EIO);
}

static void output_keeps_order(void **state)
{
	char text[64] = "";
	struct output o;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_true(output_open(&o, ends[1], 8));
	output_string(&o, "one,");
	output_string(&o, "two,three,"); /* more than there is room for, and than all room */
	output_print(&o, "%d,", 4);
	output_string(&o, "fives");
	output_string(&o, ",");
	assert_int_equal(output_finish(&o, "test"), 0);
	assert_int_equal(read(ends[0], text, sizeof(text) - 1), 22);
	assert_string_equal(text, "one,two,three,4,fives,");
	output_close(&o);
	close(ends[0]);
	close(ends[1]);
}

/* The line that output_finish() writes to stderr. */
static int finish_quietly(struct output *o, char *said, size_t size)
{
	int ends[2], saved = dup(STDERR_FILENO), status;
	ssize_t n;

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	dup2(ends[1], STDERR_FILENO);
	status = output_finish(o, "test");
	dup2(saved, STDERR_FILENO);
	n = read(ends[0], said, size - 1);
	said[n > 0 ? n : 0] = '\0';
	close(saved);
	close(ends[0]);
	close(ends[1]);
	return status;
}

static void a_closed_pipe_is_quiet(void **state)
{
	struct output o;
	char said[256];
	int ends[2];

	(void)state;
	loop_signals();
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_true(output_open(&o, ends[1], 64));
	output_string(&o, "line\n");
	output_flush(&o);
	assert_int_equal(o.error, EPIPE);
	assert_int_equal(finish_quietly(&o, said, sizeof(said)), 0);
	assert_string_equal(said, "");
	output_close(&o);
	close(ends[1]);
}

static void a_full_device_is_an_error(void **state)
{
	int fd = open("/dev/full", O_WRONLY);
	struct output o;
	char said[256];

	(void)state;
	assert_true(fd >= 0 && output_open(&o, fd, 64));
	output_string(&o, "line\n");
	assert_int_equal(finish_quietly(&o, said, sizeof(said)), 1);
	assert_string_equal(said, "test: standard output: No space left on device\n");
	output_close(&o);
	close(fd);
}

static void terminals_are_measured(void **state)
{
	int fd = open("/dev/null", O_WRONLY);

	(void)state;
	unsetenv("COLUMNS");
	assert_int_equal(terminal_width(fd), 0);
	assert_false(terminal_has_colour(fd));
	setenv("COLUMNS", "132", 1);
	assert_int_equal(terminal_width(fd), 132);
	setenv("COLUMNS", "wide", 1);
	assert_int_equal(terminal_width(fd), 0);
	unsetenv("COLUMNS");
	close(fd);
}

static void wall_clock_follows(void **state)
{
	struct wall_clock c = {.read = 0};
	uint64_t now = clock_monotonic(), offset;

	(void)state;
	wall_clock_refresh(&c, now);
	offset = c.offset;
	assert_true(wall_clock_time(&c, now) > 1600000000ULL * NS_PER_SECOND);
	c.offset = 1;
	wall_clock_refresh(&c, now + NS_PER_SECOND - 1);
	assert_int_equal(c.offset, 1);
	wall_clock_refresh(&c, now + NS_PER_SECOND);
	assert_true(c.offset - offset + NS_PER_SECOND < 2 * NS_PER_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stops_in_time),
		cmocka_unit_test(waits_no_longer_than_what_is_due),
		cmocka_unit_test(stops_on_signals),
		cmocka_unit_test(respects_ignored_signals),
		cmocka_unit_test(reports_on_sigusr1),
		cmocka_unit_test(sighup_may_be_a_word),
		cmocka_unit_test(gives_up_on_errors),
		cmocka_unit_test(output_keeps_order),
		cmocka_unit_test(a_closed_pipe_is_quiet),
		cmocka_unit_test(a_full_device_is_an_error),
		cmocka_unit_test(terminals_are_measured),
		cmocka_unit_test(wall_clock_follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
