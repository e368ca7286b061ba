/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/summary.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/escape.h"
#include "cli/format.h"
#include "cli/lookup.h"
#include "cli/search_list.h"
#include "cli/topk.h"
#include "dns/codes.h"

#define ROOM  1024 /* keys of each kind that are counted */
#define SHOWN 10

enum value { VALUE_FAILED, VALUE_TIMEOUTS, VALUE_WASTED };

enum kind { KIND_NAME, KIND_PROCESS, KIND_SERVER, KINDS };

struct summary {
	uint64_t lookups, failed, timeouts, wasted;
	struct topk *top[KINDS];
	struct search_list *search;
};

struct process_key {
	uint32_t pid;
	char comm[COMM_SIZE];
};

void summary_free(struct summary *s)
{
	if (!s)
		return;
	for (int i = 0; i < KINDS; i++)
		topk_free(s->top[i]);
	search_list_free(s->search);
	free(s);
}

struct summary *summary_new(void)
{
	struct summary *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->search = search_list_new();
	for (int i = 0; i < KINDS; i++)
		s->top[i] = topk_new(ROOM);
	if (!s->search || !s->top[KIND_NAME] || !s->top[KIND_PROCESS] || !s->top[KIND_SERVER]) {
		summary_free(s);
		return NULL;
	}
	return s;
}

static struct topk_entry *count_name(struct summary *s, const struct dns_name *name)
{
	struct dns_name lower;

	dns_name_lower(&lower, name);
	return topk_count(s->top[KIND_NAME], lower.wire, lower.len);
}

static struct topk_entry *count_process(struct summary *s, const struct owner *owner)
{
	struct process_key key = {.pid = owner->pid};

	for (int i = 0; i < COMM_SIZE - 1 && owner->comm[i]; i++)
		key.comm[i] = owner->comm[i];
	return topk_count(s->top[KIND_PROCESS], &key, sizeof(key));
}

/* How many lookups are now known to be wasted. */
static unsigned int follow_search_list(struct summary *s, const struct lookup *lookup)
{
	uint32_t pid = lookup->owner.pid;
	uint16_t rcode;

	if (!lookup->has_question || lookup->event != LOOKUP_ANSWER ||
	    !lookup_rcode(lookup, &rcode))
		return 0;
	if (rcode == DNS_RCODE_NXDOMAIN)
		return search_list_failed(s->search, lookup->time, pid, &lookup->question.name);
	if (rcode == DNS_RCODE_NOERROR && lookup->message->count[DNS_SECTION_ANSWER] > 0)
		return search_list_answered(s->search, lookup->time, pid, &lookup->question.name);
	return 0;
}

static void add_outcome(struct topk_entry *entry, bool failed, bool timeout)
{
	entry->values[VALUE_FAILED] += failed;
	entry->values[VALUE_TIMEOUTS] += timeout;
}

void summary_add(struct summary *s, const struct lookup *lookup)
{
	bool failed = lookup_failed(lookup), timeout = lookup->event == LOOKUP_TIMEOUT;

	if (lookup->event == LOOKUP_QUERY || lookup->event == LOOKUP_RESPONSE ||
	    lookup->event == LOOKUP_DROPPED || lookup->no_header)
		return;
	s->lookups++;
	s->failed += failed;
	s->timeouts += timeout;
	if (lookup->has_question)
		add_outcome(count_name(s, &lookup->question.name), failed, timeout);
	add_outcome(topk_count(s->top[KIND_SERVER], lookup->server.address,
			       sizeof(lookup->server.address)),
		    failed, timeout);
	if (lookup->has_owner) {
		struct topk_entry *process = count_process(s, &lookup->owner);
		unsigned int wasted = follow_search_list(s, lookup);

		add_outcome(process, failed, timeout);
		process->values[VALUE_WASTED] += wasted;
		s->wasted += wasted;
	}
}

static void key_text(char text[DNS_NAME_TEXT_MAX], enum kind kind, const struct topk_entry *entry)
{
	struct dns_name name = {0};
	struct endpoint server = {0};
	struct process_key key;
	size_t n;

	switch (kind) {
	case KIND_NAME:
		name.len = (uint8_t)entry->key_size;
		memcpy(name.wire, entry->key, entry->key_size);
		dns_name_to_text(text, &name);
		break;
	case KIND_PROCESS:
		memcpy(&key, entry->key, sizeof(key));
		n = format_unsigned(text, key.pid);
		text[n++] = ' ';
		escape_text(text + n, DNS_NAME_TEXT_MAX - n, key.comm, strnlen(key.comm, COMM_SIZE),
			    ESCAPE_ASCII, NULL);
		break;
	default:
		memcpy(server.address, entry->key, sizeof(server.address));
		endpoint_address_to_text(text, &server);
	}
}

static void print_top(const struct summary *s, enum kind kind, const char *heading,
		      struct output *out)
{
	const struct topk_entry *best[SHOWN];
	size_t n = topk_best(s->top[kind], best, SHOWN);
	char text[DNS_NAME_TEXT_MAX];

	output_print(out, "\n%9s %9s %9s %9s %s\n", "LOOKUPS", "FAILED", "TIMEOUTS",
		     kind == KIND_PROCESS ? "SEARCH(%)" : "", heading);
	for (size_t i = 0; i < n; i++) {
		const struct topk_entry *e = best[i];
		char share[16] = "";

		if (kind == KIND_PROCESS)
			snprintf(share, sizeof(share), "%.1f",
				 100.0 * (double)e->values[VALUE_WASTED] / (double)e->count);
		key_text(text, kind, e);
		output_print(out, "%s%*llu %9llu %9llu %9s ", e->error ? "~" : "", e->error ? 8 : 9,
			     (unsigned long long)e->count,
			     (unsigned long long)e->values[VALUE_FAILED],
			     (unsigned long long)e->values[VALUE_TIMEOUTS], share);
		output_string(out, text);
		output_put(out, "\n", 1);
	}
	if (topk_replaced(s->top[kind]))
		output_print(out, "  (more than %d different ones: ~ counts may be too high)\n",
			     ROOM);
}

void summary_print(const struct summary *s, struct output *out)
{
	output_print(out, "\nlookups %llu, failed %llu, timeouts %llu, search list %llu\n",
		     (unsigned long long)s->lookups, (unsigned long long)s->failed,
		     (unsigned long long)s->timeouts, (unsigned long long)s->wasted);
	if (search_list_forgotten(s->search))
		output_print(out,
			     "  (search list: %llu lookups were forgotten within the second)\n",
			     (unsigned long long)search_list_forgotten(s->search));
	print_top(s, KIND_NAME, "NAME", out);
	print_top(s, KIND_PROCESS, "PID COMM", out);
	print_top(s, KIND_SERVER, "SERVER", out);
}

#define PUT_NUMBER(j, key, value)                                                                  \
	do {                                                                                       \
		json_key(j, key);                                                                  \
		json_unsigned(j, value);                                                           \
	} while (0)

static void put_process(struct json *j, const struct topk_entry *entry)
{
	struct process_key key;

	memcpy(&key, entry->key, sizeof(key));
	PUT_NUMBER(j, "pid", key.pid);
	json_key(j, "comm");
	json_octets(j, key.comm, strnlen(key.comm, COMM_SIZE));
}

static void put_top(const struct summary *s, struct json *j, enum kind kind)
{
	static const char *const keys[KINDS] = {"qname", "process", "server"};
	const struct topk_entry *best[SHOWN];
	size_t n = topk_best(s->top[kind], best, SHOWN);
	char text[DNS_NAME_TEXT_MAX];

	json_array_begin(j);
	for (size_t i = 0; i < n; i++) {
		json_object_begin(j);
		if (kind == KIND_PROCESS) {
			put_process(j, best[i]);
		} else {
			key_text(text, kind, best[i]);
			json_string(j, keys[kind]);
			json_string(j, text);
		}
		PUT_NUMBER(j, "lookups", best[i]->count);
		if (best[i]->error)
			PUT_NUMBER(j, "lookups_too_high_by_at_most", best[i]->error);
		PUT_NUMBER(j, "failed", best[i]->values[VALUE_FAILED]);
		PUT_NUMBER(j, "timeouts", best[i]->values[VALUE_TIMEOUTS]);
		if (kind == KIND_PROCESS)
			PUT_NUMBER(j, "search_list", best[i]->values[VALUE_WASTED]);
		json_object_end(j);
	}
	json_array_end(j);
}

void summary_json(const struct summary *s, struct json *j, uint64_t time)
{
	json_event_begin(j, time, "summary");
	PUT_NUMBER(j, "lookups", s->lookups);
	PUT_NUMBER(j, "failed", s->failed);
	PUT_NUMBER(j, "timeouts", s->timeouts);
	PUT_NUMBER(j, "search_list", s->wasted);
	PUT_NUMBER(j, "search_list_forgotten", search_list_forgotten(s->search));
	json_key(j, "names");
	put_top(s, j, KIND_NAME);
	json_key(j, "processes");
	put_top(s, j, KIND_PROCESS);
	json_key(j, "servers");
	put_top(s, j, KIND_SERVER);
	json_line_end(j);
}
