/* SPDX-License-Identifier: Apache-2.0 */
/* A lookup as a JSON line and as a line of the table. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <cmocka.h>

#include "cli/json_lookup.h"
#include "cli/lookup.h"
#include "cli/table.h"
#include "dns/codes.h"

/* A message that is being written. */
struct writer {
	uint8_t wire[4096];
	size_t size;
};

static const struct lookup_details no_details;

static void put16(struct writer *w, unsigned int value)
{
	w->wire[w->size++] = (uint8_t)(value >> 8);
	w->wire[w->size++] = (uint8_t)value;
}

static void put_name(struct writer *w, const char *text)
{
	struct dns_name name;

	assert_true(dns_name_from_text(&name, text));
	memcpy(w->wire + w->size, name.wire, name.len);
	w->size += name.len;
}

static void put_header(struct writer *w, unsigned int flags, unsigned int answers,
		       unsigned int authority, unsigned int additional)
{
	w->size = 0;
	put16(w, 0x1234);
	put16(w, flags);
	put16(w, 1);
	put16(w, answers);
	put16(w, authority);
	put16(w, additional);
}

static void put_question(struct writer *w, const char *name, unsigned int type)
{
	put_name(w, name);
	put16(w, type);
	put16(w, 1);
}

static void put_record(struct writer *w, const char *name, unsigned int type, const void *data,
		       size_t size)
{
	put_name(w, name);
	put16(w, type);
	put16(w, 1);
	put16(w, 0);
	put16(w, 300);
	put16(w, (unsigned int)size);
	memcpy(w->wire + w->size, data, size);
	w->size += size;
}

static void put_address(struct writer *w, const char *name, uint8_t last)
{
	const uint8_t data[] = {192, 0, 2, last};

	put_record(w, name, DNS_TYPE_A, data, sizeof(data));
}

static void put_alias(struct writer *w, const char *name, const char *target)
{
	struct dns_name n;

	assert_true(dns_name_from_text(&n, target));
	put_record(w, name, DNS_TYPE_CNAME, n.wire, n.len);
}

/* OPT: UDP size 1232, DO, then options. */
static void put_edns(struct writer *w, unsigned int extended_rcode, const void *options,
		     size_t size)
{
	put_name(w, ".");
	put16(w, DNS_TYPE_OPT);
	put16(w, 1232);
	put16(w, extended_rcode << 8);
	put16(w, 0x8000);
	put16(w, (unsigned int)size);
	if (size)
		memcpy(w->wire + w->size, options, size);
	w->size += size;
}

static struct endpoint endpoint(const char *text, uint16_t port)
{
	struct endpoint e = {.port = port};
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		memset(e.address + 10, 0xff, 2);
		memcpy(e.address + 12, &v4, 4);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, e.address), 1);
	}
	return e;
}

/* The answer to a query that getent sent. */
static struct lookup answered(const struct writer *w, struct dns_message *m)
{
	const struct packet packet = {
		.direction = PACKET_IN,
		.time = 2500000000,
		.has_owner = true,
		.owner = {.pid = 100, .tid = 101, .uid = 0, .comm = "getent"},
		.protocol = IPPROTO_UDP,
		.source = endpoint("192.0.2.53", 53),
		.destination = endpoint("198.51.100.1", 40000),
		.wire_size = (uint32_t)w->size,
	};
	struct lookup l;

	assert_true(dns_message_read(m, w->wire, w->size));
	dns_message_check(m);
	lookup_from_message(&l, &packet, m);
	l.event = LOOKUP_ANSWER;
	l.attempts = 1;
	l.has_latency = true;
	l.latency = 1234567;
	l.query_size = 33;
	return l;
}

#define OUTPUT_SIZE 65536

static const char *json_of(const struct lookup *lookup, const char *cmdline)
{
	static char text[OUTPUT_SIZE];
	struct output out;
	struct json json;

	assert_true(output_open(&out, -1, OUTPUT_SIZE) && json_open(&json, &out));
	json_lookup(&json, lookup, 1700000000000000001ULL,
		    &(struct lookup_details){.cmdline = cmdline});
	memcpy(text, out.buffer, out.used);
	text[out.used] = '\0';
	json_close(&json);
	output_close(&out);
	return text;
}

static const char *line_of(const struct lookup *lookup, const struct table_config *config)
{
	static char text[OUTPUT_SIZE];
	struct output out;
	struct table table;

	assert_true(output_open(&out, -1, OUTPUT_SIZE));
	table_init(&table, config, &out);
	table_lookup(&table, lookup, 1700000000000000001ULL, &no_details);
	memcpy(text, out.buffer, out.used);
	text[out.used] = '\0';
	output_close(&out);
	return text;
}

static const struct table_config plain = {.start = 1000000000};

static const char *answer_of(const struct lookup *lookup)
{
	const char *line = line_of(lookup, &plain);

	/* TIME PID COMM PROTO SERVER TYPE NAME RCODE LAT, each with a blank behind it. */
	return strlen(line) > 117 ? line + 117 : "\n";
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in: %s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in: %s", part, text);
}

static void json_has_every_field(void **state)
{
	struct writer w;
	struct dns_message m;
	struct lookup l;

	(void)state;
	put_header(&w, 0x8180, 1, 0, 1);
	put_question(&w, "www.example.com", DNS_TYPE_A);
	put_address(&w, "www.example.com", 1);
	put_edns(&w, 0, "", 0);
	l = answered(&w, &m);
	assert_string_equal(
		json_of(&l, "getent ahosts"),
		"{\"ts\":\"2023-11-14T22:13:20.000000001Z\",\"event\":\"answer\",\"role\":"
		"\"client\","
		"\"pid\":100,\"tid\":101,\"uid\":0,\"comm\":\"getent\",\"cmdline\":\"getent "
		"ahosts\","
		"\"proto\":\"udp\",\"client\":\"198.51.100.1\",\"client_port\":40000,"
		"\"server\":\"192.0.2.53\",\"server_port\":53,\"id\":4660,\"opcode\":\"QUERY\","
		"\"flags\":[\"rd\",\"ra\"],\"qname\":\"www.example.com\",\"qtype\":\"A\","
		"\"qclass\":\"IN\",\"rcode\":\"NOERROR\",\"latency_ms\":1.234567,\"attempts\":1,"
		"\"query_size\":33,\"response_size\":75,\"answers\":[{\"name\":\"www.example.com\","
		"\"type\":\"A\",\"ttl\":300,\"data\":\"192.0.2.1\"}],\"edns\":{\"version\":0,"
		"\"udp_size\":1232,\"do\":true}}\n");
}

static void json_leaves_out_what_is_not_known(void **state)
{
	const struct lookup l = {
		.event = LOOKUP_REFUSED,
		.role = ROLE_UNKNOWN,
		.protocol = IPPROTO_TCP,
		.client = endpoint("2001:db8::1", 40000),
		.server = endpoint("2001:db8::53", 53),
		.icmp_type = 1,
		.icmp_code = 4,
		.ipv6 = true,
	};
	const char *text = json_of(&l, NULL);

	(void)state;
	assert_string_equal(
		text,
		"{\"ts\":\"2023-11-14T22:13:20.000000001Z\",\"event\":\"refused\","
		"\"proto\":\"tcp\",\"client\":\"2001:db8::1\",\"client_port\":40000,"
		"\"server\":\"2001:db8::53\",\"server_port\":53,\"id\":0,\"opcode\":\"QUERY\","
		"\"flags\":[],\"icmp\":{\"type\":1,\"code\":4,\"text\":\"PORT-UNREACH\"}}\n");
}

static void json_tells_what_failed(void **state)
{
	struct lookup l = {
		.event = LOOKUP_SEND_FAILED,
		.role = ROLE_CLIENT,
		.protocol = IPPROTO_TCP,
		.client = endpoint("0.0.0.0", 0),
		.server = endpoint("192.0.2.53", 53),
		.no_header = true,
		.error = ENETUNREACH,
	};

	(void)state;
	assert_string_equal(json_of(&l, NULL),
			    "{\"ts\":\"2023-11-14T22:13:20.000000001Z\",\"event\":\"send_failed\","
			    "\"role\":\"client\",\"proto\":\"tcp\",\"server\":\"192.0.2.53\","
			    "\"server_port\":53,\"error\":\"ENETUNREACH\"}\n");
	l.error = 5555;
	assert_has(json_of(&l, NULL), "\"error\":\"ERRNO-5555\"");
	l.event = LOOKUP_DROPPED;
	l.reason = "SOCKET_RCVBUFF";
	l.client = endpoint("::", 40000);
	assert_has(json_of(&l, NULL), "\"event\":\"dropped\"");
	assert_has(json_of(&l, NULL), "\"client_port\":40000,\"server\"");
	assert_has(json_of(&l, NULL), "\"reason\":\"SOCKET_RCVBUFF\"");
	assert_lacks(json_of(&l, NULL), "error");
	l.reason = NULL;
	assert_lacks(json_of(&l, NULL), "reason");
}

static void json_has_edns_options(void **state)
{
	static const char options[] = "\0\x03\0\x02ns"		       /* NSID */
				      "\0\x08\0\x07\0\1\x18\0\xc0\0\2" /* ECS 192.0.2.0/24 */
				      "\0\x0c\0\x03\0\0\0"	       /* PADDING */
				      "\0\x0f\0\x06\0\x12no\xc2\xa0"   /* EDE 18, UTF-8 */
				      "\xfd\xe9\0\x01x"		       /* 65001 */
				      "\0\x03\0\x01z"		       /* NSID again */
				      "\0\x0f\0\x02\0\x16";	       /* EDE 22 */
	struct writer w;
	struct dns_message m;
	struct lookup l;
	const char *text;

	(void)state;
	put_header(&w, 0x8180, 0, 0, 1);
	put_question(&w, "example.com", DNS_TYPE_A);
	put_edns(&w, 1, options, sizeof(options) - 1);
	l = answered(&w, &m);
	text = json_of(&l, NULL);
	assert_has(text, "\"rcode\":\"BADVERS\"");
	assert_has(text, "\"ecs\":\"192.0.2.0/24/0\"");
	assert_has(text, "\"padding\":3");
	assert_has(text, "\"ede\":[{\"code\":18,\"name\":\"Prohibited\",\"text\":\"no\xc2\xa0\"},"
			 "{\"code\":22,\"name\":");
	assert_has(text, "\"options\":[{\"code\":65001,\"data\":\"78\"},{\"code\":3,");
	assert_lacks(text, "\"additional\"");
}

static void no_control_gets_through(void **state)
{
	struct writer w;
	struct dns_message m;
	struct lookup l;

	(void)state;
	put_header(&w, 0x8180, 0, 0, 0);
	put_question(&w, "\\027[2J.\\155.example.com", DNS_TYPE_A);
	l = answered(&w, &m);
	memcpy(l.owner.comm, "a\x1b]0;\x9b\"\\\n\x7f", 11);
	assert_has(json_of(&l, NULL), "\"comm\":\"a\\\\027]0;\\\\155\\\"\\\\\\\\010\\\\127\"");
	assert_has(json_of(&l, NULL), "\"qname\":\"\\\\027[2J.\\\\155.example.com\"");
	assert_has(line_of(&l, &plain), " a\\027]0;\\155\"\\\\010\\127 ");
	assert_has(line_of(&l, &plain), " \\027[2J.\\155.example.com ");
}

static void table_has_its_columns(void **state)
{
	struct writer w;
	struct dns_message m;
	struct lookup l;
	const struct table_config both = {.user = true, .role = true, .colour = true};

	(void)state;
	put_header(&w, 0x8180, 1, 0, 0);
	put_question(&w, "www.example.com", DNS_TYPE_A);
	put_address(&w, "www.example.com", 1);
	l = answered(&w, &m);
	assert_string_equal(line_of(&l, &plain),
			    "1.500     100     getent          udp   192.0.2.53      A     "
			    "www.example.com                  NOERROR         1.234 192.0.2.1\n");
	l.server.port = 5300;
	l.has_owner = false;
	assert_string_equal(line_of(&l, &plain),
			    "1.500     -       -               udp   192.0.2.53#5300 A     "
			    "www.example.com                  NOERROR         1.234 192.0.2.1\n");
	l.has_owner = true;
	assert_has(line_of(&l, &both), "2.500     root     100     getent          client ");
	assert_lacks(line_of(&l, &both), "\033");
	l.event = LOOKUP_TIMEOUT;
	l.message = NULL;
	l.attempts = 3;
	assert_has(line_of(&l, &both), "\033[31mTIMEOUT      \033[0m   1.234 (3 attempts)\n");
	l.event = LOOKUP_REFUSED;
	l.icmp_type = 3;
	l.icmp_code = 3;
	assert_has(line_of(&l, &plain), "PORT-UNREACH ");
	l.icmp_code = 13;
	assert_has(line_of(&l, &plain), "ADMIN-PROHIB ");
	l.icmp_code = 99;
	assert_has(line_of(&l, &plain), "ICMP-3/99 ");
	l.event = LOOKUP_SEND_FAILED;
	l.error = EPERM;
	assert_has(line_of(&l, &both), "\033[31mSENDFAIL     \033[0m   1.234 (3 attempts) EPERM\n");
	l.event = LOOKUP_DROPPED;
	l.reason = "SOCKET_RCVBUFF";
	l.has_latency = false;
	l.attempts = 0;
	assert_has(line_of(&l, &both), "\033[31mDROPPED      \033[0m       - SOCKET_RCVBUFF\n");
}

/* Only an address widens its column for the lines that follow. */
static void one_wide_line_is_one(void **state)
{
	struct writer w;
	struct dns_message m;
	struct lookup l;
	struct output out;
	struct table table;

	(void)state;
	put_header(&w, 0x8180, 1, 0, 0);
	put_question(&w, "www.example.com", DNS_TYPE_A);
	put_address(&w, "www.example.com", 1);
	l = answered(&w, &m);
	assert_true(output_open(&out, -1, OUTPUT_SIZE));
	table_init(&table, &plain, &out);
	memset(l.owner.comm, 0xff, COMM_SIZE - 1);
	table_lookup(&table, &l, 1700000000000000001ULL, &no_details);
	out.used = 0;
	memcpy(l.owner.comm, "getent", sizeof("getent"));
	table_lookup(&table, &l, 1700000000000000001ULL, &no_details);
	out.buffer[out.used] = '\0';
	assert_has(out.buffer, " getent          udp   192.0.2.53      A     ");
	memset(l.server.address, 0xfd, sizeof(l.server.address));
	table_lookup(&table, &l, 1700000000000000001ULL, &no_details);
	out.used = 0;
	memset(l.server.address, 0, 10);
	memset(l.server.address + 10, 0xff, 2);
	table_lookup(&table, &l, 1700000000000000001ULL, &no_details);
	out.buffer[out.used] = '\0';
	assert_has(out.buffer, " 253.253.253.253                         A     ");
	output_close(&out);
}

static void answers_are_readable(void **state)
{
	static const char soa[] = "\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1";
	struct writer w;
	struct dns_message m;
	struct lookup l;

	(void)state;
	put_header(&w, 0x8180, 4, 0, 0);
	put_question(&w, "www.example.com", DNS_TYPE_A);
	put_alias(&w, "www.example.com", "a.example.net");
	put_alias(&w, "a.example.net", "b.example.net");
	put_address(&w, "b.example.net", 1);
	put_address(&w, "b.example.net", 2);
	l = answered(&w, &m);
	assert_string_equal(answer_of(&l),
			    "a.example.net -> b.example.net -> 192.0.2.1, 192.0.2.2\n");
	l.attempts = 2;
	l.unmatched = UNMATCHED_LATE;
	assert_has(answer_of(&l), "(2 attempts) unmatched: late a.example.net");

	put_header(&w, 0x8180, 0, 1, 0);
	put_question(&w, "www.example.com", DNS_TYPE_A);
	put_record(&w, "example.com", DNS_TYPE_SOA, soa, sizeof(soa) - 1);
	l = answered(&w, &m);
	assert_string_equal(answer_of(&l), "NODATA\n");

	put_header(&w, 0x8180, 0, 1, 0);
	put_question(&w, "www.example.com", DNS_TYPE_A);
	put_record(&w, "com", DNS_TYPE_NS, "\1a\0", 3);
	l = answered(&w, &m);
	assert_string_equal(answer_of(&l), "referral\n");

	put_header(&w, 0x8183, 0, 0, 1);
	put_question(&w, "www.example.com", DNS_TYPE_A);
	put_edns(&w, 0, "\0\x0f\0\x02\0\x12", 6);
	l = answered(&w, &m);
	assert_string_equal(answer_of(&l), "EDE 18 Prohibited\n");

	put_header(&w, 0x8380, 2, 0, 0);
	put_question(&w, "www.example.com", DNS_TYPE_A);
	put_address(&w, "www.example.com", 1);
	l = answered(&w, &m);
	assert_has(answer_of(&l), "malformed: ");
	assert_has(answer_of(&l), "; truncated 192.0.2.1\n");
}

/* The columns that a text takes: continuation octets take none. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text && *text != '\n'; text++)
		n += ((uint8_t)*text & 0xc0) != 0x80;
	return n;
}

static void fits_the_terminal_and_marks_it(void **state)
{
	static const char name[] = "a-very-long-name-of-a-host-somewhere.in.the.middle.example.com";
	struct table_config config = {.terminal = 140};
	struct writer w;
	struct dns_message m;
	struct lookup l;

	(void)state;
	put_header(&w, 0x8180, 12, 0, 0);
	put_question(&w, name, DNS_TYPE_A);
	for (uint8_t i = 0; i < 12; i++)
		put_address(&w, name, i);
	l = answered(&w, &m);
	for (config.terminal = 120; config.terminal < 240; config.terminal++) {
		assert_true(width_of(line_of(&l, &config)) <= config.terminal);
		assert_has(line_of(&l, &config), "…");
		assert_has(line_of(&l, &config), "192.0.2.0, ");
	}
	config.terminal = 140;
	assert_has(line_of(&l, &config), " 192.0.2.0, 192.0.2.1, +10\n");
	config.wide = true;
	assert_has(line_of(&l, &config), name);
	assert_has(line_of(&l, &config), ", 192.0.2.11\n");
	assert_has(line_of(&l, &plain), ", 192.0.2.11\n");
}

static void columns_grow(void **state)
{
	struct writer w;
	struct dns_message m;
	struct output out;
	struct table table;
	struct lookup l;

	(void)state;
	put_header(&w, 0x8180, 0, 0, 0);
	put_question(&w, "example.com", DNS_TYPE_A);
	l = answered(&w, &m);
	assert_true(output_open(&out, -1, OUTPUT_SIZE));
	table_init(&table, &plain, &out);
	l.server = endpoint("2001:db8:1111:2222:3333:4444:5555:6666", 53);
	table_lookup(&table, &l, 0, &no_details);
	l.server = endpoint("::1", 53);
	out.used = 0;
	table_lookup(&table, &l, 0, &no_details);
	out.buffer[out.used] = '\0';
	assert_has(out.buffer, " ::1                                    A     example.com ");
	output_close(&out);
}

static void a_message_becomes_a_lookup(void **state)
{
	struct packet packet = {
		.direction = PACKET_OUT,
		.protocol = IPPROTO_UDP,
		.source = endpoint("198.51.100.1", 40000),
		.destination = endpoint("10.0.0.1", 53),
		.has_asked = true,
		.asked = endpoint("192.0.2.53", 53),
		.wire_size = 29,
	};
	struct writer w;
	struct dns_message m;
	struct lookup l;

	(void)state;
	put_header(&w, 0x0100, 0, 0, 0);
	put_question(&w, "example.com", DNS_TYPE_A);
	assert_true(dns_message_read(&m, w.wire, w.size));
	lookup_from_message(&l, &packet, &m);
	assert_int_equal(l.event, LOOKUP_QUERY);
	assert_int_equal(l.role, ROLE_CLIENT);
	assert_true(endpoint_equal(&l.server, &packet.asked));
	assert_true(endpoint_equal(&l.client, &packet.source));
	assert_int_equal(l.query_size, 29);
	assert_int_equal(l.response_size, 0);
	assert_has(line_of(&l, &plain), " query ");
	assert_lacks(json_of(&l, NULL), "rcode");
	assert_lacks(json_of(&l, NULL), "latency_ms");
}

/* What all its messages have in sum; the records themselves were mostly in earlier ones. */
static void a_zone_transfer(void **state)
{
	struct writer w;
	struct dns_message m;
	struct lookup l;

	(void)state;
	put_header(&w, 0x8400, 1, 0, 0);
	put_question(&w, "example.com", DNS_TYPE_AXFR);
	put_address(&w, "example.com", 1);
	l = answered(&w, &m);
	l.protocol = IPPROTO_TCP;
	l.response_size = 70000;
	l.responses = 4;
	l.records = 312;
	assert_has(json_of(&l, NULL), "\"response_size\":70000,\"messages\":4,\"records\":312,");
	assert_has(line_of(&l, &plain), " 312 records, 4 messages\n");
	l.responses = 1;
	l.records = 1;
	assert_has(line_of(&l, &plain), " 1 record, 1 message\n");
	l.event = LOOKUP_TIMEOUT;
	l.message = NULL;
	l.responses = 2;
	assert_has(line_of(&l, &plain), " 1 record, 2 messages\n");
	assert_has(json_of(&l, NULL), "\"event\":\"timeout\"");
	assert_has(json_of(&l, NULL), "\"messages\":2,\"records\":1");
	/* None came; and one message of it, shown by itself. */
	l.responses = l.records = 0;
	assert_lacks(json_of(&l, NULL), "messages");
	l = answered(&w, &m);
	l.protocol = IPPROTO_TCP;
	l.event = LOOKUP_RESPONSE;
	assert_lacks(json_of(&l, NULL), "messages");
	assert_has(line_of(&l, &plain), "192.0.2.1");
}

static void a_failure_becomes_a_lookup(void **state)
{
	struct packet packet = {
		.kind = PACKET_SEND_FAILED,
		.direction = PACKET_OUT,
		.protocol = IPPROTO_UDP,
		.source = endpoint("0.0.0.0", 40000),
		.destination = endpoint("10.0.0.1", 53),
		.code = EPERM,
		.wire_size = 29,
	};
	struct writer w;
	struct dns_message m;
	struct lookup l;

	(void)state;
	put_header(&w, 0x0100, 0, 0, 0);
	put_question(&w, "example.com", DNS_TYPE_A);
	assert_true(dns_message_read(&m, w.wire, w.size));
	lookup_from_failure(&l, &packet, &m);
	assert_int_equal(l.event, LOOKUP_SEND_FAILED);
	assert_int_equal(l.error, EPERM);
	assert_int_equal(l.role, ROLE_CLIENT);
	assert_int_equal(l.query_size, 29);
	assert_true(endpoint_equal(&l.server, &packet.destination));
	assert_true(l.has_question && !l.no_header && lookup_failed(&l));
	/* A dropped SYN-ACK, which has no message: it was for the client. */
	packet.kind = PACKET_DROPPED;
	packet.direction = PACKET_IN;
	packet.protocol = IPPROTO_TCP;
	packet.tcp_flags = TCP_SYN | TCP_ACK;
	packet.reason = "NETFILTER_DROP";
	lookup_from_failure(&l, &packet, NULL);
	assert_int_equal(l.event, LOOKUP_DROPPED);
	assert_int_equal(l.role, ROLE_CLIENT);
	assert_int_equal(l.error, 0);
	assert_true(endpoint_equal(&l.server, &packet.source));
	assert_true(l.no_header && !l.has_question && lookup_failed(&l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_every_field),
		cmocka_unit_test(json_leaves_out_what_is_not_known),
		cmocka_unit_test(json_tells_what_failed),
		cmocka_unit_test(json_has_edns_options),
		cmocka_unit_test(no_control_gets_through),
		cmocka_unit_test(table_has_its_columns),
		cmocka_unit_test(one_wide_line_is_one),
		cmocka_unit_test(answers_are_readable),
		cmocka_unit_test(fits_the_terminal_and_marks_it),
		cmocka_unit_test(columns_grow),
		cmocka_unit_test(a_message_becomes_a_lookup),
		cmocka_unit_test(a_zone_transfer),
		cmocka_unit_test(a_failure_becomes_a_lookup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
