/* SPDX-License-Identifier: Apache-2.0 */
/* The child that opens callers' files: what it opens, what it does not, and that it goes on. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "bpf/lib/record.h"
#include "capture/caller_files.h"

#define PATIENCE_MS 10000

/* A /proc with one thread, 8 of 7, whose root is a folder; a secret lies outside of that. */
struct fake {
	char folder[64], text[64];
	int channel;
	pid_t child;
};

static const char *place(const struct fake *f, const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	return path;
}

static void write_file(const struct fake *f, const char *name, const char *text)
{
	FILE *file = fopen(place(f, name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
}

static void link_to(const struct fake *f, const char *target, const char *name)
{
	unlink(place(f, name));
	assert_int_equal(symlink(target, place(f, name)), 0);
}

static const struct caller_wakeups none = {.ring = -1, .control = -1};

static void start(struct fake *f, const char *proc, const struct caller_wakeups *wakeups)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	f->child = fork();
	assert_true(f->child >= 0);
	if (f->child == 0)
		caller_files_serve(pair[1], proc, wakeups);
	close(pair[1]);
	f->channel = pair[0];
}

static int set_up(void **state)
{
	static const char *const folders[] = {"7",
					      "7/task",
					      "7/task/8",
					      "7/task/8/root",
					      "7/task/8/root/etc",
					      "7/task/8/root/lib"};
	struct fake *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->folder, sizeof(f->folder), "/tmp/test_caller_files.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		assert_int_equal(mkdir(place(f, folders[i]), 0700), 0);
	write_file(f, "7/task/8/stat", "7 (x) S 1");
	write_file(f, "7/task/8/root/etc/hosts", "192.0.2.1 here");
	write_file(f, "7/task/8/root/etc/nsswitch.conf", "hosts: files");
	write_file(f, "secret", "secret");
	start(f, f->folder, &none);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"7/task/8/root/etc/hosts",
					    "7/task/8/root/etc/nsswitch.conf",
					    "7/task/8/root/lib/real",
					    "7/task/8/root/etc",
					    "7/task/8/root/lib",
					    "7/task/8/root",
					    "7/task/8/stat",
					    "7/task/8",
					    "7/task",
					    "7",
					    "secret",
					    ""};
	struct fake *f = *state;
	int status;

	close(f->channel);
	/* It ends when its channel does. */
	assert_int_equal(waitpid(f->child, &status, 0), f->child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(place(f, names[i]));
	free(f);
	return 0;
}

static struct caller_files_reply ask(struct fake *f, uint32_t pid, uint32_t tid,
				     int files[CALLER_FILES])
{
	struct pollfd channel = {.fd = f->channel, .events = POLLIN};
	static uint32_t number;
	struct caller_files_reply reply;

	assert_true(caller_files_ask(f->channel, ++number, pid, tid));
	assert_int_equal(poll(&channel, 1, PATIENCE_MS), 1);
	assert_true(caller_files_take(f->channel, &reply, files));
	assert_int_equal(reply.number, number);
	assert_int_equal(reply.pid, pid);
	assert_int_equal(reply.tid, tid);
	return reply;
}

static const char *text_of(struct fake *f, int fd)
{
	ssize_t n = read(fd, f->text, sizeof(f->text) - 1);

	assert_true(n >= 0);
	f->text[n] = '\0';
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	return f->text;
}

static void opens_both(void **state)
{
	struct caller_files_reply reply;
	struct fake *f = *state;
	int files[CALLER_FILES];

	reply = ask(f, 7, 8, files);
	assert_int_equal(reply.error[CALLER_HOSTS], 0);
	assert_int_equal(reply.error[CALLER_NSSWITCH], 0);
	assert_string_equal(text_of(f, files[CALLER_HOSTS]), "192.0.2.1 here");
	assert_string_equal(text_of(f, files[CALLER_NSSWITCH]), "hosts: files");
	assert_int_equal(reply.stat_size, 9);
	assert_memory_equal(reply.stat, "7 (x) S 1", 9);
	assert_true(reply.time > 0);
}

static void says_what_is_not_there(void **state)
{
	struct caller_files_reply reply;
	struct fake *f = *state;
	int files[CALLER_FILES];

	unlink(place(f, "7/task/8/root/etc/hosts"));
	reply = ask(f, 7, 8, files);
	assert_int_equal(reply.error[CALLER_HOSTS], ENOENT);
	assert_int_equal(files[CALLER_HOSTS], -1);
	/* The one that is there is not taken for the other. */
	assert_string_equal(text_of(f, files[CALLER_NSSWITCH]), "hosts: files");

	reply = ask(f, 8, 8, files);
	assert_int_equal(reply.stat_size, 0);
	assert_int_not_equal(reply.error[CALLER_HOSTS], 0);
	assert_int_not_equal(reply.error[CALLER_NSSWITCH], 0);
}

/* Links are followed as the process would, whose root this is. */
static void stays_below_the_root(void **state)
{
	struct caller_files_reply reply;
	struct fake *f = *state;
	int files[CALLER_FILES];

	write_file(f, "7/task/8/root/lib/real", "real");
	link_to(f, "/lib/real", "7/task/8/root/etc/hosts");
	link_to(f, "../../../../../../lib/real", "7/task/8/root/etc/nsswitch.conf");
	ask(f, 7, 8, files);
	assert_string_equal(text_of(f, files[CALLER_HOSTS]), "real");
	assert_string_equal(text_of(f, files[CALLER_NSSWITCH]), "real");

	link_to(f, "../../../../../secret", "7/task/8/root/etc/hosts");
	link_to(f, place(f, "secret"), "7/task/8/root/etc/nsswitch.conf");
	reply = ask(f, 7, 8, files);
	assert_int_equal(reply.error[CALLER_HOSTS], ENOENT);
	assert_int_equal(reply.error[CALLER_NSSWITCH], ENOENT);

	link_to(f, "hosts", "7/task/8/root/etc/hosts");
	reply = ask(f, 7, 8, files);
	assert_int_equal(reply.error[CALLER_HOSTS], ELOOP);
}

static void opens_only_regular_files(void **state)
{
	struct caller_files_reply reply;
	struct fake *f = *state;
	int files[CALLER_FILES];

	unlink(place(f, "7/task/8/root/etc/hosts"));
	unlink(place(f, "7/task/8/root/etc/nsswitch.conf"));
	assert_int_equal(mkfifo(place(f, "7/task/8/root/etc/hosts"), 0600), 0);
	assert_int_equal(mkdir(place(f, "7/task/8/root/etc/nsswitch.conf"), 0700), 0);
	reply = ask(f, 7, 8, files);
	assert_int_equal(reply.error[CALLER_HOSTS], EINVAL);
	assert_int_equal(reply.error[CALLER_NSSWITCH], EINVAL);
}

static void goes_on_after_nonsense(void **state)
{
	static const char nonsense[100] = {1};
	struct fake *f = *state;
	int files[CALLER_FILES];

	for (size_t size = 1; size < sizeof(nonsense); size++)
		if (size != sizeof(struct caller_files_request))
			assert_int_equal(send(f->channel, nonsense, size, 0), (ssize_t)size);
	ask(f, UINT32_MAX, 0, files);
	ask(f, 7, 9, files);
	ask(f, 7, 8, files);
	assert_string_equal(text_of(f, files[CALLER_HOSTS]), "192.0.2.1 here");
	close(files[CALLER_NSSWITCH]);
}

/* A tool that takes nothing loses replies; the child does not wait for it. */
static void does_not_wait_for_the_tool(void **state)
{
	struct pollfd channel = {.events = POLLIN};
	struct caller_files_reply reply;
	struct fake *f = *state;
	int files[CALLER_FILES];
	unsigned int asked, taken = 0;

	channel.fd = f->channel;
	fcntl(f->channel, F_SETFL, O_NONBLOCK);
	for (asked = 0; asked < 5000; asked++)
		while (!caller_files_ask(f->channel, asked, 7, 8))
			usleep(1000);
	while (poll(&channel, 1, 500) > 0) {
		while (caller_files_take(f->channel, &reply, files)) {
			taken++;
			close(files[CALLER_HOSTS]);
			close(files[CALLER_NSSWITCH]);
		}
	}
	assert_in_range(taken, 1, asked);
	ask(f, 7, 8, files);
	close(files[CALLER_HOSTS]);
	close(files[CALLER_NSSWITCH]);
}

static void opens_those_of_a_real_process(void **state)
{
	struct caller_files_reply reply;
	struct fake *f = *state;
	struct fake real = {.child = 0};
	int files[CALLER_FILES];
	struct stat here, there;

	(void)f;
	start(&real, "/proc", &none);
	reply = ask(&real, (uint32_t)getpid(), (uint32_t)gettid(), files);
	assert_true(reply.stat_size > 20);
	if (stat("/etc/hosts", &here) == 0) {
		assert_int_equal(fstat(files[CALLER_HOSTS], &there), 0);
		assert_true(here.st_ino == there.st_ino && here.st_dev == there.st_dev);
	}
	for (int i = 0; i < CALLER_FILES; i++)
		if (files[i] >= 0)
			close(files[i]);
	close(real.channel);
	waitpid(real.child, NULL, 0);
}

/* Whoever has woken the tool is looked at unasked; those that are too many are passed over. */
static void looks_at_callers(void **state)
{
	struct caller_wakeups wakeups = {.ring = eventfd(0, 0),
					 .control = memfd_create("words", 0)};
	struct fake *f = *state;
	struct fake woken = {.child = 0};
	struct pollfd channel = {.events = POLLIN};
	struct caller_files_reply reply;
	int files[CALLER_FILES];
	uint64_t *words, one = 1;

	assert_int_equal(ftruncate(wakeups.control, 4096), 0);
	words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, wakeups.control, 0);
	assert_true(words != MAP_FAILED);
	start(&woken, f->folder, &wakeups);
	assert_true(
		caller_files_ask(woken.channel, 1, 9, 9)); /* it is there when that is answered */
	channel.fd = woken.channel;
	assert_int_equal(poll(&channel, 1, PATIENCE_MS), 1);
	assert_true(caller_files_take(woken.channel, &reply, files));

	for (unsigned int i = 0; i < CALLERS_MAX; i++)
		words[CONTROL_CALLER + i] = 7ULL << 32 | 8;
	words[CONTROL_CALLERS] = 10 * CALLERS_MAX;
	assert_int_equal(write(wakeups.ring, &one, sizeof(one)), sizeof(one));
	for (unsigned int i = 0; i < CALLERS_MAX; i++) {
		assert_int_equal(poll(&channel, 1, PATIENCE_MS), 1);
		assert_true(caller_files_take(woken.channel, &reply, files));
		assert_int_equal(reply.number, 0);
		assert_int_equal(reply.pid, 7);
		assert_string_equal(text_of(f, files[CALLER_HOSTS]), "192.0.2.1 here");
		close(files[CALLER_NSSWITCH]);
	}
	assert_int_equal(poll(&channel, 1, 100), 0);
	close(woken.channel);
	waitpid(woken.child, NULL, 0);
	munmap(words, 4096);
	close(wakeups.ring);
	close(wakeups.control);
}

#define WITH_FAKE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FAKE(opens_both),
		WITH_FAKE(says_what_is_not_there),
		WITH_FAKE(stays_below_the_root),
		WITH_FAKE(opens_only_regular_files),
		WITH_FAKE(goes_on_after_nonsense),
		WITH_FAKE(does_not_wait_for_the_tool),
		WITH_FAKE(looks_at_callers),
		WITH_FAKE(opens_those_of_a_real_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
