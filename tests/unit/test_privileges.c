/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/privileges.h"

/* In a child, as it is for good: what `try` returns, or 255 when the dropping fails. */
static int afterwards(int (*try)(void))
{
	char error[SOURCE_ERROR_MAX];
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(privileges_drop(false, error) ? try() : 255);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* 0 when a call that returned `result` was refused as it should. */
static int refused(long result)
{
	return !(result < 0 && errno == EPERM);
}

static int try_write(void)
{
	return refused(open("/dev/null", O_WRONLY)) | refused(open("/dev/null", O_RDWR)) |
	       refused(open("/tmp", O_TMPFILE | O_WRONLY, 0600)) |
	       refused(open("/dev/null", O_RDONLY | O_CREAT, 0600));
}

static int try_others(void)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return refused(code == MAP_FAILED ? -1 : 0) | refused(kill(getppid(), 0)) |
	       refused(socket(AF_UNIX, SOCK_STREAM, 0)) | refused(fork()) |
	       refused(execl("/bin/true", "true", NULL)) | refused(setuid(0));
}

static int try_allowed(void)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char text[64];
	void *memory = malloc(1 << 24);
	bool works = fd >= 0 && read(fd, text, sizeof(text)) > 0 && memory;

	free(memory);
	return !works;
}

/* "Uid: 65534 …" and "Groups: " without any, in /proc/self/status. */
static int try_root(void)
{
	char text[4096];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return getuid() == 0 || geteuid() == 0 || !strstr(text, "\nGroups:\t \n") ||
	       !strstr(text, "\nCapEff:\t0000000000000000\n") ||
	       !strstr(text, "\nNoNewPrivs:\t1\n") || !strstr(text, "\nSeccomp:\t2\n");
}

static void nothing_can_be_written(void **state)
{
	(void)state;
	assert_int_equal(afterwards(try_write), 0);
}

static void nothing_else_is_reached(void **state)
{
	(void)state;
	assert_int_equal(afterwards(try_others), 0);
}

static void reading_and_memory_are_left(void **state)
{
	(void)state;
	assert_int_equal(afterwards(try_allowed), 0);
}

static void root_becomes_nobody(void **state)
{
	(void)state;
	if (geteuid() == 0)
		assert_int_equal(afterwards(try_root), 0);
	else
		assert_int_equal(afterwards(try_allowed), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_can_be_written),
		cmocka_unit_test(nothing_else_is_reached),
		cmocka_unit_test(reading_and_memory_are_left),
		cmocka_unit_test(root_becomes_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
