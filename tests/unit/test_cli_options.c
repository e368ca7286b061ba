/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines, filters and patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/lookup.h"
#include "cli/options_shared.h"
#include "dns/codes.h"

#define LIST_KEY 1000

static bool set_list(void *target, const char *value, char error[OPTION_ERROR_MAX]);

static const struct option_spec specs[] = {
	SHARED_PID,
	SHARED_UID,
	SHARED_COMM,
	SHARED_ROLE,
	SHARED_NAME,
	SHARED_QTYPE,
	SHARED_RCODE,
	SHARED_PORT,
	SHARED_FAILURES,
	SHARED_LATENCY,
	SHARED_IPV4,
	SHARED_IPV6,
	SHARED_UDP,
	SHARED_TCP,
	SHARED_DURATION,
	SHARED_TIMEOUT,
	SHARED_RING,
	SHARED_CGROUP,
	SHARED_MAX_PENDING,
	SHARED_JSON,
	SHARED_VERBOSE,
	{LIST_KEY, OPTIONS_OTHER, "list", "[N,...]", "numbers", set_list},
	{0},
};

static const struct tool plain_tool = {
	.name = "tool",
	.synopsis = "[OPTION]...",
	.description = "Does nothing.",
	.options = specs,
	.examples = "  tool -j\n",
};

struct run {
	struct shared_options options;
	enum options_result result;
	int rest;
	char operands[64], list[64];
	char out[8192];
	char err[1024];
};

static bool set_list(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct run *run = target;

	(void)error;
	snprintf(run->list, sizeof(run->list), "%s", value ? value : "none");
	return true;
}

static bool take_operand(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct run *run = target;
	size_t used = strlen(run->operands);

	snprintf(error, OPTION_ERROR_MAX, "is no number");
	snprintf(run->operands + used, sizeof(run->operands) - used, "%s ", value);
	return value[0] >= '0' && value[0] <= '9';
}

static int redirect(FILE *stream, FILE *to)
{
	int saved = dup(fileno(stream));

	fflush(stream);
	dup2(fileno(to), fileno(stream));
	return saved;
}

static void restore(FILE *stream, int saved, FILE *from, char *text, size_t size)
{
	fflush(stream);
	dup2(saved, fileno(stream));
	close(saved);
	rewind(from);
	text[fread(text, 1, size - 1, from)] = '\0';
	fclose(from);
}

#define ARGUMENTS_MAX 31

/* A blank parts arguments. */
static void parse(struct run *run, const char *line, bool operands)
{
	struct tool tool = plain_tool;
	char words[256], *argv[ARGUMENTS_MAX + 1] = {(char *)"tool"};
	FILE *out = tmpfile(), *err = tmpfile();
	int argc = 1, saved_out, saved_err;
	char *save = NULL;

	*run = (struct run){.options = SHARED_OPTIONS_DEFAULTS};
	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = strcmp(w, "''") == 0 ? w + 2 : w;
	saved_out = redirect(stdout, out);
	saved_err = redirect(stderr, err);
	tool.takes_command = operands;
	tool.operand = operands ? take_operand : NULL;
	run->result = options_parse(&tool, argc, argv, &run->options, operands ? &run->rest : NULL);
	restore(stdout, saved_out, out, run->out, sizeof(run->out));
	restore(stderr, saved_err, err, run->err, sizeof(run->err));
	if (run->result == OPTIONS_RUN)
		shared_options_finish(&run->options);
}

static void reads_values(void **state)
{
	struct run r;

	(void)state;
	parse(&r, "-p 12 -u root -c dig -q aaaa -q 64 -R servfail -m 1.5 -j --timeout=0.25", false);
	assert_int_equal(r.result, OPTIONS_RUN);
	assert_true(r.options.capture.has_pid && r.options.capture.pid == 12);
	assert_true(r.options.capture.has_uid && r.options.capture.uid == 0);
	assert_string_equal(r.options.capture.comm, "dig");
	assert_int_equal(r.options.filter.types.count, 2);
	assert_int_equal(r.options.filter.types.codes[0], DNS_TYPE_AAAA);
	assert_int_equal(r.options.filter.types.codes[1], DNS_TYPE_SVCB);
	assert_int_equal(r.options.filter.rcodes.codes[0], DNS_RCODE_SERVFAIL);
	assert_int_equal(r.options.filter.latency, 1500000);
	assert_int_equal(r.options.timeout, 250000000);
	assert_true(r.options.json);
	assert_int_equal(r.options.capture.port_count, 3);
	assert_true(r.options.capture.no_server && !r.options.capture.no_client);
}

static void both_of_a_pair_is_neither(void **state)
{
	struct run r;

	(void)state;
	parse(&r, "-4 --tcp", false);
	assert_true(r.options.capture.no_ipv6 && !r.options.capture.no_ipv4);
	assert_true(r.options.capture.no_udp && !r.options.capture.no_tcp);
	parse(&r, "-6 -4 --udp --tcp", false);
	assert_false(r.options.capture.no_ipv6 || r.options.capture.no_ipv4);
	assert_false(r.options.capture.no_udp || r.options.capture.no_tcp);
	parse(&r, "--role both", false);
	assert_false(r.options.capture.no_client || r.options.capture.no_server);
	parse(&r, "--role server", false);
	assert_true(r.options.capture.no_client && !r.options.capture.no_server);
}

static void refuses_with_one_line_and_a_hint(void **state)
{
	static const char *const bad[] = {
		"-p 12abc",
		"-p ''",
		"-p -1",
		"-p 0",
		"-p 4294967297",
		"-p",
		"-u ''",
		"-c ''",
		"-c 0123456789abcdef",
		"--role me",
		"-N a..b",
		"-N !",
		"-q NOPE",
		"-q 65536",
		"-R 70000",
		"-P 53,",
		"-P 0",
		"-m 1x",
		"-d 0",
		"-d 1e3",
		"--timeout 0",
		"-b 100",
		"-b 0",
		"--json=1",
		"-Z",
		"--nothing",
		"operand",
		"--max-pending 0",
	};
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *newline;

		parse(&r, bad[i], false);
		if (r.result != OPTIONS_EXIT_USAGE)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(options_status(r.result), 2);
		assert_int_equal(strncmp(r.err, "tool: ", 6), 0);
		newline = strchr(r.err, '\n');
		assert_non_null(newline);
		assert_string_equal(newline + 1, "Try 'tool --help' for more information.\n");
		assert_string_equal(r.out, "");
	}
}

static void operands_come_before_a_command(void **state)
{
	struct run r;

	(void)state;
	parse(&r, "1 -p 12 10 --json -- ls -l 3", true);
	assert_int_equal(r.result, OPTIONS_RUN);
	assert_string_equal(r.operands, "1 10 ");
	assert_int_equal(r.options.capture.pid, 12);
	assert_true(r.options.json);
	assert_int_equal(r.rest, 7);
	parse(&r, "5", true);
	assert_int_equal(r.result, OPTIONS_RUN);
	assert_int_equal(r.rest, 2);
	parse(&r, "x", true);
	assert_int_equal(r.result, OPTIONS_EXIT_USAGE);
	assert_non_null(strstr(r.err, "'x' is no number\n"));
	parse(&r, "1 --", true);
	assert_int_equal(r.result, OPTIONS_EXIT_USAGE);
	assert_non_null(strstr(r.err, "no command"));
}

static void optional_values_have_a_comma_or_an_equals_sign(void **state)
{
	static const struct {
		const char *line, *list, *operands;
	} runs[] = {
		{"--list", "none", ""},	       {"--list 5", "none", "5 "},
		{"--list=5", "5", ""},	       {"--list 5,6 7", "5,6", "7 "},
		{"7 --list -j", "none", "7 "}, {"--list -- a,b", "none", ""},
	};
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		parse(&r, runs[i].line, true);
		assert_int_equal(r.result, OPTIONS_RUN);
		assert_string_equal(r.list, runs[i].list);
		assert_string_equal(r.operands, runs[i].operands);
	}
}

static void help_names_every_option(void **state)
{
	struct run r;

	(void)state;
	parse(&r, "-h", false);
	assert_int_equal(r.result, OPTIONS_EXIT_OK);
	assert_string_equal(r.err, "");
	for (const struct option_spec *s = specs; s->key; s++) {
		char name[64];

		snprintf(name, sizeof(name), "--%s%s%s", s->name, s->argument ? " " : "",
			 s->argument ? s->argument : "");
		assert_non_null(strstr(r.out, name));
	}
	assert_non_null(strstr(r.out, "\nExamples:\n  tool -j\n"));
	parse(&r, "--version", false);
	assert_int_equal(options_status(r.result), 0);
	assert_string_equal(r.out, "tool (bcc-dnstools) " VERSION "\n");
}

static bool accepts(const char *const *patterns, const char *name)
{
	struct pattern_list list = {0};
	struct dns_name n;
	bool result;

	for (; *patterns; patterns++)
		assert_true(pattern_list_add(&list, *patterns));
	assert_true(dns_name_from_text(&n, name));
	result = pattern_list_accepts(&list, &n);
	pattern_list_free(&list);
	return result;
}

#define ACCEPTS(name, ...) accepts((const char *const[]){__VA_ARGS__, NULL}, name)

static void patterns_match(void **state)
{
	(void)state;
	assert_true(ACCEPTS("example.com", "Example.COM."));
	assert_true(ACCEPTS("a.b.EXAMPLE.com", "example.com"));
	assert_false(ACCEPTS("notexample.com", "example.com"));
	assert_false(ACCEPTS("com", "example.com"));
	assert_true(ACCEPTS("anything", "."));
	assert_true(ACCEPTS("a.b.example.com", "*.example.com"));
	assert_false(ACCEPTS("example.com", "*.example.com"));
	assert_true(ACCEPTS("WWW1.example.com", "www?.Example.com"));
	assert_false(ACCEPTS("www.example.com", "www?.example.com"));
	assert_true(ACCEPTS("aaaaaaaaaaaaaaaaaaaaab", "*a*a*a*b"));
	assert_false(ACCEPTS("aaaaaaaaaaaaaaaaaaaaa", "*a*a*a*b"));
	assert_false(ACCEPTS("x.example.com", "!example.com"));
	assert_true(ACCEPTS("example.org", "!example.com"));
	assert_false(ACCEPTS("x.example.com", "example.com", "!x.*"));
	assert_true(ACCEPTS("y.example.com", "!x.*", "example.com"));
	assert_true(ACCEPTS("b.org", "a.org", "b.org"));
}

static void nameless_lookups_match_no_pattern(void **state)
{
	struct pattern_list list = {0};

	(void)state;
	assert_true(pattern_list_accepts(&list, NULL));
	assert_true(pattern_list_add(&list, "!example.com"));
	assert_true(pattern_list_accepts(&list, NULL));
	assert_true(pattern_list_add(&list, "example.com"));
	assert_false(pattern_list_accepts(&list, NULL));
	pattern_list_free(&list);
}

static struct lookup answered(struct dns_message *m, uint8_t rcode)
{
	*m = (struct dns_message){.flags = DNS_FLAG_QR, .rcode = rcode};
	return (struct lookup){
		.event = LOOKUP_ANSWER,
		.message = m,
		.has_latency = true,
		.latency = 5000000,
		.has_question = true,
		.question = {.type = DNS_TYPE_A},
	};
}

static void failures_are_what_they_are(void **state)
{
	struct dns_message m;
	struct lookup l = answered(&m, DNS_RCODE_NOERROR);

	(void)state;
	assert_false(lookup_failed(&l));
	l.unmatched = UNMATCHED_LATE;
	assert_true(lookup_failed(&l));
	l = answered(&m, DNS_RCODE_NXDOMAIN);
	assert_true(lookup_failed(&l));
	l = (struct lookup){.event = LOOKUP_TIMEOUT};
	assert_true(lookup_failed(&l));
	l.event = LOOKUP_REFUSED;
	assert_true(lookup_failed(&l));
	l.event = LOOKUP_QUERY;
	assert_false(lookup_failed(&l));
}

static void filters_apply_together(void **state)
{
	struct dns_message m;
	struct lookup l = answered(&m, DNS_RCODE_NXDOMAIN);
	struct lookup timeout = {.event = LOOKUP_TIMEOUT, .has_latency = true, .latency = 5000000};
	struct filter f = {.latency = 5000000};

	(void)state;
	assert_true(filter_outcome(&f, &l));
	assert_true(filter_outcome(&f, &timeout));
	f.latency++;
	assert_false(filter_outcome(&f, &l));
	f = (struct filter){.failures = true};
	assert_true(code_list_add(&f.rcodes, DNS_RCODE_SERVFAIL));
	assert_false(filter_outcome(&f, &l));
	assert_false(filter_outcome(&f, &timeout)); /* it has no code */
	assert_true(code_list_add(&f.rcodes, DNS_RCODE_NXDOMAIN));
	assert_true(filter_outcome(&f, &l));
	assert_true(code_list_add(&f.types, DNS_TYPE_AAAA));
	assert_false(filter_question(&f, &l));
	assert_false(filter_question(&f, &timeout)); /* nor a question */
	assert_true(code_list_add(&f.types, DNS_TYPE_A));
	assert_true(filter_question(&f, &l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_values),
		cmocka_unit_test(both_of_a_pair_is_neither),
		cmocka_unit_test(refuses_with_one_line_and_a_hint),
		cmocka_unit_test(operands_come_before_a_command),
		cmocka_unit_test(optional_values_have_a_comma_or_an_equals_sign),
		cmocka_unit_test(help_names_every_option),
		cmocka_unit_test(patterns_match),
		cmocka_unit_test(nameless_lookups_match_no_pattern),
		cmocka_unit_test(failures_are_what_they_are),
		cmocka_unit_test(filters_apply_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
