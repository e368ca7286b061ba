/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dns/registered.h"

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
	};

	return cmocka_run_group_tests(tests, open_list, close_list);
}
