/* SPDX-License-Identifier: Apache-2.0 */
/* How much information a name holds, and what it looks like: track/information.h, evidence.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "dns/codes.h"
#include "memory.h"
#include "track/alert.h"
#include "track/evidence.h"
#include "track/information.h"

#define ROOM   1024
#define HEX    "0123456789abcdef"
#define BASE32 "abcdefghijklmnopqrstuvwxyz234567"

static struct common_labels common;
static struct information information;
static uint32_t random_state;

static int make(void **state)
{
	(void)state;
	common = (struct common_labels){0};
	information = (struct information){0};
	random_state = 1;
	LAYOUT(common_labels_layout, &common, &arena, ROOM);
	return 0;
}

/* Of the labels before example.com, if the text has them. */
static uint32_t cost_below(struct information *i, const char *text)
{
	struct dns_name name;

	assert_true(dns_name_from_text(&name, text));
	return information_add(i, &common, &name, name.labels - 2);
}

static uint32_t cost(const char *text)
{
	return cost_below(&information, text);
}

static const char *chance(const char *alphabet, unsigned int size)
{
	static char label[64];

	for (unsigned int n = 0; n < size; n++) {
		random_state = random_state * 1664525 + 1013904223;
		label[n] = alphabet[(random_state >> 8) % strlen(alphabet)];
	}
	label[size] = '\0';
	return label;
}

static void no_label_holds_nothing(void **state)
{
	(void)state;
	assert_int_equal(cost("example.com"), 0);
	assert_int_equal(information.gram_count, 0);
}

/* The least c with 2^(c/16) >= n. */
static uint32_t log2_of(unsigned int n)
{
	__uint128_t power = 1;
	uint32_t c = 0;

	for (int i = 0; i < 16; i++)
		power *= n;
	while (((__uint128_t)1 << c) < power)
		c++;
	return c;
}

/* A letter, a digit, a hyphen, or one of each kind of the others. */
static uint8_t symbol(unsigned int n)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return n < sizeof(plain) - 1 ? (uint8_t)plain[n] : (uint8_t)(128 + n);
}

/* Each octet at log2 of the symbols, of which the end of the label is one; and one bit for that. */
static void a_label_costs_its_octets(void **state)
{
	for (uint8_t size = 1; size <= 63; size++) {
		struct dns_name name = {.labels = 1, .len = (uint8_t)(size + 2), .wire = {size}};

		for (uint8_t n = 0; n < size; n++)
			name.wire[n + 1] = symbol(n);
		make(state);
		assert_int_equal(information_add(&information, &common, &name, 1),
				 INFORMATION_BIT + size * log2_of(size + 1));
	}
}

static void what_came_before_costs_less(void **state)
{
	uint32_t first, again;

	(void)state;
	first = cost("a-longer-label.example.com");
	again = cost("a-longer-label.example.com");
	assert_true(again * 2 < first);
	assert_true(again >= INFORMATION_BIT * 15);
	assert_true(cost("a-longer-word.example.com") < first);
}

/* All that was put in is there, or nearly: known by chance counts the more the more is known. */
static void chance_cannot_be_hidden(void **state)
{
	static const struct {
		const char *alphabet;
		unsigned int bits;
	} encodings[] = {{HEX, 4}, {BASE32, 5}, {"01", 1}};

	for (size_t e = 0; e < sizeof(encodings) / sizeof(encodings[0]); e++) {
		uint64_t sum = 0, put = 0;
		char text[80];

		make(state);
		for (int i = 0; i < 500; i++) {
			snprintf(text, sizeof(text), "%s.example.com",
				 chance(encodings[e].alphabet, 50));
			sum += cost(text);
			put += 50ULL * encodings[e].bits * INFORMATION_BIT;
		}
		assert_in_range(sum, put * 80 / 100, put * 115 / 100);
		assert_in_range(information.gram_count, 1, INFORMATION_GRAMS);
	}
}

static void each_domain_is_for_itself(void **state)
{
	struct information other = {0};
	uint32_t first;

	(void)state;
	first = cost("a-longer-label.example.com");
	assert_int_equal(cost_below(&other, "a-longer-label.example.com"), first);
}

/* Below more than four domains; not below one, however often it comes. */
static void words_of_the_trade_cost_their_number(void **state)
{
	static struct information domains[6];
	uint32_t costs[6];

	(void)state;
	memset(domains, 0, sizeof(domains));
	for (int i = 0; i < 6; i++)
		costs[i] = cost_below(&domains[i], "autodiscovery-service.example.com");
	for (int i = 1; i < 4; i++)
		assert_int_equal(costs[i], costs[0]);
	assert_int_equal(costs[4], 12 * INFORMATION_BIT);
	assert_true(costs[0] > costs[4]);
	for (int i = 0; i < 50; i++)
		cost("only-below-this-one.example.com");
	assert_true(cost_below(&domains[0], "only-below-this-one.example.com") >
		    12 * INFORMATION_BIT);
	/* What is short costs no more for being common. */
	for (int i = 0; i < 6; i++)
		costs[i] = cost_below(&domains[i], "w.example.com");
	assert_true(costs[5] < 12 * INFORMATION_BIT);
}

static void addresses_are_no_more_than_that(void **state)
{
	char text[64];

	(void)state;
	for (int i = 0; i < 200; i++) {
		random_state = random_state * 1664525 + 1013904223;
		snprintf(text, sizeof(text), "%u.%u.%u.%u.list.com", random_state >> 24,
			 random_state >> 16 & 255, random_state >> 8 & 255, random_state & 255);
		assert_true(cost(text) <= 32 * INFORMATION_BIT);
	}
}

/* What is before or behind an address is no part of it. */
static void data_behind_an_address(void **state)
{
	char text[128];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "1.2.3.4.%s.example.com", chance(BASE32, 50));
		assert_true(cost(text) > 50 * INFORMATION_BIT);
	}
}

/* All of its octets may be data: nothing comes before them. */
static void short_labels_cost_their_octets(void **state)
{
	char text[64];
	uint32_t sum = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		char a = *chance(BASE32, 1), b = *chance(BASE32, 1), c = *chance(BASE32, 1);

		snprintf(text, sizeof(text), "%c.%c.%c.x.example.com", a, b, c);
		sum += cost(text);
	}
	assert_true(sum >= 200 * 3 * 5 * INFORMATION_BIT);
}

/* Of all octets anything may be; then half an address is half a byte a label. */
static void know_all_symbols(void)
{
	for (int n = 0; n < 10; n++)
		cost("abcdefghijklmnopqrstuvwxyz0123456789-_.list.com");
	information.gram_count = 0;
	memset(information.grams, 0, sizeof(information.grams));
}

static void addresses_of_ipv6_are_no_more_than_that(void **state)
{
	char text[160];
	size_t at = 0;

	(void)state;
	know_all_symbols();
	for (int i = 0; i < 32; i++, at += 2)
		snprintf(text + at, sizeof(text) - at, "%c.", HEX[i % 16]);
	snprintf(text + at, sizeof(text) - at, "list.com");
	assert_int_equal(cost(text), 128 * INFORMATION_BIT);
}

/* As soon as anything else is before the address, or one number is none. */
static void what_only_looks_like_an_address(void **state)
{
	static const char *const names[] = {"256.199.187.165.list.com", "198.2a7.154.143.list.com",
					    "1987.65.43.21.list.com", "x.198.187.165.143.list.com",
					    "198.187.165.abcdefghij.list.com"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		make(state);
		know_all_symbols();
		assert_true(cost(names[i]) > 32 * INFORMATION_BIT);
	}
}

/* ---- Evidence -------------------------------------------------------------------------------- */

static uint32_t evidence(const char *text, unsigned int domain, uint32_t bits)
{
	struct dns_name name;

	assert_true(dns_name_from_text(&name, text));
	return evidence_of_name(&name, name.labels - domain, bits * INFORMATION_BIT);
}

#define THIRTY "abcdefghijklmnopqrstuvwxyzabcd"
#define BIT(e) (1U << EVIDENCE_##e)

static void rules_at_their_edges(void **state)
{
	(void)state;
	assert_int_equal(evidence("www.example.com", 2, 4), 0);
	assert_int_equal(evidence(THIRTY ".example.com", 2, 0), 0);
	assert_int_equal(evidence(THIRTY "e.example.com", 2, 0), BIT(LONG_LABEL));
	/* Of the registered domain itself nobody chooses the length to hide something in. */
	assert_int_equal(evidence("www." THIRTY "e.com", 2, 0), 0);
	assert_int_equal(evidence("a.b.c.d.example.com", 2, 0), 0);
	assert_int_equal(evidence("a.b.c.d.e.example.com", 2, 0), BIT(DEEP_SUBDOMAIN));
	assert_int_equal(evidence("a.b.c.d.e.example.com", 7, 0), BIT(DEEP_SUBDOMAIN));
}

static void dense_names_are_long_enough(void **state)
{
	(void)state;
	assert_int_equal(evidence("0123456789abcde.example.com", 2, 100), 0);
	assert_int_equal(evidence("0123456789abcdef.example.com", 2, 63), 0);
	assert_int_equal(evidence("0123456789abcdef.example.com", 2, 64), BIT(HIGH_ENTROPY));
	assert_int_equal(evidence("01234567.89abcdef.example.com", 2, 64), BIT(HIGH_ENTROPY));
}

static void suspicious_tlds_are_whole_labels(void **state)
{
	(void)state;
	assert_int_equal(evidence("example.top", 2, 0), BIT(SUSPICIOUS_TLD));
	assert_int_equal(evidence("a.example.xyz", 2, 0), BIT(SUSPICIOUS_TLD));
	assert_int_equal(evidence("top.example.com", 2, 0), 0);
	assert_int_equal(evidence("example.topp", 2, 0), 0);
	assert_int_equal(evidence("example.to", 2, 0), 0);
	assert_int_equal(evidence(".", 0, 0), 0);
}

static void types_that_carry_data(void **state)
{
	(void)state;
	assert_int_equal(evidence_of_type(DNS_TYPE_TXT), BIT(TXT_QUERY));
	assert_int_equal(evidence_of_type(DNS_TYPE_NULL), BIT(NULL_QUERY));
	assert_int_equal(evidence_of_type(DNS_TYPE_A), 0);
	assert_int_equal(evidence_of_type(DNS_TYPE_MX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_label_holds_nothing, make),
		cmocka_unit_test_setup(a_label_costs_its_octets, make),
		cmocka_unit_test_setup(what_came_before_costs_less, make),
		cmocka_unit_test_setup(chance_cannot_be_hidden, make),
		cmocka_unit_test_setup(each_domain_is_for_itself, make),
		cmocka_unit_test_setup(words_of_the_trade_cost_their_number, make),
		cmocka_unit_test_setup(addresses_are_no_more_than_that, make),
		cmocka_unit_test_setup(data_behind_an_address, make),
		cmocka_unit_test_setup(short_labels_cost_their_octets, make),
		cmocka_unit_test_setup(addresses_of_ipv6_are_no_more_than_that, make),
		cmocka_unit_test_setup(what_only_looks_like_an_address, make),
		cmocka_unit_test(rules_at_their_edges),
		cmocka_unit_test(dense_names_are_long_enough),
		cmocka_unit_test(suspicious_tlds_are_whole_labels),
		cmocka_unit_test(types_that_carry_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
