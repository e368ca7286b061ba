/* SPDX-License-Identifier: Apache-2.0 */
/* What the children of a tool may still do: each set of calls allows its own, and no more. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "export/confine.h"

static char folder[] = "/tmp/confine-XXXXXX";
static char path[64];

/* In a child, as it is for good: what `try` returns, or 255 when the confinement fails. */
static int afterwards(const struct confinement *confinement, int (*try)(void))
{
	char error[SOURCE_ERROR_MAX];
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(confine(confinement, error) ? try() : 255);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The number of the first of `results` that is not as it should be; 0: none. */
#define EXPECT(number, condition)                                                                  \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return number;                                                             \
	} while (0)

static bool refused(long result)
{
	return result < 0 && errno == EPERM;
}

static int try_append(void)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	struct stat status;

	EXPECT(1, fd >= 0);
	EXPECT(2, write(fd, "a line\n", 7) == 7);
	EXPECT(3, fstat(fd, &status) == 0 && status.st_size >= 7);
	EXPECT(4, ftruncate(fd, status.st_size - 7) == 0);
	EXPECT(5, refused(open(path, O_RDONLY)));
	EXPECT(6, refused(open(path, O_WRONLY)));
	EXPECT(7, refused(open(path, O_RDWR | O_APPEND)));
	EXPECT(8, refused(open(path, O_WRONLY | O_APPEND | O_TRUNC)));
	EXPECT(9, refused(socket(AF_UNIX, SOCK_DGRAM, 0)));
	EXPECT(10, refused(unlink(path)));
	EXPECT(11, refused(rename(path, "/tmp/other")));
	EXPECT(12, refused(kill(getppid(), 0)));
	return 0;
}

static int try_local(void)
{
	EXPECT(1, socket(AF_UNIX, SOCK_DGRAM, 0) >= 0);
	EXPECT(2, refused(socket(AF_INET, SOCK_STREAM, 0)));
	EXPECT(3, refused(socket(AF_INET6, SOCK_DGRAM, 0)));
	EXPECT(4, refused(socket(AF_PACKET, SOCK_RAW, 0)));
	EXPECT(5, refused(open("/dev/null", O_RDONLY)));
	EXPECT(6, refused(listen(0, 1)));
	return 0;
}

static void *in_thread(void *context)
{
	return context;
}

static int try_network(void)
{
	struct addrinfo *addresses = NULL;
	pthread_t thread;
	void *result = NULL;

	EXPECT(1, getaddrinfo("localhost", "80", NULL, &addresses) == 0);
	freeaddrinfo(addresses);
	EXPECT(2, socket(AF_INET, SOCK_STREAM, 0) >= 0);
	EXPECT(3, pthread_create(&thread, NULL, in_thread, path) == 0);
	EXPECT(4, pthread_join(thread, &result) == 0 && result == path);
	EXPECT(5, refused(fork()));
	EXPECT(6, refused(socket(AF_PACKET, SOCK_RAW, 0)));
	EXPECT(7, refused(listen(0, 1)));
	EXPECT(8, refused(open("/dev/null", O_WRONLY)));
	EXPECT(9, refused(execl("/bin/true", "true", NULL)));
	EXPECT(10, mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			   MAP_FAILED);
	return 0;
}

static int try_lists(void)
{
	int watch = inotify_init1(IN_CLOEXEC), memory = memfd_create("set", MFD_CLOEXEC);

	EXPECT(1, watch >= 0 && inotify_add_watch(watch, "/tmp", IN_CLOSE_WRITE) >= 0);
	EXPECT(2, memory >= 0 && ftruncate(memory, 4096) == 0);
	EXPECT(3, refused(socket(AF_UNIX, SOCK_DGRAM, 0)));
	return 0;
}

static int try_nothing_else(void)
{
	EXPECT(1, refused(inotify_init1(IN_CLOEXEC)));
	EXPECT(2, refused(memfd_create("set", MFD_CLOEXEC)));
	EXPECT(3, refused(open("/dev/null", O_RDONLY)));
	EXPECT(4, refused(open(path, O_WRONLY | O_APPEND | O_CREAT, 0640)));
	EXPECT(5, refused(socket(AF_UNIX, SOCK_DGRAM, 0)));
	EXPECT(6, refused(connect(0, (const struct sockaddr *)&(struct sockaddr_in){0},
				  sizeof(struct sockaddr_in))));
	return 0;
}

/* A field of /proc/self/status; calls are not confined yet. */
static bool status_has(const char *line)
{
	char text[4096];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return strstr(text, line);
}

static int users(const struct confinement *confinement, const char *capabilities, bool same)
{
	char error[SOURCE_ERROR_MAX];
	uid_t before = geteuid();
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (!confine_user(confinement, error))
			_exit(255);
		_exit(!(status_has(capabilities) && (geteuid() == before) == same));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

static void files_are_appended_to(void **state)
{
	(void)state;
	assert_int_equal(
		afterwards(&(struct confinement){.calls = CONFINE_APPEND_FILES, .same_user = true},
			   try_append),
		0);
}

static void local_sockets_alone(void **state)
{
	(void)state;
	assert_int_equal(
		afterwards(&(struct confinement){.calls = CONFINE_LOCAL_CLIENT}, try_local), 0);
}

static void names_are_looked_up_and_threads_made(void **state)
{
	(void)state;
	assert_int_equal(afterwards(&(struct confinement){.calls = CONFINE_NETWORK_CLIENT |
								   CONFINE_READ_FILES},
				    try_network),
			 0);
}

static void files_are_watched_and_memory_shared(void **state)
{
	(void)state;
	assert_int_equal(afterwards(&(struct confinement){.calls = CONFINE_WATCH_FILES |
								   CONFINE_SHARE_MEMORY},
				    try_lists),
			 0);
}

static void nothing_is_left_that_was_not_asked_for(void **state)
{
	(void)state;
	assert_int_equal(afterwards(&(struct confinement){0}, try_nothing_else), 0);
}

#define NO_CAPABILITIES "\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
/* CAP_DAC_OVERRIDE is number 1. */
#define ANY_FILE "\nCapPrm:\t0000000000000002\nCapEff:\t0000000000000002\n"

static void root_keeps_what_it_must(void **state)
{
	bool root = geteuid() == 0;

	(void)state;
	assert_int_equal(users(&(struct confinement){0}, NO_CAPABILITIES, !root), 0);
	assert_int_equal(users(&(struct confinement){.same_user = true}, NO_CAPABILITIES, true), 0);
	assert_int_equal(users(&(struct confinement){.same_user = true, .any_file = true},
			       root ? ANY_FILE : NO_CAPABILITIES, true),
			 0);
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_appended_to),
		cmocka_unit_test(local_sockets_alone),
		cmocka_unit_test(names_are_looked_up_and_threads_made),
		cmocka_unit_test(files_are_watched_and_memory_shared),
		cmocka_unit_test(nothing_is_left_that_was_not_asked_for),
		cmocka_unit_test(root_keeps_what_it_must),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
