/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of dnslat share: the measures of an interval, and how they are shown.
 */
#ifndef TOOLS_DNSLAT_H
#define TOOLS_DNSLAT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/output.h"
#include "track/groups.h"

/* --by. */
enum group_by {
	BY_NOTHING,
	BY_SERVER,
	BY_CLIENT,
	BY_PROCESS,
	BY_TYPE,
	BY_RCODE,
	BY_NAME,
	BY_FULL_NAME,
	BY_CGROUP,
	BY_INTERFACE,
	GROUPINGS,
};

/* Its name as an option's value and in JSON; NULL for BY_NOTHING. BY_FULL_NAME is "name" too. */
const char *group_by_name(enum group_by by);
bool group_by_from_name(const char *name, enum group_by *by);

/*
 * The key of a lookup, which is what is shown of it: "192.0.2.1", "curl[42]", "example.com"; "-"
 * where it is not known. Returns the length.
 */
size_t group_key(char key[GROUP_KEY_MAX + 1], enum group_by by, const struct lookup *lookup,
		 const struct lookup_details *details);

/* --sort: columns of the groups' table. */
enum group_column {
	GROUP_QUERIES,
	GROUP_SLOW,
	GROUP_TIMEOUTS,
	GROUP_RETRIES,
	GROUP_FAILED,
	GROUP_MIN,
	GROUP_AVG,
	GROUP_P50,
	GROUP_P95,
	GROUP_P99,
	GROUP_MAX,
	GROUP_COLUMNS,
};

const char *group_column_name(enum group_column column);
bool group_column_from_name(const char *name, enum group_column *column);

/* What was measured in an interval, of one role. */
struct measures {
	enum lookup_role role;
	struct latency total;
	struct groups *groups; /* NULL: BY_NOTHING */
};

struct report_config {
	enum group_by by;
	enum group_column sort;
	uint32_t top; /* groups that are shown */
	struct latency_scale scale;
	bool usec;	   /* the scale's unit is 1 us; else 1 ms */
	bool powers;	   /* its steps are powers of two of that; else as --buckets says */
	bool no_histogram; /* --heatmap draws one */
	uint64_t slow;
};

/* An interval that is over. */
struct report {
	uint64_t time;	   /* wall clock at its end, ns since the epoch */
	uint64_t duration; /* ns */
	uint64_t evicted;  /* lookups given up for others, in this interval */
	uint64_t lost;	   /* packets not captured, in this interval */
	bool last;
};

/* Keys of --by that an interval has room for. */
#define GROUPS_ROOM 1024
/* Of those, and of the group without a key, the ones to show, in their order; returns how many. */
#define REPORT_GROUPS_MAX (GROUPS_ROOM + 1)
uint32_t report_order(const struct group **order, const struct report_config *config,
		      const struct groups *groups);
/* A figure of a group, or of the total; times in ns. */
uint64_t report_figure(const struct latency *l, enum group_column column);

/* Of one role, or of both side by side. */
void report_text(struct output *out, const struct report_config *config,
		 const struct report *report, const struct measures *measures, unsigned int roles);
void report_json(struct json *j, const struct report_config *config, const struct report *report,
		 const struct measures *measures);

#endif
