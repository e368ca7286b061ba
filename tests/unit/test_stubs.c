/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/stubs.h"

/* What libbcc 0.18 to 0.37 includes before any program. */
static const char *const included[] = {
	"include/uapi/linux/bpf.h", "include/uapi/linux/if_packet.h",
	"include/linux/version.h",  "include/linux/log2.h",
	"include/asm/page.h",	    "include/linux/kconfig.h",
	"include/linux/types.h",    "include/linux/bpf_common.h",
};

static void test_all_headers_and_nothing_left(void **state)
{
	char folder[STUBS_PATH_MAX], path[256], error[256] = "";
	struct stat status;

	(void)state;
	unsetenv("BCC_KERNEL_SOURCE");
	assert_true(stubs_write(folder, error, sizeof(error)));
	assert_string_equal(getenv("BCC_KERNEL_SOURCE"), folder);
	for (size_t i = 0; i < sizeof(included) / sizeof(included[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, included[i]);
		if (stat(path, &status) < 0)
			fail_msg("%s is missing", included[i]);
	}
	assert_int_equal(stat(folder, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	stubs_remove(folder);
	assert_int_equal(stat(folder, &status), -1);
}

static void test_page_size_is_the_machines(void **state)
{
	char folder[STUBS_PATH_MAX], path[256], error[256] = "";
	long size = 0;
	FILE *file;

	(void)state;
	unsetenv("BCC_KERNEL_SOURCE");
	assert_true(stubs_write(folder, error, sizeof(error)));
	snprintf(path, sizeof(path), "%s/include/asm/page.h", folder);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "#define PAGE_SIZE %ld", &size), 1);
	fclose(file);
	stubs_remove(folder);
	assert_int_equal(size, sysconf(_SC_PAGESIZE));
}

static void test_users_choice_stays(void **state)
{
	char folder[STUBS_PATH_MAX], error[256] = "";

	(void)state;
	setenv("BCC_KERNEL_SOURCE", "/somewhere", 1);
	assert_true(stubs_write(folder, error, sizeof(error)));
	assert_string_equal(folder, "");
	assert_string_equal(getenv("BCC_KERNEL_SOURCE"), "/somewhere");
	stubs_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_headers_and_nothing_left),
		cmocka_unit_test(test_page_size_is_the_machines),
		cmocka_unit_test(test_users_choice_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
