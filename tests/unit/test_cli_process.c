/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines from /proc: the owner's, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/clock.h"
#include "cli/process.h"

#define TICK (NS_PER_SECOND / 100)

/* A /proc of our own, with one process, 7. */
struct fake {
	char proc[64];
	struct processes *processes;
};

static void write_file(const struct fake *f, const char *name, const char *octets, size_t n)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", f->proc, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, octets, n), (ssize_t)n);
	close(fd);
}

static uint64_t boottime(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

/* A name that would confuse whoever counts fields from the first ")". */
static void set_start(const struct fake *f, uint64_t boot_ns)
{
	char stat[256];

	snprintf(stat, sizeof(stat),
		 "7 (a) b (c) 1 1) S 1 7 7 0 -1 4194304 100 0 0 0 0 0 0 0 20 0 1 "
		 "0 %llu 1000 100\n",
		 (unsigned long long)(boot_ns / TICK));
	write_file(f, "7/stat", stat, strlen(stat));
}

static int set_up(void **state)
{
	static const char *const folders[] = {"7", "7/task", "7/task/8", "sys", "sys/kernel"};
	struct fake *f = calloc(1, sizeof(*f));
	char path[128];

	snprintf(f->proc, sizeof(f->proc), "/tmp/test_cli_process.XXXXXX");
	assert_non_null(mkdtemp(f->proc));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->proc, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	write_file(f, "sys/kernel/pid_max", "4194304\n", 8);
	write_file(f, "7/comm", "main\n", 5);
	write_file(f, "7/task/8/comm", "worker\n", 7);
	write_file(f, "7/cmdline", "main\0-x\0a b\0", 12);
	set_start(f, boottime() - NS_PER_SECOND);
	f->processes = processes_new(f->proc);
	assert_non_null(f->processes);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {
		"7/stat",     "7/comm", "7/cmdline", "7/task/8/comm",
		"7/task/8",   "7/task", "7",	     "sys/kernel/pid_max",
		"sys/kernel", "sys",	""};
	struct fake *f = *state;
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->proc, names[i]);
		remove(path);
	}
	processes_free(f->processes);
	free(f);
	return 0;
}

static struct owner owner(uint32_t tid, const char *comm)
{
	struct owner o = {.pid = 7, .tid = tid, .since = clock_monotonic()};

	snprintf(o.comm, sizeof(o.comm), "%s", comm);
	return o;
}

static const char *ask(const struct fake *f, const struct owner *o)
{
	return processes_cmdline(f->processes, o, clock_monotonic());
}

static void gives_the_owners(void **state)
{
	struct owner o = owner(7, "main");

	assert_string_equal(ask(*state, &o), "main -x a b");
	o = owner(8, "worker");
	assert_string_equal(ask(*state, &o), "main -x a b");
}

static void gives_none_of_another_name(void **state)
{
	struct owner o = owner(7, "other");

	assert_null(ask(*state, &o));
	o = owner(9, "worker"); /* the name of a thread that is not the owner's */
	assert_null(ask(*state, &o));
}

static void gives_none_of_a_later_process(void **state)
{
	struct owner o = owner(7, "main");

	set_start(*state, boottime() + 2 * TICK);
	assert_null(ask(*state, &o));
}

static void allows_for_ticks_only_where_pids_are_many(void **state)
{
	struct fake *f = *state;
	uint64_t tick = (boottime() / TICK - 3) * TICK, offset = boottime() - clock_monotonic();
	struct owner o;

	set_start(f, tick);
	o = owner(7, "main");
	o.since = tick - offset + TICK / 2; /* in the tick of the start */
	assert_non_null(ask(f, &o));
	processes_free(f->processes);
	write_file(f, "sys/kernel/pid_max", "400\n", 4);
	f->processes = processes_new(f->proc);
	assert_null(ask(f, &o));
	o.since += TICK;
	assert_non_null(ask(f, &o));
}

/* The first reading is for owners that were noted before it; a later one needs its own. */
static void reads_again_for_later_owners(void **state)
{
	struct owner before = owner(7, "main"), after;

	assert_string_equal(ask(*state, &before), "main -x a b");
	write_file(*state, "7/cmdline", "new\0", 4);
	assert_string_equal(ask(*state, &before), "main -x a b");
	after = owner(7, "main");
	assert_string_equal(ask(*state, &after), "new");
}

static void gives_none_of_the_dead(void **state)
{
	struct owner o = owner(7, "main");

	o.pid = 6;
	assert_null(ask(*state, &o));
	write_file(*state, "7/stat", "", 0);
	o = owner(7, "main");
	assert_null(ask(*state, &o));
}

static void gives_none_to_kernel_threads(void **state)
{
	struct owner o;

	write_file(*state, "7/cmdline", "", 0);
	o = owner(7, "main");
	assert_null(ask(*state, &o));
}

static void marks_what_was_cut_and_escapes(void **state)
{
	char raw[3 * PROCESS_CMDLINE_MAX];
	struct owner o;
	const char *text;

	memset(raw, 'x', sizeof(raw));
	raw[0] = '\n';
	write_file(*state, "7/cmdline", raw, sizeof(raw));
	o = owner(7, "main");
	text = ask(*state, &o);
	assert_non_null(text);
	assert_int_equal(strncmp(text, "\\010x", 5), 0);
	assert_true(strlen(text) < PROCESS_CMDLINE_MAX);
	assert_string_equal(text + strlen(text) - 3, "…");
}

static void reads_a_bounded_number(void **state)
{
	unsigned int known = 0;
	uint64_t now = clock_monotonic();

	for (int i = 0; i < 5000; i++) {
		struct owner o = owner(7, "main");

		known += processes_cmdline(((struct fake *)*state)->processes, &o, now) != NULL;
	}
	assert_int_equal(known, 2000);
}

static void knows_this_process(void **state)
{
	struct processes *p = processes_new("/proc");
	struct owner o = {.pid = (uint32_t)getpid(), .tid = (uint32_t)getpid()};
	const char *text;

	(void)state;
	prctl(PR_GET_NAME, o.comm);
	o.since = clock_monotonic();
	text = processes_cmdline(p, &o, o.since);
	assert_non_null(text);
	assert_non_null(strstr(text, "test_cli_process"));
	o.since = 1; /* of a process that had the pid long before */
	assert_null(processes_cmdline(p, &o, clock_monotonic()));
	processes_free(p);
}

/* What was read elsewhere. */
static void knows_the_same_process(void **state)
{
	static const char stat[] = "7 (a) b) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 1 1";
	struct fake *f = *state;
	uint64_t started, now = clock_monotonic(), offset = boottime() - now;

	assert_true(processes_started(f->processes, stat, sizeof(stat) - 1, &started));
	assert_int_equal(started, 100 * TICK);
	for (size_t n = 0; n < sizeof(stat) - sizeof(" 1 1"); n++)
		assert_false(processes_started(f->processes, stat, n, &started));

	started = now + offset - NS_PER_SECOND;
	assert_true(processes_is_same(f->processes, started, now, now));
	assert_true(processes_is_same(f->processes, started, now, now - 1));
	assert_false(processes_is_same(f->processes, started, now, now - 2 * NS_PER_SECOND));
	assert_false(processes_is_same(f->processes, UINT64_MAX, now, now));
	/* Noted after the reading: only while the pid cannot have come around. */
	assert_true(processes_is_same(f->processes, started, now, now + NS_PER_MS));
	assert_false(processes_is_same(f->processes, started, now, now + NS_PER_SECOND));
	processes_free(f->processes);
	write_file(f, "sys/kernel/pid_max", "400\n", 4);
	f->processes = processes_new(f->proc);
	assert_int_equal(processes_lasting(f->processes), 0);
	assert_false(processes_is_same(f->processes, started, now, now + 1));
	assert_true(processes_is_same(f->processes, started, now, now));
}

#define WITH_FAKE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FAKE(gives_the_owners),
		WITH_FAKE(gives_none_of_another_name),
		WITH_FAKE(gives_none_of_a_later_process),
		WITH_FAKE(allows_for_ticks_only_where_pids_are_many),
		WITH_FAKE(reads_again_for_later_owners),
		WITH_FAKE(gives_none_of_the_dead),
		WITH_FAKE(gives_none_to_kernel_threads),
		WITH_FAKE(marks_what_was_cut_and_escapes),
		WITH_FAKE(reads_a_bounded_number),
		WITH_FAKE(knows_the_same_process),
		cmocka_unit_test(knows_this_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
