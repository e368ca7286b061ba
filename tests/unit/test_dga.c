/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "track/dga.h"
#include "track/dga_shape.h"
#include "track/dga_table.h"

static uint32_t score(const char *text)
{
	struct dns_name name;

	assert_true(dns_name_from_text(&name, text));
	return dga_score(&name);
}

/* Invented here: neither people nor malware have registered them for what they are. */
static void chance_is_told_from_words(void **state)
{
	static const char *const words[] = {"example.com",	  "gardenfurniture.co.uk",
					    "stadtbibliothek.de", "kernel.org",
					    "daily-recipes.net",  "radio24.it"};
	static const char *const chance[] = {"xjqkzvwrtpbh.com", "q7f2k9x1z8w4j.net",
					     "lwqmvxkdhtrzgpsn.info", "bdkfhgqzvtcwx.biz"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (score(words[i]) >= DGA_SUSPICIOUS / 2)
			fail_msg("%s: %u", words[i], score(words[i]));
	}
	for (size_t i = 0; i < sizeof(chance) / sizeof(chance[0]); i++) {
		if (score(chance[i]) < 800)
			fail_msg("%s: %u", chance[i], score(chance[i]));
	}
}

static void nothing_to_go_by_is_no_suspicion(void **state)
{
	(void)state;
	assert_int_equal(score("."), 0);
	assert_int_equal(score("xqz.com"), 0);
	assert_int_equal(score("xn--48jvbwbxfr495bq0d.biz"), 0);
	assert_int_equal(score("XN--48jvbwbxfr495bq0d.biz"), 0);
	assert_int_not_equal(score("xn-48jvbwbxfr495bq0d.biz"), 0);
}

static void case_does_not_matter(void **state)
{
	(void)state;
	assert_int_equal(score("XjQkZvWrTpBh.CoM"), score("xjqkzvwrtpbh.com"));
	assert_int_equal(score("StadtBibliothek.DE"), score("stadtbibliothek.de"));
	/* In the suffix, too: where it decides, it must not be another one in capitals. */
	assert_int_equal(score("kalomira.BIZ"), score("kalomira.biz"));
	assert_int_not_equal(score("kalomira.biz"), score("kalomira.de"));
}

/* The longest label, and any octet in it. */
static void any_label_has_a_score(void **state)
{
	struct dns_name name = {.len = 65, .labels = 1, .wire = {63}};

	(void)state;
	for (unsigned int octet = 0; octet < 256; octet++) {
		memset(name.wire + 1, (int)octet, 63);
		assert_in_range(dga_score(&name), 0, 1000);
	}
	assert_in_range(score("single-label-without-suffix"), 0, 1000);
}

static void shape_of_a_label(void **state)
{
	/* length, digits, hyphen, vowels, (vowels - 26)^2 / 16, runs of consonants, of vowels,
	 * changes, changes of length, different symbols of length, different symbols */
	const int32_t expected[DGA_SHAPE] = {12, 10, 1, 14, 9, 4, 2, 2, 10, 53, 10};
	int32_t found[DGA_SHAPE];

	(void)state;
	dga_shape(found, (const uint8_t *)"kaebrst-12xl", 12);
	assert_memory_equal(found, expected, sizeof(expected));
}

/* What the search and the sums count on. */
static void table_is_in_order(void **state)
{
	(void)state;
	for (size_t i = 1; i < DGA_SUFFIXES; i++)
		assert_true(dga_suffix_hash[i - 1] < dga_suffix_hash[i]);
	for (size_t i = 1; i < DGA_CURVE; i++)
		assert_true(dga_curve[i - 1] <= dga_curve[i]);
	assert_int_equal(dga_curve[0], 0);
	assert_int_equal(dga_curve[DGA_CURVE - 1], 1000);
	assert_true(DGA_SUSPICIOUS > 500 && DGA_SUSPICIOUS <= 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chance_is_told_from_words),
		cmocka_unit_test(nothing_to_go_by_is_no_suspicion),
		cmocka_unit_test(case_does_not_matter),
		cmocka_unit_test(any_label_has_a_score),
		cmocka_unit_test(shape_of_a_label),
		cmocka_unit_test(table_is_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
