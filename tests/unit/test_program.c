/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/program.h"

static void assert_text(const struct capture_config *config, const char *wanted, bool present)
{
	char *text = sockets_program_text(config);

	assert_non_null(text);
	if ((strstr(text, wanted) != NULL) != present)
		fail_msg("\"%s\" is %s", wanted, present ? "missing" : "there");
	free(text);
}

static void test_ports_become_one_condition(void **state)
{
	struct capture_config config = {.ports = {53, 5353}, .port_count = 2};

	(void)state;
	assert_text(&config, "#define IS_DNS_PORT(port) (0 || (port) == 53 || (port) == 5353)\n",
		    true);
}

static void test_no_filter_is_there_unasked(void **state)
{
	struct capture_config config = {.ports = {53}, .port_count = 1};

	(void)state;
	assert_text(&config, "#define FILTER_", false);
	assert_text(&config, "#define WANT_CLIENT 1\n#define WANT_SERVER 1\n", true);
	assert_text(&config, "#define WANT_IPV4 1\n#define WANT_IPV6 1\n", true);
	assert_text(&config, "#define WANT_UDP 1\n#define WANT_TCP 1\n", true);
}

static void test_filters(void **state)
{
	struct capture_config config = {
		.port_count = 1,
		.ports = {53},
		.has_pid = true,
		.pid = 4294967295U,
		.has_tid = true,
		.tid = 7,
		.has_uid = true,
		.uid = 0,
		.has_comm = true,
		.comm = "abcdefghijklmno",
	};

	(void)state;
	assert_text(&config, "#define FILTER_PID 4294967295\n", true);
	assert_text(&config, "#define FILTER_TID 7\n", true);
	assert_text(&config, "#define FILTER_UID 0\n", true);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	assert_text(&config, "#define FILTER_COMM_LOW 0x6867666564636261ULL\n", true);
	assert_text(&config, "#define FILTER_COMM_HIGH 0x6f6e6d6c6b6a69ULL\n", true);
#endif
}

static void test_sides_and_protocols(void **state)
{
	struct capture_config config = {
		.port_count = 1,
		.ports = {53},
		.no_server = true,
		.no_ipv6 = true,
		.no_tcp = true,
	};

	(void)state;
	assert_text(&config, "#define WANT_CLIENT 1\n#define WANT_SERVER 0\n", true);
	assert_text(&config, "#define WANT_IPV4 1\n#define WANT_IPV6 0\n", true);
	assert_text(&config, "#define WANT_UDP 1\n#define WANT_TCP 0\n", true);
}

/* A client that is not seen has no answer to show. */
static void test_loopback_answers(void **state)
{
#define LEFT_OUT .port_count = 1, .ports = {53}, .no_loopback_answers = true
	const struct capture_config all = {LEFT_OUT};
	const struct capture_config *const some[] = {
		&(struct capture_config){LEFT_OUT, .cgroup = "/sys/fs/cgroup/some.slice"},
		&(struct capture_config){LEFT_OUT, .has_pid = true},
		&(struct capture_config){LEFT_OUT, .has_tid = true},
		&(struct capture_config){LEFT_OUT, .has_uid = true},
		&(struct capture_config){LEFT_OUT, .has_comm = true},
		&(struct capture_config){LEFT_OUT, .no_client = true},
		&(struct capture_config){.port_count = 1, .ports = {53}},
	};
#undef LEFT_OUT

	(void)state;
	assert_text(&all, "#define SKIP_LOOPBACK_ANSWERS 1\n", true);
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		assert_text(some[i], "#define SKIP_LOOPBACK_ANSWERS", false);
}

/* Nothing local is left to be included: the text must compile from any directory. */
static void test_text_is_joined(void **state)
{
	struct capture_config config = {.port_count = 1, .ports = {53}};

	(void)state;
	assert_text(&config, "#include \"", false);
	assert_text(&config, "struct socket_record {", true);
	assert_text(&config, "int on_egress(void *context)", true);
}

static void test_novelty(void **state)
{
	struct capture_config config = {.ports = {53}, .port_count = 1};

	(void)state;
	assert_text(&config, "#define WANT_NOVELTY", false);
	assert_text(&config, "#define QUESTION_KEYS", false);
	config.novelty = (struct capture_novelty){.wanted = true, .window = 60000000000};
	assert_text(&config, "#define WANT_NOVELTY 1\n", true);
	assert_text(&config, "#define NOVELTY_WINDOW 60000000000ULL\n", true);
	assert_text(&config, "#define QUESTION_KEYS 0x", true);
	config.tally.wanted = true;
	assert_text(&config, "#define WANT_NOVELTY", false);
}

/* Nobody can know what is alike in two programs. */
static void test_hashes_differ(void **state)
{
	const struct capture_config config = {.novelty = {.wanted = true}};
	char *first = sockets_program_text(&config), *second = sockets_program_text(&config);
	static const char *const names[] = {"#define HASH_SEED ", "#define QUESTION_KEYS ",
					    "#define PARTY_KEYS "};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *a = strstr(first, names[i]), *b = strstr(second, names[i]);

		assert_non_null(a);
		assert_non_null(b);
		assert_memory_not_equal(a, b, strlen(names[i]) + 18);
	}
	free(first);
	free(second);
}

static bool has_hook(const struct program_hook *hooks, size_t count, const char *function)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(hooks[i].program.function, function) == 0)
			return true;
	return false;
}

static void test_hooks(void **state)
{
	struct capture_config client = {.no_server = true}, both = {0};
	struct program_hook hooks[PROGRAM_HOOKS_MAX];
	size_t count = program_hooks(hooks, &client);

	(void)state;
	assert_int_equal(count, 7);
	assert_false(has_hook(hooks, count, "on_post_bind4"));
	/* A packet must not come before the hook that tells its process. */
	assert_string_equal(hooks[count - 1].program.function, "on_egress");
	assert_string_equal(hooks[count - 2].program.function, "on_ingress");
	count = program_hooks(hooks, &both);
	assert_int_equal(count, 11);
	assert_true(has_hook(hooks, count, "on_post_bind4"));
	assert_true(count <= PROGRAM_HOOKS_MAX && PROGRAM_HOOKS_MAX <= LOADER_PROGRAMS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports_become_one_condition),
		cmocka_unit_test(test_no_filter_is_there_unasked),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_sides_and_protocols),
		cmocka_unit_test(test_loopback_answers),
		cmocka_unit_test(test_text_is_joined),
		cmocka_unit_test(test_novelty),
		cmocka_unit_test(test_hashes_differ),
		cmocka_unit_test(test_hooks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
