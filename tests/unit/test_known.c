/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "track/known.h"

static int make(void **state)
{
	*state = known_new();
	return *state ? 0 : -1;
}

static int drop(void **state)
{
	known_free(*state);
	return 0;
}

static void add(struct known *known, const char *line)
{
	assert_null(known_add_line(known, line, strlen(line)));
}

static void refuse(struct known *known, const char *line, const char *why)
{
	unsigned int before = known_count(known);
	const char *got = known_add_line(known, line, strlen(line));

	assert_non_null(got);
	assert_non_null(strstr(got, why));
	assert_int_equal(known_count(known), before);
}

static const struct known_service *find(const struct known *known, const char *text)
{
	struct dns_name name;

	assert_true(dns_name_from_text(&name, text));
	return known_find(known, &name);
}

static void expect(const struct known *known, const char *text, unsigned int factor)
{
	const struct known_service *found = find(known, text);

	assert_non_null(found);
	assert_int_equal(found->factor, factor);
}

static void a_suffix_means_itself_and_all_below(void **state)
{
	struct known *known = *state;

	add(known, "Zen.Spamhaus.org 64 DNS block list: an address");
	expect(known, "zen.spamhaus.org", 64);
	expect(known, "4.3.2.1.ZEN.spamhaus.ORG", 64);
	assert_string_equal(find(known, "a.zen.spamhaus.org")->reason,
			    "DNS block list: an address");
	assert_null(find(known, "spamhaus.org"));
	assert_null(find(known, "azen.spamhaus.org"));
	assert_null(find(known, "zen.spamhaus.org.example"));
	assert_null(find(known, "."));
}

static void the_longest_suffix_counts(void **state)
{
	struct known *known = *state;

	add(known, "a.b.example.net 4 four");
	add(known, "example.net 2 two");
	add(known, "b.example.net 3 three");
	expect(known, "x.example.net", 2);
	expect(known, "x.b.example.net", 3);
	expect(known, "a.b.example.net", 4);
	expect(known, "x.y.a.b.example.net", 4);
}

static void a_label_means_every_domain(void **state)
{
	struct known *known = *state;

	assert_null(find(known, "_dmarc.example.net"));
	add(known, "_domainkey. 4 key of a signature");
	add(known, "_dmarc 2 policy");
	expect(known, "s1._DomainKey.example.net", 4);
	expect(known, "_dmarc.example.net", 2);
	expect(known, "a._dmarc.b._domainkey.example.net", 2); /* the leftmost */
	assert_null(find(known, "domainkey.example.net"));
	assert_null(find(known, "x_domainkey.example.net"));
	assert_null(find(known, "_domainke.example.net"));
	add(known, "example.net 3 a suffix comes before a label");
	expect(known, "s1._domainkey.example.net", 3);
	expect(known, "s1._domainkey.example.com", 4);
	add(known, "consul 7 a suffix of one label is no label");
	expect(known, "a.consul", 7);
	assert_null(find(known, "consul.example.com"));
	refuse(known, "_srv. 9 too much", "at most 8");
	add(known, "_srv.example.org 9 a suffix of two labels is no label");
	expect(known, "x._srv.example.org", 9);
	assert_null(find(known, "_srv.example.com"));
}

static void the_later_line_counts(void **state)
{
	struct known *known = *state;

	add(known, "example.net 16 shipped");
	add(known, "EXAMPLE.net. 1 mine");
	assert_int_equal(known_count(known), 1);
	expect(known, "www.example.net", 1);
	assert_string_equal(find(known, "example.net")->reason, "mine");
	assert_ptr_equal(known_at(known, 0), find(known, "example.net"));
}

static void what_is_no_service_adds_nothing(void **state)
{
	struct known *known = *state;

	add(known, "");
	add(known, " \t");
	add(known, "\r");
	add(known, "# example.net 2 text \xc3\xa9");
	add(known, "  # example.net 2 text");
	assert_int_equal(known_count(known), 0);
	add(known, "\texample.net\t 2  two  words \t\r");
	assert_string_equal(find(known, "example.net")->reason, "two  words");
}

static void bad_lines_say_why(void **state)
{
	struct known *known = *state;
	char line[DNS_NAME_TEXT_MAX + 100];

	refuse(known, "example..net 2 text", "SUFFIX is not");
	refuse(known, "\\999.net 2 text", "SUFFIX is not");
	refuse(known, ". 2 text", "root");
	refuse(known, "example.net", "FACTOR is not");
	refuse(known, "example.net 0 text", "FACTOR is not");
	refuse(known, "example.net 1001 text", "FACTOR is not");
	refuse(known, "example.net 65538 text", "FACTOR is not");
	refuse(known, "example.net +2 text", "FACTOR is not");
	refuse(known, "example.net 2x text", "FACTOR is not");
	refuse(known, "example.net 2", "REASON is missing");
	refuse(known, "example.net 2 \t ", "REASON is missing");
	refuse(known, "example.net 2 a\x1b[2J", "printable");
	refuse(known, "example.net 2 a\x7f", "printable");
	refuse(known, "example.net 2 caf\xc3\xa9", "printable");
	assert_non_null(known_add_line(known, "example.net 2 a\0b", 17));
	memset(line, 'a', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	refuse(known, line, "SUFFIX is not");
	snprintf(line, sizeof(line), "example.net 2 %128s", "x");
	memset(line + 14, 'r', 128);
	refuse(known, line, "longer than 127");
	line[14 + 127] = '\0';
	add(known, line);
	assert_int_equal(strlen(find(known, "example.net")->reason), 127);
	add(known, "example.org 1000 most");
	expect(known, "example.org", 1000);
}

static void room_is_bounded(void **state)
{
	struct known *known = *state;
	char line[80];

	for (unsigned int i = 0; i < KNOWN_SERVICES_MAX; i++) {
		snprintf(line, sizeof(line), "n%u.example.net %u text", i, i % 1000 + 1);
		add(known, line);
	}
	refuse(known, "example.org 2 text", "4096");
	add(known, "n7.example.net 9 known already");
	for (unsigned int i = 0; i < KNOWN_SERVICES_MAX; i++) {
		snprintf(line, sizeof(line), "a.b.N%u.example.net", i);
		expect(known, line, i == 7 ? 9 : i % 1000 + 1);
	}
	assert_null(find(known, "n4096.example.net"));
}

static void long_names_are_found(void **state)
{
	struct known *known = *state;
	char text[DNS_NAME_TEXT_MAX] = "";

	add(known, "a.a.a.a 5 four of 127 labels");
	for (unsigned int i = 0; i < DNS_LABELS_MAX; i++)
		memcpy(text + 2 * i, "A.", 3);
	expect(known, text, 5);
	memset(text, 0, sizeof(text));
	for (unsigned int i = 0; i < 4; i++) {
		memset(text + 64 * i, '_', i < 3 ? 63 : 61);
		if (i < 3)
			text[64 * i + 63] = '.';
	}
	assert_null(find(known, text));
}

static void a_text_stops_at_its_first_bad_line(void **state)
{
	static const char text[] = "# list\n\na.example 2 one\nb.example x two\nc.example 3 three";
	struct known *known = *state;
	unsigned int line;

	assert_non_null(known_add_text(known, text, strlen(text), &line));
	assert_int_equal(line, 4);
	assert_int_equal(known_count(known), 1);
	assert_null(known_add_text(known, text, 24, &line));
	assert_int_equal(line, 3);
	assert_null(known_add_text(known, "", 0, &line));
	assert_null(known_add_text(known, text + 40, strlen(text + 40), &line));
	expect(known, "c.example", 3);
}

/* ---- The list that is shipped --------------------------------------------------------------- */

static void check_service(const struct known_service *service)
{
	assert_in_range(service->factor, 2, KNOWN_FACTOR_MAX);
	assert_true(strlen(service->reason) >= 4);
	assert_true(service->reason[strlen(service->reason) - 1] != '.');
}

static void the_shipped_list_is_in_order(void **state)
{
	struct known *known = *state;
	char last[DNS_NAME_TEXT_MAX] = "", suffix[DNS_NAME_TEXT_MAX];
	unsigned int lines = 0;
	size_t size;

	for (const char *line = known_services_text; *line; line += size + 1) {
		size = strcspn(line, "\n");
		assert_int_equal(line[size], '\n');
		assert_in_range(size, 0, 100);
		if (size == 0 || *line == '#') {
			*last = '\0'; /* another section */
			continue;
		}
		assert_null(known_add_line(known, line, size));
		assert_int_equal(known_count(known), ++lines); /* else it is there twice */
		memcpy(suffix, line, size);
		suffix[size] = '\0';
		suffix[strcspn(suffix, " ")] = '\0';
		if (strcmp(last, suffix) >= 0)
			fail_msg("%s must not come after %s", suffix, last);
		memcpy(last, suffix, size + 1);
		check_service(known_at(known, lines - 1));
	}
	assert_in_range(lines, 80, 300);
}

static void the_shipped_list_knows(void **state)
{
	struct known *known = *state;
	unsigned int line;

	assert_null(known_add_text(known, known_services_text, strlen(known_services_text), &line));
	expect(known, "4.3.2.1.zen.spamhaus.org", 256);
	expect(known, "4.3.2.1.in-addr.arpa", 64);
	expect(known, "s1._domainkey.example.com", 4);
	expect(known, "1.2.3.4._ip.mail.example.com._ehlo.example.com._spf.vali.email", 64);
	expect(known, "www.example.com.default.svc.cluster.local", 32);
	expect(known, "4.3.2.1.xbl.spamhaus.org", 256);
	assert_null(find(known, "dnswl.org"));
	assert_null(find(known, "www.example.com"));
	assert_null(find(known, "www.google.com"));
	assert_null(find(known, "com"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_suffix_means_itself_and_all_below),
		TEST(the_longest_suffix_counts),
		TEST(a_label_means_every_domain),
		TEST(the_later_line_counts),
		TEST(what_is_no_service_adds_nothing),
		TEST(bad_lines_say_why),
		TEST(room_is_bounded),
		TEST(long_names_are_found),
		TEST(a_text_stops_at_its_first_bad_line),
		TEST(the_shipped_list_is_in_order),
		TEST(the_shipped_list_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
