/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running kernel's reasons for drops, where it has some.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "bpf/kernel.h"
#include "capture/drop_reasons.h"

static struct drop_reasons *reasons;

static int read_reasons(void **state)
{
	struct kernel_types *types = kernel_types_load();

	(void)state;
	reasons = types ? drop_reasons_read(types) : NULL;
	kernel_types_free(types);
	return 0;
}

static int release(void **state)
{
	(void)state;
	drop_reasons_free(reasons);
	return 0;
}

static int32_t code_of(const char *name)
{
	for (int32_t code = 0; code < 512; code++)
		if (strcmp(drop_reason_name(reasons, code), name) == 0)
			return code;
	fail_msg("no %s", name);
	return -1;
}

/* The names live on without the types that they came from. */
static void has_names(void **state)
{
	(void)state;
	if (!reasons)
		skip();
	assert_true(kernel_at_least(5, 17));
	assert_int_not_equal(code_of("SOCKET_RCVBUFF"), code_of("NO_SOCKET"));
	code_of("UDP_CSUM");
	code_of("NOT_SPECIFIED");
}

static void has_no_name_for_what_is_none(void **state)
{
	(void)state;
	if (!reasons)
		skip();
	assert_string_equal(drop_reason_name(reasons, -1), "UNKNOWN");
	assert_string_equal(drop_reason_name(reasons, 511), "UNKNOWN");
	assert_string_equal(drop_reason_name(reasons, 2 << 16 | 1), "UNKNOWN");
	assert_string_equal(drop_reason_name(reasons, INT32_MAX), "UNKNOWN");
}

static bool has(const int32_t *codes, unsigned int count, int32_t code)
{
	for (unsigned int i = 0; i < count; i++)
		if (codes[i] == code)
			return true;
	return false;
}

static void knows_what_is_no_drop(void **state)
{
	int32_t codes[DROP_REASONS_MAX];
	unsigned int count;

	(void)state;
	if (!reasons)
		skip();
	count = drop_reasons_none(reasons, codes);
	assert_true(has(codes, count, code_of("SKB_NOT_DROPPED_YET")));
	assert_false(has(codes, count, code_of("NOT_SPECIFIED")));
	assert_false(has(codes, count, code_of("NO_SOCKET")));
}

static void knows_who_drops(void **state)
{
	int32_t codes[DROP_REASONS_MAX];
	unsigned int count;

	(void)state;
	if (!reasons)
		skip();
	count = drop_reasons_receiver(reasons, codes);
	assert_true(has(codes, count, code_of("NO_SOCKET")));
	assert_true(has(codes, count, code_of("UDP_CSUM")));
	assert_false(has(codes, count, code_of("NOT_SPECIFIED")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_names),
		cmocka_unit_test(has_no_name_for_what_is_none),
		cmocka_unit_test(knows_what_is_no_drop),
		cmocka_unit_test(knows_who_drops),
	};

	return cmocka_run_group_tests(tests, read_reasons, release);
}
