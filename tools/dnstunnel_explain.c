/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --explain: what the detector and the lists make of names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/escape.h"
#include "cli/format.h"
#include "dnstunnel.h"
#include "track/dga.h"
#include "track/detector.h"
#include "track/evidence.h"
#include "track/information.h"

#define OUTPUT_SIZE (64 * 1024)
#define COMMON_ROOM 64
#define SHOWN_MAX   300 /* octets, of what is no name, or a list */

struct explainer {
	const struct explain_sources *sources;
	struct output out;
	struct json json;
	bool as_json;
};

struct explanation {
	struct dns_name name, domain;
	unsigned int labels; /* before the domain */
	uint32_t dga;	     /* permille */
	uint32_t cost;	     /* 1/16 bit, of the name by itself */
	uint32_t evidence;
	const struct known_service *known; /* NULL: none */
	bool listed;
	struct name_set_match match;
};

static uint32_t cost_of(const struct dns_name *name, unsigned int labels)
{
	struct information information = {0};
	struct common_label room[COMMON_ROOM] = {0};
	struct common_labels common = {.mask = COMMON_ROOM - 1, .labels = room};

	return information_add(&information, &common, name, labels);
}

static void explain(const struct explain_sources *sources, const struct dns_name *name,
		    struct explanation *e)
{
	unsigned int domain;
	bool listed;

	*e = (struct explanation){0};
	dns_name_lower(&e->name, name);
	domain = detector_domain(&e->name, &listed);
	dns_name_suffix(&e->domain, &e->name, domain);
	e->labels = e->name.labels - domain;
	e->dga = dga_score(&e->domain);
	e->cost = cost_of(&e->name, e->labels);
	e->evidence = evidence_of_name(&e->name, e->labels, e->cost);
	e->known = known_find(sources->known, &e->name);
	e->listed = sources->feeds && name_set_find(feeds_set(sources->feeds), &e->name, &e->match);
}

static const char *list_name(const struct explainer *x, const struct explanation *e)
{
	return feeds_list(x->sources->feeds, e->match.tag);
}

static void put_name(struct output *out, const struct dns_name *name)
{
	char text[DNS_NAME_TEXT_MAX];

	output_put(out, text, dns_name_to_text(text, name));
	output_string(out, "\n");
}

static void put_evidence(struct output *out, uint32_t evidence)
{
	if (!evidence)
		return;
	output_string(out, "    evidence   ");
	for (unsigned int i = 0; i < ALERT_EVIDENCES; i++)
		if (evidence & 1U << i)
			output_print(out, " %s", alert_evidence_name((enum alert_evidence)i));
	output_string(out, "\n");
}

static void put_list(struct explainer *x, const struct explanation *e)
{
	char safe[SHOWN_MAX];
	const char *list = list_name(x, e);

	escape_text(safe, sizeof(safe), list, strlen(list), ESCAPE_ASCII, NULL);
	output_print(&x->out, "    list        %s: %s%s\n", safe,
		     e->match.labels == e->name.labels ? "the name itself" : "a name above it",
		     e->match.scope & NAME_SET_ALLOW ? ", allowed" : "");
}

static void put_text(struct explainer *x, const struct explanation *e)
{
	struct output *out = &x->out;

	put_name(out, &e->name);
	output_string(out, "    registered  ");
	put_name(out, &e->domain);
	output_print(out, "    dga score   %u.%03u%s\n", e->dga / 1000, e->dga % 1000,
		     e->dga >= DGA_SUSPICIOUS ? " (1 registered name in 100 has so much)" : "");
	output_print(out, "    information %u bits in %u label%s below it\n",
		     e->cost / INFORMATION_BIT, e->labels, e->labels == 1 ? "" : "s");
	put_evidence(out, e->evidence);
	if (e->known)
		output_print(out, "    known       its bound is %u times as high: %s\n",
			     e->known->factor, e->known->reason);
	if (e->listed)
		put_list(x, e);
}

static void put_text_of(struct json *j, const struct dns_name *name)
{
	char text[DNS_NAME_TEXT_MAX];

	json_text(j, text, dns_name_to_text(text, name));
}

static void put_known(struct json *j, const struct known_service *known)
{
	json_key(j, "known");
	json_object_begin(j);
	json_key(j, "factor");
	json_unsigned(j, known->factor);
	json_key(j, "reason");
	json_string(j, known->reason);
	json_object_end(j);
}

static void put_lists(struct explainer *x, const struct explanation *e)
{
	struct json *j = &x->json;

	json_key(j, "lists");
	json_array_begin(j);
	if (e->listed) {
		const char *list = list_name(x, e);

		json_object_begin(j);
		json_key(j, "list");
		json_octets(j, list, strlen(list));
		json_key(j, "match");
		json_string(j, e->match.labels == e->name.labels ? "exact" : "subdomain");
		json_key(j, "allowed");
		json_bool(j, e->match.scope & NAME_SET_ALLOW);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_json(struct explainer *x, const struct explanation *e)
{
	struct json *j = &x->json;

	json_line_begin(j);
	json_key(j, "name");
	put_text_of(j, &e->name);
	json_key(j, "registered");
	put_text_of(j, &e->domain);
	json_key(j, "dga_score");
	json_decimal(j, e->dga, 3);
	json_key(j, "bits");
	json_unsigned(j, e->cost / INFORMATION_BIT);
	json_key(j, "evidence");
	json_array_begin(j);
	for (unsigned int i = 0; i < ALERT_EVIDENCES; i++)
		if (e->evidence & 1U << i)
			json_string(j, alert_evidence_name((enum alert_evidence)i));
	json_array_end(j);
	if (e->known)
		put_known(j, e->known);
	put_lists(x, e);
	json_line_end(j);
}

/* It may be anybody's, as a log that is piped through. */
static void refuse(struct explainer *x, const char *text)
{
	char safe[SHOWN_MAX];

	escape_text(safe, sizeof(safe), text, strlen(text), ESCAPE_ASCII, NULL);
	output_flush(&x->out);
	fprintf(stderr, "%s: '%s' is no name\n", tool_dnstunnel.name, safe);
}

static bool explain_text(struct explainer *x, const char *text)
{
	struct dns_name name;
	struct explanation e;

	if (!dns_name_from_text(&name, text)) {
		refuse(x, text);
		return false;
	}
	explain(x->sources, &name, &e);
	if (x->as_json)
		put_json(x, &e);
	else
		put_text(x, &e);
	return true;
}

static bool explain_stdin(struct explainer *x)
{
	char *line = NULL;
	size_t room = 0;
	bool all = true;

	while (getline(&line, &room, stdin) >= 0 && !x->out.error) {
		line[strcspn(line, "\r\n")] = '\0';
		if (*line)
			all &= explain_text(x, line);
	}
	free(line);
	return all;
}

int tunnel_explain(const struct tunnel_options *options, const struct explain_sources *sources)
{
	struct explainer x = {.sources = sources, .as_json = options->shared.json};
	bool all = true;
	int status;

	if (!output_open(&x.out, STDOUT_FILENO, OUTPUT_SIZE) ||
	    (x.as_json && !json_open(&x.json, &x.out))) {
		fprintf(stderr, "%s: not enough memory\n", tool_dnstunnel.name);
		return 1;
	}
	for (unsigned int i = 0; i < options->name_count; i++)
		all &= explain_text(&x, options->names[i]);
	if (!options->name_count)
		all = explain_stdin(&x);
	status = output_finish(&x.out, tool_dnstunnel.name);
	json_close(&x.json);
	output_close(&x.out);
	return status || !all;
}
