/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "capture/pcap.h"
#include "capture/pcapng.h"

/* A block, or a header, in the making; both byte orders. */
struct octets {
	bool big;
	uint8_t data[512];
	uint32_t size;
};

static void put(struct octets *o, uint64_t value, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		o->data[o->size++] = (uint8_t)(value >> 8 * (o->big ? size - 1 - i : i));
}

static void put_text(struct octets *o, const char *text)
{
	memcpy(o->data + o->size, text, strlen(text));
	o->size += (uint32_t)strlen(text);
	while (o->size % 4)
		o->data[o->size++] = 0;
}

static void begin(struct octets *o, bool big, uint32_t type)
{
	*o = (struct octets){.big = big};
	put(o, type, 4);
	put(o, 0, 4);
}

/* Reads the block from memory that ends where it does. */
static const char *read_block(struct pcapng *p, struct octets *o, struct frame *frame)
{
	static uint8_t *copy;
	uint32_t type, size = o->size + 4;
	const char *why;

	put(o, size, 4);
	o->size = 4;
	put(o, size, 4);
	free(copy); /* the last one, which the last frame pointed into */
	copy = malloc(size);
	assert_non_null(copy);
	memcpy(copy, o->data, size);
	why = pcapng_block_begin(p, copy, &type, &o->size);
	if (why)
		return why;
	assert_int_equal(o->size, size);
	return pcapng_block_read(p, copy, size, frame);
}

static void open_section(struct pcapng *p, bool big)
{
	struct frame frame = {.time = 0};
	struct octets o;

	begin(&o, big, PCAPNG_SECTION);
	put(&o, PCAPNG_ORDER_MAGIC, 4);
	put(&o, 1, 2);
	put(&o, 0, 2);
	put(&o, UINT64_MAX, 8);
	assert_null(read_block(p, &o, &frame));
	assert_int_equal(p->big, big);
}

/* `resolution` -1: none is told. */
static void add_interface(struct pcapng *p, uint16_t link, int resolution, int64_t offset,
			  uint32_t snap_size)
{
	struct frame frame = {.time = 0};
	struct octets o;

	begin(&o, p->big, PCAPNG_INTERFACE);
	put(&o, link, 2);
	put(&o, 0, 2);
	put(&o, snap_size, 4);
	put(&o, PCAPNG_OPTION_NAME, 2);
	put(&o, 5, 2);
	put_text(&o, "veth0");
	if (resolution >= 0) {
		put(&o, PCAPNG_OPTION_RESOLUTION, 2);
		put(&o, 1, 2);
		put(&o, (uint64_t)resolution, 1);
		put(&o, 0, 3);
	}
	if (offset) {
		put(&o, PCAPNG_OPTION_OFFSET, 2);
		put(&o, 8, 2);
		put(&o, (uint64_t)offset, 8);
	}
	put(&o, 0, 4);
	assert_null(read_block(p, &o, &frame));
}

static void begin_packet(struct octets *o, const struct pcapng *p, uint32_t interface,
			 uint64_t ticks, uint32_t size)
{
	begin(o, p->big, PCAPNG_PACKET);
	put(o, interface, 4);
	put(o, ticks >> 32, 4);
	put(o, ticks & UINT32_MAX, 4);
	put(o, size, 4);
	put(o, 1000, 4);
}

static uint64_t time_of(struct pcapng *p, uint32_t interface, uint64_t ticks)
{
	struct frame frame = {.time = 0};
	struct octets o;

	begin_packet(&o, p, interface, ticks, 5);
	put_text(&o, "hello");
	assert_null(read_block(p, &o, &frame));
	return frame.time;
}

static void each_order(void (*check)(struct pcapng *p))
{
	struct pcapng *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	open_section(p, false);
	check(p);
	/* A second section, of another machine, forgets the interfaces of the first. */
	open_section(p, true);
	assert_int_equal(p->interface_count, 0);
	check(p);
	free(p);
}

static void check_times(struct pcapng *p)
{
	add_interface(p, 1, -1, 0, 0);
	add_interface(p, 101, 9, 0, 0);
	add_interface(p, 101, 3, 5, 0);
	add_interface(p, 101, 12, 0, 0);
	add_interface(p, 101, 0x80 | 10, 0, 0);
	add_interface(p, 101, 9, -2, 0);
	add_interface(p, 101, 127, 0, 0);
	assert_true(time_of(p, 0, 1700000000123456) == 1700000000123456000);
	assert_true(time_of(p, 1, 1700000000123456789) == 1700000000123456789);
	assert_true(time_of(p, 2, 1700000000123) == 1700000005123000000);
	assert_true(time_of(p, 3, 1234567890123) == 1234567890);
	assert_true(time_of(p, 4, 1700000000ULL << 10 | 512) == 1700000000500000000);
	assert_true(time_of(p, 5, 3000000000) == 1000000000);
	assert_true(time_of(p, 6, UINT64_MAX) == 0);
}

static void test_times(void **state)
{
	(void)state;
	each_order(check_times);
}

static void check_options(struct pcapng *p)
{
	struct frame frame = {.time = 0};
	struct octets o;

	add_interface(p, 113, 9, 0, 0);
	begin_packet(&o, p, 0, 1, 5);
	put_text(&o, "hello");
	put(&o, PCAPNG_OPTION_COMMENT, 2);
	put(&o, 7, 2);
	put_text(&o, "comment");
	put(&o, PCAPNG_OPTION_FLAGS, 2);
	put(&o, 4, 2);
	put(&o, PCAPNG_FLAG_OUT, 4);
	put(&o, PCAPNG_OPTION_COMMENT, 2); /* the first counts */
	put(&o, 1, 2);
	put_text(&o, "x");
	assert_null(read_block(p, &o, &frame));
	assert_int_equal(frame.link, 113);
	assert_int_equal(frame.size, 5);
	assert_int_equal(frame.wire_size, 1000);
	assert_memory_equal(frame.octets, "hello", 5);
	assert_int_equal(frame.comment_size, 7);
	assert_memory_equal(frame.comment, "comment", 7);
	assert_int_equal(frame.direction, PACKET_OUT);
}

static void test_options(void **state)
{
	(void)state;
	each_order(check_options);
}

static void check_old_and_simple(struct pcapng *p)
{
	struct frame frame = {.time = 0};
	struct octets o;

	add_interface(p, 101, 9, 0, 5);
	begin(&o, p->big, PCAPNG_PACKET_OLD);
	put(&o, 0, 2);
	put(&o, 7, 2); /* dropped */
	put(&o, 0, 4);
	put(&o, 42, 4);
	put(&o, 3, 4);
	put(&o, 3, 4);
	put_text(&o, "old");
	assert_null(read_block(p, &o, &frame));
	assert_true(frame.time == 42 && frame.size == 3);
	/* What the interface cuts off is not in the block, though its length says so. */
	begin(&o, p->big, PCAPNG_PACKET_SIMPLE);
	put(&o, 9, 4);
	put_text(&o, "simpl");
	assert_null(read_block(p, &o, &frame));
	assert_true(frame.time == 42 && frame.size == 5 && frame.wire_size == 9);
	assert_memory_equal(frame.octets, "simpl", 5);
}

static void test_old_and_simple(void **state)
{
	(void)state;
	each_order(check_old_and_simple);
}

static void check_statistics(struct pcapng *p)
{
	struct frame frame = {.time = 0};
	struct octets o;

	p->time = 0;
	add_interface(p, 101, 9, 0, 0);
	time_of(p, 0, 5000000000);
	begin(&o, p->big, PCAPNG_STATISTICS);
	put(&o, 0, 4);
	put(&o, 1, 4);
	put(&o, 6000000000 & UINT32_MAX, 4);
	assert_null(read_block(p, &o, &frame));
	assert_true(p->time == 6000000000);
	begin(&o, p->big, PCAPNG_STATISTICS); /* earlier: tells nothing */
	put(&o, 0, 4);
	put(&o, 0, 8);
	assert_null(read_block(p, &o, &frame));
	assert_true(p->time == 6000000000);
}

static void test_statistics(void **state)
{
	(void)state;
	each_order(check_statistics);
}

static void check_damage(struct pcapng *p)
{
	struct frame frame = {.time = 0};
	struct octets o;

	begin_packet(&o, p, 0, 1, 5); /* no interface */
	put_text(&o, "hello");
	assert_non_null(read_block(p, &o, &frame));
	add_interface(p, 101, 9, 0, 0);
	begin_packet(&o, p, 1, 1, 5); /* another one */
	put_text(&o, "hello");
	assert_non_null(read_block(p, &o, &frame));
	begin_packet(&o, p, 0, 1, 9); /* longer than its block */
	put_text(&o, "hello");
	assert_non_null(read_block(p, &o, &frame));
	begin_packet(&o, p, 0, 1, UINT32_MAX);
	put_text(&o, "hello");
	assert_non_null(read_block(p, &o, &frame));
	begin(&o, p->big, PCAPNG_PACKET);
	put(&o, 0, 4);
	assert_non_null(read_block(p, &o, &frame));
	begin(&o, p->big, PCAPNG_INTERFACE);
	assert_non_null(read_block(p, &o, &frame));
	begin(&o, p->big, 0xbad); /* others are passed over */
	put(&o, 0, 4);
	assert_null(read_block(p, &o, &frame));
}

static void test_damage(void **state)
{
	(void)state;
	each_order(check_damage);
}

/* An option that is longer than the block ends the options, and is not read. */
static void check_long_option(struct pcapng *p)
{
	struct frame frame = {.time = 0};
	struct octets o;

	add_interface(p, 101, 9, 0, 0);
	begin_packet(&o, p, 0, 1, 5);
	put_text(&o, "hello");
	put(&o, PCAPNG_OPTION_COMMENT, 2);
	put(&o, 9, 2);
	put_text(&o, "12345678");
	assert_null(read_block(p, &o, &frame));
	assert_null(frame.comment);
}

static void test_long_option(void **state)
{
	(void)state;
	each_order(check_long_option);
}

static const char *block_begin(uint32_t type, uint32_t size, uint32_t magic)
{
	struct pcapng *p = calloc(1, sizeof(*p));
	struct octets o;
	const char *why;

	assert_non_null(p);
	begin(&o, false, type);
	o.size = 4;
	put(&o, size, 4);
	put(&o, magic, 4);
	why = pcapng_block_begin(p, o.data, &type, &size);
	free(p);
	return why;
}

static void test_block_sizes(void **state)
{
	(void)state;
	assert_null(block_begin(7, 12, 0));
	assert_null(block_begin(7, PCAPNG_BLOCK_MAX, 0));
	assert_non_null(block_begin(7, PCAPNG_BLOCK_MAX + 4, 0));
	assert_non_null(block_begin(7, 8, 0));
	assert_non_null(block_begin(7, 0, 0));
	assert_non_null(block_begin(7, 13, 0));
	assert_null(block_begin(PCAPNG_SECTION, 28, PCAPNG_ORDER_MAGIC));
	assert_non_null(block_begin(PCAPNG_SECTION, 28, 0x12345678));
}

static void test_trailer(void **state)
{
	struct pcapng *p = calloc(1, sizeof(*p));
	uint8_t block[12] = {7, 0, 0, 0, 12, 0, 0, 0, 16, 0, 0, 0};
	struct frame frame = {.time = 0};

	(void)state;
	assert_non_null(p);
	assert_non_null(pcapng_block_read(p, block, 12, &frame));
	block[8] = 12;
	assert_null(pcapng_block_read(p, block, 12, &frame));
	free(p);
}

/* A new section's interfaces are others, also when they have the same numbers. */
static void check_names(struct pcapng *p)
{
	struct frame first = {.time = 0}, second = {.time = 0};
	struct octets o;

	add_interface(p, 1, -1, 0, 0);
	begin_packet(&o, p, 0, 1, 5);
	put_text(&o, "hello");
	assert_null(read_block(p, &o, &first));
	assert_null(pcapng_interface_name(p, 0));
	open_section(p, p->big);
	assert_null(pcapng_interface_name(p, first.interface));
	add_interface(p, 1, -1, 0, 0);
	begin_packet(&o, p, 0, 1, 5);
	put_text(&o, "hello");
	assert_null(read_block(p, &o, &second));
	assert_true(first.interface && second.interface && first.interface != second.interface);
	assert_null(pcapng_interface_name(p, first.interface));
	assert_string_equal(pcapng_interface_name(p, second.interface), "veth0");
	assert_null(pcapng_interface_name(p, second.interface + 1));
}

static void test_names(void **state)
{
	(void)state;
	each_order(check_names);
}

static void pcap_header(struct octets *o, bool big, uint32_t magic, uint16_t version)
{
	*o = (struct octets){.big = big};
	put(o, magic, 4);
	put(o, version, 2);
	put(o, 4, 2);
	put(o, 0, 12);
	put(o, 0x14000000 | 113, 4); /* frames end with a checksum */
}

static void test_pcap(void **state)
{
	struct octets o;
	struct frame frame = {.time = 0};
	struct pcap p;

	(void)state;
	for (int big = 0; big < 2; big++) {
		for (int ns = 0; ns < 2; ns++) {
			pcap_header(&o, big, ns ? 0xa1b23c4d : 0xa1b2c3d4, 2);
			assert_true(pcap_is_magic(o.data));
			assert_null(pcap_header_read(&p, o.data));
			assert_int_equal(p.link, 113);
			o.size = 0;
			put(&o, 4000000000, 4); /* after 2038 */
			put(&o, 123456, 4);
			put(&o, 60, 4);
			put(&o, 600, 4);
			assert_true(pcap_record_read(&p, o.data, &frame));
			assert_true(frame.time == 4000000000000000000 + (ns ? 123456 : 123456000));
			assert_int_equal(frame.size, 60);
			assert_int_equal(frame.wire_size, 600);
			assert_int_equal(frame.direction, PACKET_DIRECTION_UNKNOWN);
		}
	}
	o.size = 8;
	put(&o, FRAME_SIZE_MAX + 1, 4);
	assert_false(pcap_record_read(&p, o.data, &frame));
}

static void test_pcap_refused(void **state)
{
	static const uint32_t modified[] = {0xa1b2cd34, 0xa1e2cb12, 0xa12b3c4d};
	struct octets o;
	struct pcap p;

	(void)state;
	for (int i = 0; i < 3; i++) {
		pcap_header(&o, i & 1, modified[i], 2);
		assert_true(pcap_is_magic(o.data));
		assert_non_null(strstr(pcap_header_read(&p, o.data), "modified"));
	}
	pcap_header(&o, false, 0xa1b2c3d4, 3);
	assert_non_null(strstr(pcap_header_read(&p, o.data), "version"));
	assert_false(pcap_is_magic((const uint8_t *)"text"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	     cmocka_unit_test(test_times),
		cmocka_unit_test(test_options),	     cmocka_unit_test(test_old_and_simple),
		cmocka_unit_test(test_statistics),   cmocka_unit_test(test_damage),
		cmocka_unit_test(test_long_option),  cmocka_unit_test(test_block_sizes),
		cmocka_unit_test(test_trailer),	     cmocka_unit_test(test_pcap),
		cmocka_unit_test(test_pcap_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
