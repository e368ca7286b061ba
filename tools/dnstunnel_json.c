/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An alert for programs.
 */
#include <string.h>

#include "cli/json_lookup.h"
#include "dnstunnel.h"

static void put_name(struct json *j, const struct dns_name *name)
{
	char text[DNS_NAME_TEXT_MAX];

	json_text(j, text, dns_name_to_text(text, name));
}

static void put_who(struct json *j, const struct alert *a, const struct alert_details *d)
{
	if (a->client.has_owner)
		json_owner(j, &a->client.owner, &d->process);
	if (d->process.ifname) {
		json_key(j, "ifname");
		json_octets(j, d->process.ifname, strlen(d->process.ifname));
	}
	json_key(j, "proto");
	json_string(j, a->protocol == 6 ? "tcp" : "udp");
	json_key(j, "client");
	json_address(j, &a->client.address);
	json_key(j, "server");
	json_address(j, &a->server);
	json_key(j, "server_port");
	json_unsigned(j, a->server.port);
}

static void put_why(struct json *j, const struct alert *a)
{
	json_key(j, "score");
	json_unsigned(j, a->score);
	json_key(j, "parts");
	json_object_begin(j);
	for (int i = 0; i < ALERT_PARTS; i++) {
		if (!a->parts[i])
			continue;
		json_string(j, alert_part_name((enum alert_part)i));
		json_unsigned(j, a->parts[i]);
	}
	json_object_end(j);
	json_key(j, "evidence");
	json_array_begin(j);
	for (unsigned int i = 0; i < ALERT_EVIDENCES; i++)
		if (a->evidence & 1U << i)
			json_string(j, alert_evidence_name((enum alert_evidence)i));
	json_array_end(j);
}

static void put_known(struct json *j, const char *key, bool known, uint64_t value)
{
	if (!known)
		return;
	json_string(j, key);
	json_unsigned(j, value);
}

static void put_totals(struct json *j, const struct alert *a)
{
	json_key(j, "samples");
	json_array_begin(j);
	for (uint32_t i = 0; i < a->sample_count; i++)
		put_name(j, &a->samples[i]);
	json_array_end(j);
	json_key(j, "queries");
	json_unsigned(j, a->queries);
	put_known(j, "distinct_names", a->has_names, a->distinct_names);
	put_known(j, "bytes_up", a->has_up, a->bytes_up);
	put_known(j, "bytes_down", a->has_down, a->bytes_down);
	put_known(j, "domains", a->domain_count, a->domain_count);
}

static void put_list(struct json *j, const struct alert *a, const struct alert_details *d)
{
	if (a->kind != ALERT_BLOCKLISTED)
		return;
	if (d->list) {
		json_key(j, "list");
		json_octets(j, d->list, strlen(d->list));
	}
	json_key(j, "match");
	json_string(j, a->exact ? "exact" : "subdomain");
}

void alert_json(struct json *j, const struct alert *alert, const struct alert_details *details)
{
	json_event_begin(j, details->time, "alert");
	json_key(j, "kind");
	json_string(j, alert_kind_name(alert->kind));
	json_key(j, "severity");
	json_string(j, alert_severity_name(alert->severity));
	json_key(j, "state");
	json_string(j, alert_state_name(alert->state));
	if (alert->has_domain) {
		json_key(j, "domain");
		put_name(j, &alert->domain);
	}
	put_who(j, alert, details);
	put_why(j, alert);
	put_totals(j, alert);
	put_list(j, alert, details);
	json_line_end(j);
}
