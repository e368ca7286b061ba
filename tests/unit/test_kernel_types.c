/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running kernel's BTF, where it has one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "bpf/kernel_types.h"

static struct kernel_types *types;

static int load(void **state)
{
	(void)state;
	types = kernel_types_load();
	return 0;
}

static int unload(void **state)
{
	(void)state;
	if (types)
		kernel_types_free(types);
	return 0;
}

static void loads_where_the_kernel_has_btf(void **state)
{
	(void)state;
	assert_int_equal(types != NULL, access("/sys/kernel/btf/vmlinux", R_OK) == 0);
	if (!types)
		skip();
}

static struct kernel_member member_of(const char *type, const char *name)
{
	struct kernel_member member = {UINT32_MAX, UINT32_MAX};

	assert_true(kernel_types_member(types, type, name, &member));
	return member;
}

/* struct sockaddr_in and list_head are as they are for all time. */
static void finds_members(void **state)
{
	(void)state;
	if (!types)
		skip();
	assert_int_equal(member_of("sockaddr_in", "sin_port").offset, 2);
	assert_int_equal(member_of("sockaddr_in", "sin_port").size, 2);
	assert_int_equal(member_of("sockaddr_in", "sin_addr").offset, 4);
	assert_int_equal(member_of("list_head", "prev").offset, sizeof(void *));
	assert_int_equal(member_of("iovec", "iov_len").offset, sizeof(void *));
	assert_int_equal(member_of("iovec", "iov_len").size, sizeof(size_t));
}

/* skc_daddr lies in a struct in a union, both without a name, at the very beginning. */
static void finds_members_of_nameless_structs(void **state)
{
	(void)state;
	if (!types)
		skip();
	assert_int_equal(member_of("sock_common", "skc_daddr").offset, 0);
	assert_int_equal(member_of("sock_common", "skc_rcv_saddr").offset, 4);
	assert_int_equal(member_of("sock_common", "skc_num").offset,
			 member_of("sock_common", "skc_dport").offset + 2);
	assert_int_equal(member_of("sock_common", "skc_family").size, 2);
}

static void bit_fields_have_no_size(void **state)
{
	(void)state;
	if (!types)
		skip();
	assert_int_equal(member_of("sk_buff", "pkt_type").size, 0);
}

static void knows_what_is_not_there(void **state)
{
	struct kernel_member member;
	int32_t value;

	(void)state;
	if (!types)
		skip();
	assert_false(kernel_types_member(types, "iovec", "iov", &member));
	assert_false(kernel_types_member(types, "iovec", "", &member));
	assert_false(kernel_types_member(types, "no_such_struct", "iov_len", &member));
	assert_false(kernel_types_enumerator(types, "iter_type", "ITER_NOTHING", &value));
	assert_false(kernel_types_enumerator(types, "no_such_enum", "ITER_IOVEC", &value));
	assert_int_equal(kernel_types_tracepoint(types, "no_such_tracepoint"), 0);
}

static void finds_enumerators(void **state)
{
	int32_t iovec = -1, kvec = -1;

	(void)state;
	if (!types)
		skip();
	assert_true(kernel_types_enumerator(types, "iter_type", "ITER_IOVEC", &iovec));
	assert_true(kernel_types_enumerator(types, "iter_type", "ITER_KVEC", &kvec));
	assert_true(iovec >= 0 && kvec >= 0 && iovec != kvec);
}

/* (skb, location) at first, then a reason and then the receiving socket. */
static void counts_a_tracepoints_arguments(void **state)
{
	(void)state;
	if (!types)
		skip();
	assert_in_range(kernel_types_tracepoint(types, "kfree_skb"), 2, 4);
	assert_int_equal(kernel_types_tracepoint(types, "sched_process_exec"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_where_the_kernel_has_btf),
		cmocka_unit_test(finds_members),
		cmocka_unit_test(finds_members_of_nameless_structs),
		cmocka_unit_test(bit_fields_have_no_size),
		cmocka_unit_test(knows_what_is_not_there),
		cmocka_unit_test(finds_enumerators),
		cmocka_unit_test(counts_a_tracepoints_arguments),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
