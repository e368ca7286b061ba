/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of dnschain share: how a chain is shown, and how chains are added up.
 */
#ifndef TOOLS_DNSCHAIN_H
#define TOOLS_DNSCHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/cgroup_paths.h"
#include "capture/config.h"
#include "cli/container.h"
#include "cli/filter.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/output.h"
#include "dnschain_files.h"
#include "track/chain.h"

/* What a line tells of a chain beside the chain itself. */
struct chain_details {
	uint64_t time;	     /* wall clock at its beginning, ns since the epoch */
	const char *cmdline; /* escaped text; NULL: not known */
	const char *cgroup;
	bool in_container;
	char container[CONTAINER_ID_SIZE + 1];
	bool has_said;
	struct chain_said said; /* by the C library's files */
};

struct chain_style {
	bool wall_clock;
	bool user;
	bool colour;
	unsigned int width; /* of the drawing */
};

/* ---- Words (dnschain_words.c) ---------------------------------------------------------------- */

#define RESULT_MAX 48
/* "OK", "EAI_NONAME", "NXDOMAIN", "NO-RETURN"; static or in `buffer`. */
const char *chain_result(const struct chain *chain, char buffer[RESULT_MAX]);

/* An IPv4-mapped address as IPv4. */
size_t address_text(char text[ENDPOINT_TEXT_MAX], const uint8_t address[16]);

#define PROCESS_TEXT_MAX (4 * COMM_SIZE + 16)
/* "curl[42]", made harmless. */
size_t process_text(char text[PROCESS_TEXT_MAX], const struct owner *owner);

/* The call's name, or the first hop's; without the final dot. NULL: it has none. */
#define CHAIN_NAME_MAX                                                                             \
	(DNS_NAME_TEXT_MAX > 4 * CALL_NAME_MAX ? DNS_NAME_TEXT_MAX : 4 * CALL_NAME_MAX)
const char *chain_name(const struct chain *chain, char buffer[CHAIN_NAME_MAX]);

uint64_t chain_total(const struct chain *chain);
/* ns; 0 while it is open. */
uint64_t exchange_latency(const struct chain_exchange *x);

/* ---- What is asked for (dnschain_filter.c) --------------------------------------------------- */

/* Whose chains are shown; all packets are needed to know them. */
struct chain_origin {
	struct capture_config who;  /* pid, tid, uid, comm */
	struct filter filter;	    /* of the chain */
	uint64_t cgroup;	    /* 0: any */
	char path[CGROUP_PATH_MAX]; /* of it; "": not known */
};

/* Whether this process' chains are wanted at all; NULL: it is not known. */
bool chain_origin_has(const struct chain_origin *origin, struct cgroups *cgroups, uint64_t now,
		      const struct owner *owner);
bool chain_is_asked_for(const struct chain_origin *origin, struct cgroups *cgroups, uint64_t now,
			const struct chain *chain);

/* ---- What files say (dnschain_said.c) -------------------------------------------------------- */

struct line;

/* "/etc/hosts: no; nss: files dns" */
void chain_said_line(struct line *l, const struct chain *chain, const struct chain_said *said);
/* Keys of the chain's object. */
void chain_said_json(struct json *j, const struct chain *chain, const struct chain_said *said);

/* ---- Output ---------------------------------------------------------------------------------- */

void chain_text(struct output *out, const struct chain *chain, const struct chain_style *style,
		const struct chain_details *details);
void chain_timeline(struct output *out, const struct chain *chain, const struct chain_style *style,
		    const struct chain_details *details);
/* The line with the id, with which both begin. */
void chain_heading(struct output *out, const struct chain *chain, const struct chain_style *style,
		   const struct chain_details *details);
void chain_json(struct json *j, const struct chain *chain, const struct chain_details *details);

/* ---- The summary ----------------------------------------------------------------------------- */

struct chain_summary;

/* NULL when memory is short. */
struct chain_summary *chain_summary_new(void);
void chain_summary_free(struct chain_summary *s);
void chain_summary_add(struct chain_summary *s, const struct chain *chain);
void chain_summary_text(const struct chain_summary *s, const struct chains_stats *stats,
			struct output *out);
void chain_summary_json(const struct chain_summary *s, const struct chains_stats *stats,
			struct json *j, uint64_t time);

#endif
