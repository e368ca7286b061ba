/* SPDX-License-Identifier: Apache-2.0 */
/* What is added up: frequent keys, search lists, the summary, the accounting line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "cli/accounting.h"
#include "cli/search_list.h"
#include "cli/summary.h"
#include "cli/topk.h"

static void count_times(struct topk *t, const char *key, unsigned int times)
{
	while (times--)
		topk_count(t, key, strlen(key));
}

static void assert_entry(const struct topk_entry *e, const char *key, uint64_t count)
{
	assert_int_equal(e->key_size, strlen(key));
	assert_memory_equal(e->key, key, e->key_size);
	assert_int_equal(e->count, count);
}

static void counts_exactly_where_there_is_room(void **state)
{
	struct topk *t = topk_new(4);
	const struct topk_entry *best[3];

	(void)state;
	count_times(t, "b", 3);
	count_times(t, "a", 7);
	count_times(t, "d", 1);
	count_times(t, "c", 5);
	assert_int_equal(topk_best(t, best, 3), 3);
	assert_entry(best[0], "a", 7);
	assert_entry(best[1], "c", 5);
	assert_entry(best[2], "b", 3);
	assert_int_equal(topk_replaced(t), 0);
	topk_free(t);
}

/* The rarest gives way; its count is the newcomer's error; the frequent ones stay. */
static void bounds_its_errors(void **state)
{
	struct topk *t = topk_new(3);
	const struct topk_entry *best[3];
	char key[16];

	(void)state;
	count_times(t, "often", 1000);
	count_times(t, "seldom", 500);
	for (int i = 0; i < 300; i++) {
		snprintf(key, sizeof(key), "once%d", i);
		count_times(t, key, 1);
	}
	assert_int_equal(topk_best(t, best, 3), 3);
	assert_entry(best[0], "often", 1000);
	assert_entry(best[1], "seldom", 500);
	assert_entry(best[2], "once299", 300);
	assert_int_equal(best[2]->error, 299);
	assert_int_equal(topk_replaced(t), 299);
	topk_free(t);
}

static struct dns_name name(const char *text)
{
	struct dns_name n;

	assert_true(dns_name_from_text(&n, text));
	return n;
}

#define S	 NS_PER_S
#define NS_PER_S 1000000000ULL

static unsigned int failed(struct search_list *s, uint64_t time, uint64_t pid, const char *text)
{
	struct dns_name n = name(text);

	return search_list_failed(s, time, pid, &n);
}

static unsigned int answered(struct search_list *s, uint64_t time, uint64_t pid, const char *text)
{
	struct dns_name n = name(text);

	return search_list_answered(s, time, pid, &n);
}

static void sees_search_lists(void **state)
{
	struct search_list *s = search_list_new();

	(void)state;
	assert_int_equal(failed(s, S, 1, "api.example.com.default.svc.cluster.local"), 0);
	assert_int_equal(failed(s, S, 1, "API.example.com.svc.cluster.local"), 0);
	assert_int_equal(failed(s, S, 1, "api.example.com.cluster.local"), 0);
	assert_int_equal(answered(s, S + 1, 1, "api.Example.com"), 3);
	assert_int_equal(answered(s, S + 2, 1, "api.example.com"), 0); /* each is counted once */
	assert_int_equal(failed(s, S + 3, 1, "api.example.com.cluster.local"), 1); /* before, too */
	search_list_free(s);
}

static void sees_no_others(void **state)
{
	struct search_list *s = search_list_new();

	(void)state;
	assert_int_equal(failed(s, S, 1, "example.com.local"), 0);
	assert_int_equal(answered(s, S, 2, "example.com"), 0);	     /* another process */
	assert_int_equal(answered(s, S, 1, "example.co"), 0);	     /* no whole label */
	assert_int_equal(answered(s, S, 1, "com.local"), 0);	     /* the end, not the start */
	assert_int_equal(answered(s, S, 1, "example.com.local"), 0); /* itself */
	assert_int_equal(answered(s, S, 1, "."), 0);
	assert_int_equal(answered(s, 2 * S + 1, 1, "example.com"), 0);	  /* too late */
	assert_int_equal(failed(s, 3 * S + 2, 1, "example.com.corp"), 0); /* too late */
	assert_int_equal(search_list_forgotten(s), 0);
	search_list_free(s);
}

static void counts_what_it_forgets(void **state)
{
	struct search_list *s = search_list_new();
	char text[32];

	(void)state;
	for (unsigned int i = 0; i < 1030; i++) {
		snprintf(text, sizeof(text), "h%u.local", i);
		failed(s, S, 1, text);
	}
	assert_int_equal(search_list_forgotten(s), 6);
	assert_int_equal(answered(s, S, 1, "h0"), 0);
	assert_int_equal(answered(s, S, 1, "h1029"), 1);
	search_list_free(s);
}

static void add(struct summary *s, uint32_t pid, const char *text, uint8_t rcode)
{
	struct dns_message m = {.flags = DNS_FLAG_QR, .rcode = rcode};
	struct lookup l = {
		.event = rcode == 0xff ? LOOKUP_TIMEOUT : LOOKUP_ANSWER,
		.time = S,
		.has_owner = pid != 0,
		.owner = {.pid = pid, .comm = "app"},
		.has_question = true,
		.message = rcode == 0xff ? NULL : &m,
	};

	m.count[DNS_SECTION_ANSWER] = rcode == 0;
	l.question.name = name(text);
	l.server.address[15] = 1;
	summary_add(s, &l);
}

static void adds_up(void **state)
{
	struct lookup query = {.event = LOOKUP_QUERY};
	struct summary *s = summary_new();
	struct output out;
	struct json json;

	(void)state;
	add(s, 5, "example.com.local", 3);
	add(s, 5, "example.com", 0);
	add(s, 5, "EXAMPLE.com", 0);
	add(s, 0, "other.org", 0xff);
	summary_add(s, &query); /* no lookup */
	assert_true(output_open(&out, -1, 65536) && json_open(&json, &out));
	summary_print(s, &out);
	out.buffer[out.used] = '\0';
	assert_non_null(strstr(out.buffer, "\nlookups 4, failed 2, timeouts 1, search list 1\n"));
	assert_non_null(
		strstr(out.buffer, "        2         0         0           example.com\n"));
	assert_non_null(strstr(out.buffer, "        1         1         1           other.org\n"));
	assert_non_null(strstr(out.buffer, "        3         1         0      33.3 5 app\n"));
	assert_non_null(strstr(out.buffer, "        4         2         1           ::1\n"));
	out.used = 0;
	summary_json(s, &json, 0);
	out.buffer[out.used] = '\0';
	assert_non_null(strstr(out.buffer, "\"event\":\"summary\",\"lookups\":4,\"failed\":2,"
					   "\"timeouts\":1,\"search_list\":1,"));
	assert_non_null(strstr(out.buffer,
			       "\"processes\":[{\"pid\":5,\"comm\":\"app\",\"lookups\":3,"
			       "\"failed\":1,\"timeouts\":0,\"search_list\":1}]"));
	json_close(&json);
	output_close(&out);
	summary_free(s);
}

static void accounts_for_everything(void **state)
{
	struct accounting a = {.source = {.captured = 9, .unattributed = 2, .truncated = 1},
			       .transactions = {.unmatched = 3},
			       .malformed = 4};
	char text[ACCOUNTING_TEXT_MAX];

	(void)state;
	accounting_text(text, &a);
	assert_string_equal(text, "captured 9, unattributed 2, unmatched 3, malformed 4, "
				  "truncated 1, lost 0");
	a.source.lost_owner = 5;
	a.source.lost_ring = 6;
	a.source.unreadable = 7;
	a.source.evicted = 9;
	a.source.forgotten = 10;
	a.transactions.evicted = 8;
	a.transactions.pending = 1;
	accounting_text(text, &a);
	assert_string_equal(text, "captured 9, unattributed 2 (process map full 5), unmatched 3, "
				  "malformed 4, truncated 1, lost 13 (ring buffer full 6, "
				  "unreadable 7), forgotten 10, evicted 8, evicted streams 9, "
				  "pending 1");
	memset(&a, 0xff, sizeof(a));
	assert_true(accounting_text(text, &a) < ACCOUNTING_TEXT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_exactly_where_there_is_room),
		cmocka_unit_test(bounds_its_errors),
		cmocka_unit_test(sees_search_lists),
		cmocka_unit_test(sees_no_others),
		cmocka_unit_test(counts_what_it_forgets),
		cmocka_unit_test(adds_up),
		cmocka_unit_test(accounts_for_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
