/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of dnstunnel share: its options, and how alerts are shown.
 */
#ifndef TOOLS_DNSTUNNEL_H
#define TOOLS_DNSTUNNEL_H

#include "cli/alerts.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/options_shared.h"
#include "export/feeds.h"
#include "track/detector.h"

#define TUNNEL_LISTS_MAX 64 /* of each option that may repeat */

/* Values of an option that may repeat. */
struct name_list {
	const char *values[TUNNEL_LISTS_MAX];
	unsigned int count;
};

struct tunnel_options {
	struct shared_options shared; /* first: its setters get this struct */
	struct detector_config detector;
	bool explain;
	const char **names; /* operands; allocated */
	unsigned int name_count;
	struct name_list known; /* files with more known services */
	struct name_list block, allow;
	uint64_t feed_interval; /* ns; 0: a day */
	uint32_t max_listed;	/* names on all lists; 0: as many as feeds.h says */
	struct alerts alerts;
	bool no_resolvers;
};

extern const struct tool tool_dnstunnel;

/* Reads the command line. *rest is the index of the command, or of the names to explain. */
enum options_result tunnel_options_parse(struct tunnel_options *options, int argc, char **argv,
					 int *rest);

/* What is told of an alert beside itself. */
struct alert_details {
	uint64_t time;		       /* wall clock, ns since the epoch */
	const char *list;	       /* ALERT_BLOCKLISTED: its name */
	struct lookup_details process; /* cmdline, cgroup, container, interface */
};

/* An alert as a block, or one line when it goes on or ends. */
void alert_text(struct output *out, const struct alert *alert, const struct alert_details *details,
		bool colour);
/* A line for syslog: as the head of the block, and who. */
void alert_line(struct output *out, const struct alert *alert);
/* As one JSON line. */
void alert_json(struct json *j, const struct alert *alert, const struct alert_details *details);

/* Alerts as the sinks of --alert get them. */
struct alert_copies {
	struct output text, octets; /* of one alert; nothing is written */
	struct json json;
};

/* False when memory is short. */
bool alert_copies_open(struct alert_copies *c);
void alert_copies_close(struct alert_copies *c);
void alert_copies_put(struct alert_copies *c, struct alerts *sinks, const struct alert *alert,
		      const struct alert_details *details);

/* The alerts of a run, for the end: totals, and those with the highest scores. */
struct tunnel_summary;
struct tunnel_summary *tunnel_summary_new(void);
void tunnel_summary_free(struct tunnel_summary *s);
void tunnel_summary_add(struct tunnel_summary *s, const struct alert *closed);
void tunnel_summary_text(const struct tunnel_summary *s, const struct detector_stats *stats,
			 struct output *out);
void tunnel_summary_json(const struct tunnel_summary *s, const struct detector_stats *stats,
			 uint64_t time, struct json *j);

/* What names are looked up in. */
struct explain_sources {
	const struct known *known;
	const struct feeds *feeds; /* NULL: none */
};

/*
 * What the detector and the lists make of options->names, or of those on standard input, a name a
 * line. Returns the exit status: 1 when any of them is no name.
 */
int tunnel_explain(const struct tunnel_options *options, const struct explain_sources *sources);

#endif
