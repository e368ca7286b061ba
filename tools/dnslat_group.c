/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --by: what lookups are grouped by, and how groups are put in order.
 */
#include <stdlib.h>
#include <string.h>

#include "capture/packet.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "dns/codes.h"
#include "dns/registered.h"
#include "dnslat.h"

static const char *const groupings[GROUPINGS] = {
	[BY_SERVER] = "server", [BY_CLIENT] = "client",	      [BY_PROCESS] = "process",
	[BY_TYPE] = "type",	[BY_RCODE] = "rcode",	      [BY_NAME] = "name",
	[BY_CGROUP] = "cgroup", [BY_INTERFACE] = "interface",
};

static const char *const columns[GROUP_COLUMNS] = {
	[GROUP_QUERIES] = "queries", [GROUP_SLOW] = "slow",	[GROUP_TIMEOUTS] = "timeouts",
	[GROUP_RETRIES] = "retries", [GROUP_FAILED] = "failed", [GROUP_MIN] = "min",
	[GROUP_AVG] = "avg",	     [GROUP_P50] = "p50",	[GROUP_P95] = "p95",
	[GROUP_P99] = "p99",	     [GROUP_MAX] = "max",
};

static bool find_name(const char *const *names, int count, const char *name, int *found)
{
	for (int i = 0; i < count; i++) {
		if (!names[i] || strcmp(names[i], name) != 0)
			continue;
		*found = i;
		return true;
	}
	return false;
}

const char *group_by_name(enum group_by by)
{
	return groupings[by == BY_FULL_NAME ? BY_NAME : by];
}

bool group_by_from_name(const char *name, enum group_by *by)
{
	int found;

	if (!find_name(groupings, GROUPINGS, name, &found))
		return false;
	*by = (enum group_by)found;
	return true;
}

const char *group_column_name(enum group_column column)
{
	return columns[column];
}

bool group_column_from_name(const char *name, enum group_column *column)
{
	int found;

	if (!find_name(columns, GROUP_COLUMNS, name, &found))
		return false;
	*column = (enum group_column)found;
	return true;
}

static size_t copy(char *key, const char *text)
{
	size_t length = strnlen(text, GROUP_KEY_MAX);

	memcpy(key, text, length);
	key[length] = '\0';
	return length;
}

/* What somebody else chose. */
static size_t escape_key(char *key, const char *text)
{
	return escape_text(key, GROUP_KEY_MAX, text, strlen(text), ESCAPE_ASCII, NULL);
}

#define CLIENT_PREFIX_IPV4 24
#define CLIENT_PREFIX_IPV6 56 /* a site (RFC 6177) */

/* The network that a client is in: "192.0.2.0/24". */
static size_t client_key(char *key, const struct endpoint *client)
{
	struct endpoint network = *client;
	bool ipv4 = endpoint_is_ipv4(client);
	size_t kept = ipv4 ? 12 + CLIENT_PREFIX_IPV4 / 8 : CLIENT_PREFIX_IPV6 / 8, n;

	memset(network.address + kept, 0, sizeof(network.address) - kept);
	n = endpoint_address_to_text(key, &network);
	key[n++] = '/';
	return n + format_unsigned(key + n, ipv4 ? CLIENT_PREFIX_IPV4 : CLIENT_PREFIX_IPV6);
}

static size_t process_key(char *key, const struct owner *owner)
{
	size_t n = escape_text(key, GROUP_KEY_MAX, owner->comm, strnlen(owner->comm, COMM_SIZE),
			       ESCAPE_ASCII, NULL);

	key[n++] = '[';
	n += format_unsigned(key + n, owner->pid);
	key[n++] = ']';
	key[n] = '\0';
	return n;
}

static size_t name_key(char *key, const struct dns_name *name)
{
	struct dns_name lower;

	dns_name_lower(&lower, name);
	return dns_name_to_text(key, &lower);
}

static size_t domain_key(char *key, const struct dns_name *name)
{
	struct dns_name domain;

	dns_registered_domain(&domain, name);
	return dns_name_to_text(key, &domain);
}

static size_t rcode_key(char *key, const struct lookup *lookup)
{
	char buffer[DNS_CODE_TEXT_MAX];
	uint16_t rcode;

	if (lookup_rcode(lookup, &rcode))
		return copy(key, dns_rcode_name(rcode, buffer));
	return copy(key, lookup_event_name(lookup->event));
}

size_t group_key(char key[GROUP_KEY_MAX + 1], enum group_by by, const struct lookup *lookup,
		 const struct lookup_details *details)
{
	char buffer[DNS_CODE_TEXT_MAX];

	switch (by) {
	case BY_SERVER:
		return lookup_server_text(key, &lookup->server);
	case BY_CLIENT:
		return client_key(key, &lookup->client);
	case BY_RCODE:
		return rcode_key(key, lookup);
	case BY_PROCESS:
		if (lookup->has_owner)
			return process_key(key, &lookup->owner);
		break;
	case BY_TYPE:
		if (lookup->has_question)
			return copy(key, dns_type_name(lookup->question.type, buffer));
		break;
	case BY_NAME:
		if (lookup->has_question)
			return domain_key(key, &lookup->question.name);
		break;
	case BY_FULL_NAME:
		if (lookup->has_question)
			return name_key(key, &lookup->question.name);
		break;
	case BY_CGROUP:
		if (details->cgroup)
			return escape_key(key, details->cgroup);
		break;
	case BY_INTERFACE:
		if (details->ifname)
			return escape_key(key, details->ifname);
		break;
	default:
		break;
	}
	return copy(key, "-");
}

static uint64_t failures(const struct latency *l)
{
	return l->queries - l->rcodes[DNS_RCODE_NOERROR];
}

uint64_t report_figure(const struct latency *l, enum group_column column)
{
	switch (column) {
	case GROUP_QUERIES:
		return l->queries;
	case GROUP_SLOW:
		return l->slow;
	case GROUP_TIMEOUTS:
		return l->timeouts;
	case GROUP_RETRIES:
		return l->retries;
	case GROUP_FAILED:
		return failures(l);
	case GROUP_MIN:
		return l->answers ? l->min : 0;
	case GROUP_AVG:
		return latency_average(l);
	case GROUP_P50:
		return latency_percentile(l, 500);
	case GROUP_P95:
		return latency_percentile(l, 950);
	case GROUP_P99:
		return latency_percentile(l, 990);
	default:
		return l->max;
	}
}

struct ranked {
	uint64_t figure, queries;
	const struct group *group;
};

static int by_key(const struct group *a, const struct group *b)
{
	size_t shorter = a->key_size < b->key_size ? a->key_size : b->key_size;
	int order = memcmp(a->key, b->key, shorter);

	return order ? order : (int)a->key_size - (int)b->key_size;
}

/* The highest first; of equals the one with more lookups, then by name. */
static int by_rank(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->figure != b->figure)
		return a->figure < b->figure ? 1 : -1;
	if (a->queries != b->queries)
		return a->queries < b->queries ? 1 : -1;
	return by_key(a->group, b->group);
}

uint32_t report_order(const struct group **order, const struct report_config *config,
		      const struct groups *groups)
{
	static struct ranked ranked[REPORT_GROUPS_MAX];
	uint32_t count = groups_count(groups), shown = count;

	for (uint32_t i = 0; i < count; i++) {
		const struct group *group = groups_at(groups, i);

		ranked[i] = (struct ranked){
			.figure = report_figure(&group->latency, config->sort),
			.queries = group->latency.queries,
			.group = group,
		};
	}
	qsort(ranked, count, sizeof(ranked[0]), by_rank);
	if (shown > config->top)
		shown = config->top;
	for (uint32_t i = 0; i < shown; i++)
		order[i] = ranked[i].group;
	return shown;
}
