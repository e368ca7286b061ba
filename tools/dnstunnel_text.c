/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An alert as people read it.
 */
#include <stdio.h>
#include <string.h>

#include "cli/escape.h"
#include "cli/format.h"
#include "cli/user.h"
#include "dnstunnel.h"

#define LABEL_WIDTH 10
#define LIST_MAX    256 /* octets of a list's name */

static const char *const marks[ALERT_SEVERITIES] = {
	[ALERT_LOW] = "!  ",
	[ALERT_MEDIUM] = "!! ",
	[ALERT_HIGH] = "!!!",
};

static const char *const colours[ALERT_SEVERITIES] = {
	[ALERT_LOW] = "\033[36m",
	[ALERT_MEDIUM] = "\033[33m",
	[ALERT_HIGH] = "\033[1;31m",
};

static void put_label(struct output *out, const char *label)
{
	output_print(out, "    %-*s", LABEL_WIDTH, label);
}

static void put_escaped(struct output *out, const char *text, size_t size)
{
	char safe[ESCAPE_OCTET_MAX * LIST_MAX + 1];

	output_put(out, safe,
		   escape_text(safe, sizeof(safe), text, strnlen(text, size), ESCAPE_ASCII, NULL));
}

static void put_name(struct output *out, const struct dns_name *name)
{
	char text[DNS_NAME_TEXT_MAX];

	output_put(out, text, dns_name_to_text(text, name));
}

static void put_address(struct output *out, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_MAX];

	output_put(out, text, endpoint_address_to_text(text, e));
}

/* "1.2 kB" */
static void put_octets(struct output *out, uint64_t octets)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB"};
	unsigned int unit = 0;

	if (octets < 1000) {
		output_print(out, "%llu B", (unsigned long long)octets);
		return;
	}
	for (octets = octets * 10 / 1000; octets >= 10000 && unit < 3; unit++)
		octets /= 1000;
	output_print(out, "%llu.%llu %s", (unsigned long long)octets / 10,
		     (unsigned long long)octets % 10, units[unit]);
}

static void put_process(struct output *out, const struct owner *owner)
{
	put_escaped(out, owner->comm, COMM_SIZE);
	output_print(out, "[%u]", owner->pid);
}

static void put_subject(struct output *out, const struct alert *a)
{
	if (a->has_domain)
		put_name(out, &a->domain);
	else if (a->domain_count)
		output_print(out, "about %u domains", a->domain_count);
	else
		output_string(out, "-");
}

static void put_head(struct output *out, const struct alert *a, const struct alert_details *d,
		     bool colour)
{
	char time[FORMAT_TIME_MAX];

	format_time_of_day(time, d->time);
	output_print(out, "%s%s %-6s%s  %s  %s  ", colour ? colours[a->severity] : "",
		     marks[a->severity], alert_severity_name(a->severity), colour ? "\033[0m" : "",
		     time, alert_kind_name(a->kind));
	put_subject(out, a);
}

static void put_who(struct output *out, const struct alert *a, const struct alert_details *d)
{
	put_label(out, a->client.has_owner ? "process" : "client");
	if (a->client.has_owner) {
		put_process(out, &a->client.owner);
		output_print(out, " of %s, ", user_name(a->client.owner.uid));
	}
	put_address(out, &a->client.address);
	output_string(out, " -> ");
	put_address(out, &a->server);
	if (d->process.ifname) {
		output_string(out, " on ");
		put_escaped(out, d->process.ifname, strlen(d->process.ifname));
	}
	output_string(out, "\n");
	if (d->process.cmdline) {
		put_label(out, "command");
		output_string(out, d->process.cmdline);
		output_string(out, "\n");
	}
	if (d->process.in_container) {
		put_label(out, "container");
		output_print(out, "%.12s\n", d->process.container);
	}
}

static void put_score(struct output *out, const struct alert *a)
{
	const char *between = " = ";

	put_label(out, "score");
	output_print(out, "%u", a->score);
	for (int i = 0; i < ALERT_PARTS; i++) {
		if (!a->parts[i])
			continue;
		output_print(out, "%s%s %u", between, alert_part_name((enum alert_part)i),
			     a->parts[i]);
		between = " + ";
	}
	output_string(out, "\n");
}

static void put_evidence(struct output *out, const struct alert *a, const struct alert_details *d)
{
	if (a->kind == ALERT_BLOCKLISTED) {
		put_label(out, "list");
		put_escaped(out, d->list ? d->list : "-", LIST_MAX);
		output_string(out, a->exact ? " (the name itself)\n" : " (a name above it)\n");
	}
	if (!a->evidence)
		return;
	put_label(out, "evidence");
	for (unsigned int i = 0, n = 0; i < ALERT_EVIDENCES; i++)
		if (a->evidence & 1U << i)
			output_print(out, "%s%s", n++ ? " " : "",
				     alert_evidence_name((enum alert_evidence)i));
	output_string(out, "\n");
}

static void put_count(struct output *out, uint64_t count, const char *what)
{
	output_print(out, "%llu %s%s", (unsigned long long)count, what, count == 1 ? "" : "s");
}

static void put_volume(struct output *out, bool known, uint64_t octets, const char *way)
{
	if (!known)
		return;
	output_string(out, ", ");
	put_octets(out, octets);
	output_string(out, way);
}

static void put_totals(struct output *out, const struct alert *a)
{
	const char *queries = a->queries == 1 ? "query" : "queries";

	output_print(out, "%llu %s", (unsigned long long)a->queries, queries);
	if (a->has_names) {
		output_string(out, ", ");
		put_count(out, a->distinct_names, "name");
	}
	put_volume(out, a->has_up, a->bytes_up, " up");
	put_volume(out, a->has_down, a->bytes_down, " down");
	output_string(out, "\n");
}

static void put_samples(struct output *out, const struct alert *a)
{
	for (uint32_t i = 0; i < a->sample_count; i++) {
		put_label(out, i ? "" : "names");
		put_name(out, &a->samples[i]);
		output_string(out, "\n");
	}
}

static void put_block(struct output *out, const struct alert *a, const struct alert_details *d)
{
	output_string(out, "\n");
	put_who(out, a, d);
	put_score(out, a);
	put_evidence(out, a, d);
	put_label(out, "so far");
	put_totals(out, a);
	put_samples(out, a);
}

static void put_line(struct output *out, const struct alert *a)
{
	static const char *const states[] = {
		[ALERT_OPEN] = "begins",
		[ALERT_UPDATE] = "goes on",
		[ALERT_CLOSED] = "closed",
	};

	if (a->client.has_owner) {
		output_string(out, "  ");
		put_process(out, &a->client.owner);
	} else {
		output_string(out, "  ");
		put_address(out, &a->client.address);
	}
	output_print(out, "  %s: score %u, ", states[a->state], a->score);
	put_totals(out, a);
}

void alert_line(struct output *out, const struct alert *alert)
{
	output_print(out, "%s %s ", alert_severity_name(alert->severity),
		     alert_kind_name(alert->kind));
	put_subject(out, alert);
	put_line(out, alert);
}

void alert_text(struct output *out, const struct alert *alert, const struct alert_details *details,
		bool colour)
{
	put_head(out, alert, details, colour);
	if (alert->state == ALERT_OPEN)
		put_block(out, alert, details);
	else
		put_line(out, alert);
}
