/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/kernel.h"
#include "capture/cgroup.h"

static void test_release_is_compared_by_number(void **state)
{
	unsigned int major, minor;
	struct utsname name;

	(void)state;
	uname(&name);
	assert_int_equal(sscanf(name.release, "%u.%u", &major, &minor), 2);
	assert_true(kernel_at_least(major, minor));
	assert_false(kernel_at_least(major, minor + 1));
	assert_false(kernel_at_least(major + 1, 0));
	assert_true(kernel_at_least(major - 1, 99));
}

static void test_explanations_are_one_line(void **state)
{
	static const int codes[] = {EPERM, EACCES, EINVAL, ENOSYS, ENOMEM, E2BIG};
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		kernel_explain(error, sizeof(error), "cannot do it", codes[i]);
		assert_null(strchr(error, '\n'));
		assert_ptr_equal(strstr(error, "cannot do it: "), error);
		assert_non_null(strstr(error, strerror(codes[i])));
	}
	kernel_explain(error, sizeof(error), "x", ENOSYS);
	assert_non_null(strstr(error, "CONFIG_BPF_SYSCALL"));
	kernel_explain(error, sizeof(error), "x", EPERM);
	if (geteuid() != 0)
		assert_non_null(strstr(error, "run it as root"));
}

static void test_explanation_is_cut_to_its_room(void **state)
{
	char error[16];

	(void)state;
	memset(error, 'x', sizeof(error));
	kernel_explain(error, 8, "a long explanation", EPERM);
	assert_string_equal(error, "a long ");
	assert_int_equal(error[8], 'x');
}

static void test_not_a_cgroup(void **state)
{
	char error[256] = "";

	(void)state;
	assert_int_equal(cgroup_open("/proc", error, sizeof(error)), -1);
	assert_non_null(strstr(error, "not a folder of cgroup v2"));
	assert_int_equal(cgroup_open("/no/such/folder", error, sizeof(error)), -1);
	assert_non_null(strstr(error, "No such file or directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_release_is_compared_by_number),
		cmocka_unit_test(test_explanations_are_one_line),
		cmocka_unit_test(test_explanation_is_cut_to_its_room),
		cmocka_unit_test(test_not_a_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
