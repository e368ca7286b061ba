/* SPDX-License-Identifier: Apache-2.0 */
#include "dns_helpers.h"

#include <stdio.h>

#include "dns/name.h"

/* Reads the name at `offset` and checks its text, the octets taken, and the reason. */
static void expect_name(const struct octets *o, size_t offset, const char *text, size_t taken,
			const char *reason)
{
	char buffer[DNS_NAME_TEXT_MAX];
	struct dns_name name;
	const char *why = "untouched";
	uint8_t *wire = exact(o);

	assert_int_equal(dns_name_read(&name, wire, o->size, offset, &why), taken);
	assert_int_equal(dns_name_read(&name, wire, o->size, offset, NULL), taken);
	assert_int_equal(dns_name_skip(wire, o->size, offset), taken);
	if (reason)
		assert_string_equal(why, reason);
	else
		assert_null(why);
	assert_int_equal(dns_name_to_text(buffer, &name), strlen(text));
	assert_string_equal(buffer, text);
	free(wire);
}

static void expect_name_hex(const char *hex, const char *text, size_t taken, const char *reason)
{
	struct octets o = {0};

	add_hex(&o, hex);
	expect_name(&o, 0, text, taken, reason);
}

/* RFC 1035, section 4.1.4: F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA and the root. */
static void test_rfc1035_compression(void **state)
{
	struct octets o = {0};

	(void)state;
	o.size = 93;
	memcpy(o.data + 20, "\1F\3ISI\4ARPA", 12);
	memcpy(o.data + 40, "\3FOO\xc0\x14", 6);
	memcpy(o.data + 64, "\xc0\x1a", 2);
	expect_name(&o, 20, "F.ISI.ARPA", 12, NULL);
	expect_name(&o, 40, "FOO.F.ISI.ARPA", 6, NULL);
	expect_name(&o, 64, "ARPA", 2, NULL);
	expect_name(&o, 92, ".", 1, NULL);
}

static void test_pointers(void **state)
{
	struct octets o = {0};

	(void)state;
	expect_name_hex("c000", ".", 0, "name: pointer not below the last");
	expect_name_hex("c002 0161 00", ".", 0, "name: pointer not below the last");
	/* Into its own labels: endless. */
	expect_name_hex("0161 c000", "a", 0, "name: pointer not below the last");
	expect_name_hex("0161 0162 c002", "a.b", 0, "name: pointer not below the last");
	/* Two names that point at each other. */
	add_hex(&o, "0161 c004 0162 c000");
	expect_name(&o, 4, "b.a", 0, "name: pointer not below the last");
	/* Past the end, and cut. */
	expect_name_hex("ffff", ".", 0, "name: pointer not below the last");
	expect_name_hex("0161 c0", "a", 0, "name: cut");
}

/* A pointer to a pointer is no harm, but a message of nothing else would be. */
static void test_pointer_chains(void **state)
{
	struct octets o = {0};

	(void)state;
	add_hex(&o, "0161 00");
	for (unsigned int i = 0; i < 200; i++)
		add_u16(&o, 0xc000 | (i ? 1 + 2 * i : 0));
	expect_name(&o, 3, "a", 2, NULL);
	expect_name(&o, 3 + 2 * 126, "a", 2, NULL);
	expect_name(&o, 3 + 2 * 127, ".", 0, "name: too many pointers");
}

static void test_label_types(void **state)
{
	(void)state;
	/* Extended (RFC 6891, section 5: deprecated) and unassigned. */
	expect_name_hex("0161 41 00", "a", 0, "label type");
	expect_name_hex("80 00", ".", 0, "label type");
}

static void test_cut(void **state)
{
	(void)state;
	expect_name_hex("", ".", 0, "name: cut");
	expect_name_hex("03 61 62", ".", 0, "name: cut");
	expect_name_hex("0161 0362", "a", 0, "name: cut");
	expect_name_hex("0161", "a", 0, "name: cut");
}

static void add_labels(struct octets *o, unsigned int n, unsigned int size)
{
	for (unsigned int i = 0; i < n; i++) {
		uint8_t label[64] = {(uint8_t)size};

		memset(label + 1, 'x', size);
		add_octets(o, label, size + 1);
	}
}

/* RFC 1035, section 2.3.4: 255 octets with the root. */
static void test_longest(void **state)
{
	struct octets o = {0};
	struct dns_name name;
	const char *why;

	(void)state;
	add_labels(&o, 3, 63);
	add_labels(&o, 1, 61);
	add_hex(&o, "00");
	assert_int_equal(dns_name_read(&name, o.data, o.size, 0, &why), 255);
	assert_null(why);
	assert_int_equal(name.len, 255);
	assert_int_equal(name.labels, 4);
	o.size = 0;
	add_labels(&o, 3, 63);
	add_labels(&o, 1, 62);
	add_hex(&o, "00");
	assert_int_equal(dns_name_read(&name, o.data, o.size, 0, &why), 0);
	assert_string_equal(why, "name: too long");
	assert_int_equal(name.labels, 3);
}

/* All labels but the root's, and a pointer to a root: 256 octets in the message. */
static void test_longest_in_place(void **state)
{
	struct octets o = {0};
	struct dns_name name;
	const char *why;

	(void)state;
	add_hex(&o, "00");
	add_labels(&o, 3, 63);
	add_labels(&o, 1, 61);
	add_hex(&o, "c000");
	assert_int_equal(dns_name_read(&name, o.data, o.size, 1, &why), 256);
	assert_null(why);
	assert_int_equal(dns_name_skip(o.data, o.size, 1), 256);
	assert_int_equal(name.len, 255);
}

static void test_most_labels(void **state)
{
	struct octets o = {0};
	struct dns_name name;
	const char *why;

	(void)state;
	add_labels(&o, 127, 1);
	add_hex(&o, "00");
	assert_int_equal(dns_name_read(&name, o.data, o.size, 0, &why), 255);
	assert_int_equal(name.labels, 127);
	o.size = 0;
	add_labels(&o, 128, 1);
	add_hex(&o, "00");
	assert_int_equal(dns_name_read(&name, o.data, o.size, 0, &why), 0);
	assert_string_equal(why, "name: too long");
	assert_int_equal(name.labels, 127);
}

/* A pointer to a name that is whole in itself may still make this one too long. */
static void test_too_long_by_pointer(void **state)
{
	struct octets o = {0};

	(void)state;
	add_labels(&o, 3, 63);
	add_hex(&o, "00");
	add_labels(&o, 1, 62);
	add_hex(&o, "c000");
	assert_int_equal(dns_name_skip(o.data, o.size, 193), 0);
	o.data[193] = 61;
	memcpy(o.data + 193 + 62, "\xc0\0", 2);
	assert_int_equal(dns_name_skip(o.data, o.size, 193), 64);
}

/* Each octet as a label of its own: what it becomes, and that it comes back. */
static void test_every_octet(void **state)
{
	const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "-_/*+!#%&',:<=>?[]^`{|}~";

	(void)state;
	for (int octet = 0; octet < 256; octet++) {
		struct dns_name name = {3, 1, {1, (uint8_t)octet, 0}}, back;
		char text[DNS_NAME_TEXT_MAX], expected[16];

		if (octet == '.' || octet == '\\')
			snprintf(expected, sizeof(expected), "\\%c", octet);
		else if (octet && strchr(plain, octet))
			snprintf(expected, sizeof(expected), "%c", octet);
		else
			snprintf(expected, sizeof(expected), "\\%03d", octet);
		dns_name_to_text(text, &name);
		assert_string_equal(text, expected);
		assert_true(dns_name_from_text(&back, text));
		assert_int_equal(back.len, 3);
		assert_int_equal(back.wire[1], octet);
	}
}

static void test_longest_text(void **state)
{
	struct octets o = {0};
	struct dns_name name, back;
	char text[DNS_NAME_TEXT_MAX];

	(void)state;
	add_labels(&o, 3, 63);
	add_labels(&o, 1, 61);
	add_hex(&o, "00");
	for (size_t i = 0; i < o.size; i++) {
		if (o.data[i] == 'x')
			o.data[i] = 0xff;
	}
	assert_int_equal(dns_name_read(&name, o.data, o.size, 0, NULL), 255);
	assert_int_equal(dns_name_to_text(text, &name), 250 * 4 + 3);
	assert_true(dns_name_from_text(&back, text));
	assert_true(dns_name_equal(&name, &back));
}

static void test_from_text(void **state)
{
	struct dns_name name;
	char text[DNS_NAME_TEXT_MAX];
	char long_label[66];

	(void)state;
	assert_true(dns_name_from_text(&name, "."));
	assert_int_equal(name.len, 1);
	assert_int_equal(name.labels, 0);
	assert_true(dns_name_from_text(&name, "www.Example.com."));
	assert_int_equal(name.labels, 3);
	assert_memory_equal(name.wire, "\3www\7Example\3com", name.len);
	dns_name_to_text(text, &name);
	assert_string_equal(text, "www.Example.com");
	assert_true(dns_name_from_text(&name, "a\\.b\\\\c\\065.d"));
	assert_memory_equal(name.wire, "\6a.b\\cA\1d", name.len);

	assert_false(dns_name_from_text(&name, ""));
	assert_false(dns_name_from_text(&name, ".."));
	assert_false(dns_name_from_text(&name, ".a"));
	assert_false(dns_name_from_text(&name, "a..b"));
	assert_false(dns_name_from_text(&name, "a\\"));
	assert_false(dns_name_from_text(&name, "a\\25"));
	assert_false(dns_name_from_text(&name, "a\\2x5"));
	assert_false(dns_name_from_text(&name, "a\\0/9"));
	assert_false(dns_name_from_text(&name, "a\\00:"));
	assert_false(dns_name_from_text(&name, "a\\256"));
	memset(long_label, 'a', sizeof(long_label));
	long_label[63] = '\0';
	assert_true(dns_name_from_text(&name, long_label));
	long_label[63] = 'a';
	long_label[64] = '\0';
	assert_false(dns_name_from_text(&name, long_label));
}

/* 255 octets are a name, 256 are not. */
static void test_from_text_longest(void **state)
{
	struct dns_name name;
	char text[300];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 127; i++) {
		text[n++] = 'a';
		text[n++] = '.';
	}
	text[n] = '\0';
	assert_true(dns_name_from_text(&name, text));
	assert_int_equal(name.len, 255);
	assert_int_equal(name.labels, 127);
	text[n - 1] = 'a'; /* a longer last label */
	assert_false(dns_name_from_text(&name, text));
	text[n - 1] = '.'; /* one more label */
	text[n] = 'a';
	text[n + 1] = '\0';
	assert_false(dns_name_from_text(&name, text));
}

static bool below(const char *a, const char *b)
{
	struct dns_name name, zone;

	assert_true(dns_name_from_text(&name, a));
	assert_true(dns_name_from_text(&zone, b));
	return dns_name_is_below(&name, &zone);
}

static void test_is_below(void **state)
{
	(void)state;
	assert_true(below("www.example.com", "example.com"));
	assert_true(below("example.com", "EXAMPLE.COM"));
	assert_true(below("example.com", "."));
	assert_true(below(".", "."));
	assert_false(below("example.com", "www.example.com"));
	assert_false(below("badexample.com", "example.com"));
	assert_false(below(".", "com"));
	assert_false(below("www.example.org", "example.com"));
	assert_false(below("com.example", "com"));
	/* The octets are at the end, but not at a label's begin. */
	assert_false(below("x\\007example\\003com.a", "example.com"));
}

/* RFC 4343, section 3: ASCII letters and nothing else. */
static void test_case(void **state)
{
	(void)state;
	for (int x = 0; x < 256; x++) {
		for (int y = 0; y < 256; y++) {
			struct dns_name a = {12, 1, {10, 0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)x}};
			struct dns_name b = {12, 1, {10, 0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)y}};
			int lower_x = x >= 'A' && x <= 'Z' ? x + 32 : x;
			int lower_y = y >= 'A' && y <= 'Z' ? y + 32 : y;
			bool same = lower_x == lower_y;

			assert_int_equal(dns_name_equal(&a, &b), same);
			assert_int_equal(dns_name_hash(&a) == dns_name_hash(&b), same);
		}
	}
}

static void test_hash_spreads(void **state)
{
	static uint8_t seen[1 << 16];
	unsigned int collisions = 0;

	(void)state;
	for (int i = 0; i < 6000; i++) {
		char text[64];
		struct dns_name name;

		snprintf(text, sizeof(text), "host%d.example.com", i);
		assert_true(dns_name_from_text(&name, text));
		uint16_t bucket = (uint16_t)dns_name_hash(&name);

		collisions += seen[bucket];
		seen[bucket] = 1;
	}
	/* Chance alone makes 6000^2 / (2 * 65536) = 275. */
	assert_true(collisions > 100 && collisions < 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc1035_compression),
		cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_pointer_chains),
		cmocka_unit_test(test_label_types),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_longest_in_place),
		cmocka_unit_test(test_most_labels),
		cmocka_unit_test(test_too_long_by_pointer),
		cmocka_unit_test(test_every_octet),
		cmocka_unit_test(test_longest_text),
		cmocka_unit_test(test_from_text),
		cmocka_unit_test(test_from_text_longest),
		cmocka_unit_test(test_is_below),
		cmocka_unit_test(test_case),
		cmocka_unit_test(test_hash_spreads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
