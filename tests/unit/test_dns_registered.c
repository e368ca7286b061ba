/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <libpsl.h>

#include "dns/registered.h"

#define ASCII "abcdefghijklmnopqrstuvwxyz0123456789.-"

static void assert_registered(const char *text, const char *expected)
{
	struct dns_name name, domain;
	char found[DNS_NAME_TEXT_MAX];

	assert_true(dns_name_from_text(&name, text));
	dns_registered_domain(&domain, &name);
	dns_name_to_text(found, &domain);
	assert_string_equal(found, expected);
}

static void what_is_below_a_public_suffix(void **state)
{
	(void)state;
	assert_registered("example.com", "example.com");
	assert_registered("a.b.ExAmPle.CO.uk", "example.co.uk");
	assert_registered("x.y.github.io", "y.github.io"); /* a private suffix */
	assert_registered("a.b.www.ck", "www.ck");	   /* an exception to *.ck */
	assert_registered("a.b.c.ck", "b.c.ck");
	assert_registered("deep.host.corp-lan", "host.corp-lan"); /* no known suffix */
}

static void what_has_none_stays_whole(void **state)
{
	(void)state;
	assert_registered(".", ".");
	assert_registered("LocalHost", "localhost");
	assert_registered("co.uk", "co.uk");
}

static void any_octet_may_be_in_a_label(void **state)
{
	(void)state;
	assert_registered("a\\.b.example.com", "example.com");
	assert_registered("a.b\\.c.co.uk", "b\\.c.co.uk");
	assert_registered("a.\\000\\255.com", "\\000\\255.com");
	assert_registered("_sip._tcp.example.org", "example.org");
}

static void unlisted_suffixes_are_told(void **state)
{
	struct dns_name name;
	bool listed;

	(void)state;
	assert_true(dns_name_from_text(&name, "a.b.example.co.uk"));
	assert_int_equal(dns_registered_labels(&name, &listed), 3);
	assert_true(listed);
	assert_true(dns_name_from_text(&name, "deep.host.corp-lan"));
	assert_int_equal(dns_registered_labels(&name, &listed), 2);
	assert_false(listed);
}

/* What is remembered of one name must not be taken for another: all rules, and names around them.
 */
static void answers_are_libpsls(void **state)
{
	static const char *const before[] = {"",	 "a.",	 "b.a.",  "c.b.a.",
					     "d.c.b.a.", "www.", "x.www."};
	psl_ctx_t *list = psl_latest(NULL);
	FILE *rules = fopen("/usr/share/publicsuffix/public_suffix_list.dat", "re");
	char line[512], text[1024];
	unsigned int checked = 0;

	(void)state;
	assert_non_null(rules);
	while (fgets(line, sizeof(line), rules)) {
		const char *rule = line + (line[0] == '!');

		line[strcspn(line, " \t\r\n")] = '\0';
		rule += strncmp(rule, "*.", 2) == 0 ? 2 : 0;
		if (!*rule || strncmp(rule, "//", 2) == 0 || strspn(rule, ASCII) != strlen(rule))
			continue;
		for (size_t i = 0; i < 2 * sizeof(before) / sizeof(before[0]); i++) {
			const char *domain;

			snprintf(text, sizeof(text), "%s%s", before[i / 2], rule);
			domain = psl_registrable_domain(list, text);
			assert_registered(text, domain ? domain : text);
			checked++;
		}
	}
	assert_true(checked > 10000);
	fclose(rules);
	psl_free(list);
}

static int open_list(void **state)
{
	(void)state;
	return dns_registered_open() ? 0 : -1;
}

static int close_list(void **state)
{
	(void)state;
	dns_registered_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_below_a_public_suffix),
		cmocka_unit_test(what_has_none_stays_whole),
		cmocka_unit_test(any_octet_may_be_in_a_label),
		cmocka_unit_test(unlisted_suffixes_are_told),
		cmocka_unit_test(answers_are_libpsls),
	};

	return cmocka_run_group_tests(tests, open_list, close_list);
}
