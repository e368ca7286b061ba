/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "track/list_line.h"

/* What was found: "=name" itself, "<name" below, both: "name"; "+" before it: an exception. */
static struct {
	struct list_text text;
	char found[4096];
} t;

static void entry(void *context, const struct dns_name *name, unsigned int scope)
{
	static const char *const signs[] = {"?", "=", "<", ""};
	char text[DNS_NAME_TEXT_MAX];
	size_t used = strlen(t.found);

	(void)context;
	dns_name_to_text(text, name);
	snprintf(t.found + used, sizeof(t.found) - used, "%s%s%s%s", used ? " " : "",
		 scope & NAME_SET_ALLOW ? "+" : "", signs[scope & 3], text);
}

static int begin(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	list_text_init(&t.text, entry, NULL);
	return 0;
}

static const struct list_counts *take(const char *text)
{
	t.found[0] = '\0';
	list_text_take(&t.text, text, strlen(text));
	list_text_end(&t.text);
	return &t.text.reader.counts;
}

/* A list of its own. */
static void expect(const char *text, const char *found)
{
	const struct list_counts *counts;

	begin(NULL);
	counts = take(text);
	assert_string_equal(t.found, found);
	assert_int_equal(counts->refused, 0);
}

static void expect_refused(const char *text, const char *why)
{
	const struct list_counts *counts;

	begin(NULL);
	counts = take(text);
	assert_string_equal(t.found, "");
	assert_int_equal(counts->refused, 1);
	assert_int_equal(counts->refused_at, 1);
	assert_string_equal(counts->why, why);
}

#define NOT_A_NAME "octets that names in lists do not have"
#define NOT_WHOLE  "a rule that is not about whole names"
#define NO_FORMAT  "no format that is known"
#define AN_ADDRESS "an address, not a name"

static void hosts(void **state)
{
	(void)state;
	expect("0.0.0.0 ads.example\n", "=ads.example");
	expect("127.0.0.1\tads.example  www.ads.example # why", "=ads.example =www.ads.example");
	expect("::1 a.example\n:: b.example\nfe80::1%lo0 c.example\r\n",
	       "=a.example =b.example =c.example");
	expect("0.0.0.0 Ads.Example.", "=Ads.Example");
	expect("0.0.0.0 a.example #b.example\n", "=a.example");
	expect_refused("0.0.0.0", AN_ADDRESS);
	expect_refused("0.0.0.0 # nothing", AN_ADDRESS);
	expect_refused("0.0.0.0 1.2.3.4", AN_ADDRESS);
	expect_refused("0.0.0.0 http://ads.example/", NOT_A_NAME);
	expect_refused("0.0.0.0 a.example#b", NOT_A_NAME);
}

static void the_machine_itself(void **state)
{
	const struct list_counts *counts;

	(void)state;
	counts = take("127.0.0.1 localhost\n127.0.0.1 localhost.localdomain\n::1 ip6-loopback "
		      "LOCALHOST\n255.255.255.255 broadcasthost\n0.0.0.0 0.0.0.0\nlocalhost\n"
		      "0.0.0.0 localhost.evil.example\n");
	assert_string_equal(t.found, "=localhost.evil.example");
	assert_int_equal(counts->ignored, 7);
	assert_int_equal(counts->refused, 0);
	assert_int_equal(counts->names, 1);
}

static void plain(void **state)
{
	(void)state;
	expect("ads.example", "ads.example");
	expect("  ads.example # why\nb.example\r\n\r\n", "ads.example b.example");
	expect("*.ads.example\n.b.example\n", "ads.example b.example");
	expect("_dmarc.x-y.example", "_dmarc.x-y.example");
	expect("zip", "zip");
	expect_refused("192.0.2.1", AN_ADDRESS);
	expect_refused("a..example", "no domain name");
	expect_refused(".", "there is no name");
	expect_refused("a.*.example", NOT_A_NAME);
	expect_refused("ads.example/path", NOT_A_NAME);
	expect_refused("http://ads.example", NOT_A_NAME);
	expect_refused("two names.example", NO_FORMAT);
	expect_refused("a\\.example", NOT_A_NAME); /* a regular expression */
	expect_refused("(^|\\.)ads\\.example$", NOT_A_NAME);
	expect_refused("caf\xc3\xa9.example", NOT_A_NAME);
	expect_refused("a\033[2Jb.example", NOT_A_NAME);
	expect_refused("a\x7f.example", NOT_A_NAME);
	expect_refused("example.com##.banner", NOT_A_NAME);
}

static void a_nul_is_not_the_end(void **state)
{
	const struct list_counts *counts = &t.text.reader.counts;

	(void)state;
	list_text_take(&t.text, "good.example\0bad\nb.example\n", 27);
	assert_string_equal(t.found, "b.example");
	assert_int_equal(counts->refused, 1);
}

static void comments(void **state)
{
	(void)state;
	expect("# a\n! b\n; c\n// d\n[Adblock Plus 2.0]\n\n \t\n#\n##.x\nx.example\n", "x.example");
	expect("\xef\xbb\xbf# a byte order mark\nx.example", "x.example");
	expect("\xef\xbb\xbfx.example", "x.example");
	expect("# caf\xc3\xa9\nx.example # \xff", "x.example");
	expect("x.example ; c\n0.0.0.0 y.example // d\n::1 z.example ;d",
	       "x.example =y.example =z.example");
}

static void adblock(void **state)
{
	(void)state;
	expect("||ads.example^", "ads.example");
	expect("||*.ads.example^", "<ads.example");
	expect("||ads.example^|", "ads.example");
	expect("@@||good.example^", "+good.example");
	expect("@@||good.example^$important", "+good.example");
	expect("||a.example^$important\n||b.example^$doc,all\n||c.example^$document",
	       "a.example b.example c.example");
	expect_refused("||ads.example^$third-party", NOT_WHOLE);
	expect_refused("||ads.example^$important,third-party", NOT_WHOLE);
	expect_refused("||ads.example^$", NOT_WHOLE);
	expect_refused("||ads.example^$all,", NOT_WHOLE);
	expect_refused("||ads.example", NOT_WHOLE);
	expect_refused("||ads.example^path", NOT_WHOLE);
	expect_refused("@@|https://x.example^", NOT_WHOLE);
	expect_refused("@@", NOT_WHOLE);
	expect_refused("||", NOT_WHOLE);
	expect_refused("||^", "there is no name");
	expect_refused("||ads.example/x^", NOT_A_NAME);
	expect_refused("||192.0.2.1^", AN_ADDRESS);
	expect_refused("/banner[0-9]+/", NOT_A_NAME);
	expect_refused("|https://ads.example^", NOT_A_NAME);
}

static void zone(void **state)
{
	(void)state;
	expect("ads.example CNAME .", "=ads.example");
	expect("*.ads.example CNAME .", "<ads.example");
	expect("ads.example 300 IN CNAME *.\nb.example IN 1h30m cname .",
	       "=ads.example =b.example");
	expect("good.example CNAME rpz-passthru.\n*.good.example CNAME RPZ-passthru. ; ok",
	       "+=good.example +<good.example");
	expect("good.example CNAME good.example.", "+=good.example");
	expect("a.example CNAME rpz-drop.\nb.example CNAME sinkhole.example.\n"
	       "c.example A 192.0.2.1\nd.example TXT \"a ; (b\" ; c\ne.example. CNAME .;x",
	       "=a.example =b.example =c.example =d.example =e.example");
	expect("* CNAME .", "<.");
	expect("a\\.b.example CNAME .\na\\065.example CNAME .", "=a\\.b.example =aA.example");
	expect_refused("a.example CNAME rpz-tcp-only.",
		       "a policy that is not about the name that is asked for");
	expect_refused("32.1.0.0.127.RPZ-ip CNAME .",
		       "a policy that is not about the name that is asked for");
	expect_refused("32.zz.db8.2001.rpz-client-ip CNAME .",
		       "a policy that is not about the name that is asked for");
	expect_refused(" CNAME .", "a record without an owner");
	expect_refused("a.example CNAME", NO_FORMAT);
	expect_refused("not a name", NO_FORMAT);
	expect("a.example AAAA 2001:db8::1", "=a.example");
	expect_refused("a\\ b.example CNAME .", NO_FORMAT);
	expect_refused("a\\255.example WKS 1", NO_FORMAT);
	expect_refused("a\033.example CNAME .", NOT_A_NAME);
	expect_refused("a\\999.example CNAME .", "no domain name");
}

static void a_whole_zone(void **state)
{
	(void)state;
	expect("$TTL 2h\n"
	       "@ IN SOA localhost. root.localhost. (\n"
	       "   1 ; serial (\n"
	       "   2h 1h\n"
	       "   evil.example CNAME .\n"
	       "   1w 1h )\n"
	       "  IN NS localhost.\n"
	       "@ A 192.0.2.1\n"
	       "ads.example CNAME .\n"
	       "  TXT why\n"
	       "*.ads.example CNAME .\n",
	       "=ads.example =ads.example <ads.example");
}

static void names_of_zones(void **state)
{
	const struct list_counts *counts;

	(void)state;
	expect("$ORIGIN rpz.test.\n@ SOA a. b. 1 2 3 4 5\na.example CNAME .\n"
	       "b.example.RPZ.test. CNAME .\n$ORIGIN example.rpz.test.\nc CNAME .\n* CNAME .\n",
	       "=a.example =b.example =c.example <example");
	expect("$ORIGIN .\nrpz.test SOA a. b. 1 2 3 4 5\n$ORIGIN rpz.test.\na.example CNAME .",
	       "=a.example");
	expect("rpz.test. 300 IN SOA a. b. 1 2 3 4 5\nrpz.test. 300 IN NS a.\n"
	       "a.example.rpz.test. 300 IN CNAME .\n*.a.example.rpz.test. 300 IN CNAME .",
	       "=a.example <a.example");
	begin(NULL);
	counts = take("$ORIGIN rpz.test.\na.example. CNAME .\n$INCLUDE /etc/passwd\n"
		      "$GENERATE 1-9 a$ CNAME .\n$ORIGIN\n$ORIGIN a..b\n");
	assert_string_equal(t.found, "");
	assert_int_equal(counts->refused, 5);
	assert_string_equal(counts->why, "outside of the zone");
	assert_int_equal(counts->refused_at, 2);
}

static void a_parenthesis_that_is_never_closed(void **state)
{
	const struct list_counts *counts;

	(void)state;
	take("@ SOA a. b. ( 1 2\n");
	for (int i = 0; i < 100; i++)
		counts = take("a.example\n");
	assert_int_equal(counts->names, 100 - 64);
	assert_int_equal(counts->refused, 1);
}

static void too_long_a_name(void **state)
{
	char line[512] = "";

	(void)state;
	for (size_t i = 0; i < 300; i++)
		line[i] = "ab."[i % 3];
	expect_refused(line, "no domain name");
	snprintf(line + 240, sizeof(line) - 240, " CNAME .");
	expect(line,
	       "=ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab."
	       "ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab."
	       "ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab."
	       "ab.ab");
	begin(NULL);
	take("$ORIGIN a-long-origin.test.\n");
	line[239] = ' ';
	assert_string_equal(take(line)->why, "the name is too long");
}

static void dnsmasq(void **state)
{
	(void)state;
	expect("address=/ads.example/0.0.0.0", "ads.example");
	expect("address=/ads.example/", "ads.example");
	expect("address=/a.example/b.example/#\nADDRESS=/.c.example/::",
	       "a.example b.example c.example");
	expect("local=/ads.example/\nserver=/b.example/", "ads.example b.example");
	expect("server=/good.example/#", "+good.example");
	expect("address=/*.ads.example/0.0.0.0", "<ads.example");
	expect_refused("server=/corp.example/192.0.2.53", "names that another server is asked for");
	expect_refused("address=/ads.example", "there is no name");
	expect_refused("address=/#/192.0.2.1", NOT_A_NAME);
	expect_refused("address=//192.0.2.1", "there is no name");
	expect_refused("bogus-nxdomain=192.0.2.1", NOT_A_NAME);
}

static void what_is_html(void **state)
{
	static char long_page[100000];

	(void)state;
	assert_true(take("<!DOCTYPE html>\n<html>a.example\nb.example\n")->html);
	begin(NULL);
	assert_true(take("\xef\xbb\xbf\n  \n <html>")->html);
	begin(NULL);
	assert_false(take("a.example\n<html>\n")->html);
	begin(NULL);
	assert_false(take("")->html);
	begin(NULL);
	memset(long_page, 'x', sizeof(long_page) - 1);
	long_page[0] = '<';
	assert_true(take(long_page)->html);
}

static void lines_that_are_too_long(void **state)
{
	static char text[3 * LIST_LINE_MAX];
	const struct list_counts *counts;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[LIST_LINE_MAX + 1] = '\n';
	snprintf(text + 2 * LIST_LINE_MAX, LIST_LINE_MAX, "\nb.example\n");
	counts = take(text);
	assert_string_equal(t.found, "b.example");
	assert_int_equal(counts->refused, 2);
	assert_string_equal(counts->why, "the line is too long");
	assert_int_equal(counts->lines, 3);
	/* The longest that is not. */
	begin(NULL);
	snprintf(text, sizeof(text), "%-*s\n", LIST_LINE_MAX, "c.example");
	assert_int_equal(take(text)->refused, 0);
	assert_string_equal(t.found, "c.example");
}

/* Wherever the text is cut, the same comes out. */
static void in_pieces(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf# x\r\n0.0.0.0 a.example b.example\r\n||c.example^\n"
		"d.example CNAME .\n<x\naddress=/e.example/\n\n@@||f.example^";

	(void)state;
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		begin(NULL);
		for (size_t at = 0; at < sizeof(text) - 1; at += piece)
			list_text_take(&t.text, text + at,
				       at + piece < sizeof(text) ? piece : sizeof(text) - 1 - at);
		list_text_end(&t.text);
		assert_string_equal(t.found, "=a.example =b.example c.example =d.example "
					     "e.example +f.example");
		assert_int_equal(t.text.reader.counts.lines, 8);
		assert_int_equal(t.text.reader.counts.refused, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(hosts, begin),
		cmocka_unit_test_setup(the_machine_itself, begin),
		cmocka_unit_test_setup(plain, begin),
		cmocka_unit_test_setup(a_nul_is_not_the_end, begin),
		cmocka_unit_test_setup(comments, begin),
		cmocka_unit_test_setup(adblock, begin),
		cmocka_unit_test_setup(zone, begin),
		cmocka_unit_test_setup(a_whole_zone, begin),
		cmocka_unit_test_setup(names_of_zones, begin),
		cmocka_unit_test_setup(a_parenthesis_that_is_never_closed, begin),
		cmocka_unit_test_setup(too_long_a_name, begin),
		cmocka_unit_test_setup(dnsmasq, begin),
		cmocka_unit_test_setup(what_is_html, begin),
		cmocka_unit_test_setup(lines_that_are_too_long, begin),
		cmocka_unit_test_setup(in_pieces, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
