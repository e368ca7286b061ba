/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain's first line: who, what for, how long, with which end.
 */
#include <string.h>

#include "cli/escape.h"
#include "cli/format.h"
#include "cli/user.h"
#include "dnschain.h"
#include "dnschain_line.h"

static void put_call(struct line *l, const struct chain *chain)
{
	char name[CHAIN_NAME_MAX], service[4 * CALL_SERVICE_MAX];
	const char *text = chain_name(chain, name);

	line_text(l, "  ", call_function_name(chain->call->function), "(");
	if (text)
		line_text(l, "\"", text, chain->call->name_cut ? "...\"" : "\"");
	else
		line_text(l, "NULL");
	escape_text(service, sizeof(service), chain->call->service, strlen(chain->call->service),
		    ESCAPE_ASCII, NULL);
	if (service[0])
		line_text(l, ", \"", service, "\"");
	line_text(l, ")");
}

static void put_beginner(struct line *l, const struct chain *chain)
{
	char text[PROCESS_TEXT_MAX], address[ENDPOINT_TEXT_MAX];

	if (chain->owner) {
		process_text(text, chain->owner);
		line_text(l, "  ", text);
	} else if (chain->hop_count) {
		endpoint_address_to_text(address, &chain->hops[0].exchange->client);
		line_text(l, "  ", address);
	}
}

static void put_place(struct line *l, const struct chain_details *details)
{
	char cgroup[512];

	if (details->in_container) {
		line_text(l, "  ");
		line_octets(l, details->container, CONTAINER_ID_SHORT);
	}
	if (!details->cgroup)
		return;
	escape_text(cgroup, sizeof(cgroup), details->cgroup, strlen(details->cgroup), ESCAPE_ASCII,
		    NULL);
	line_text(l, "  ", cgroup);
}

static const char *kind_note(enum chain_kind kind)
{
	switch (kind) {
	case CHAIN_PREFETCH:
		return "  PREFETCH";
	case CHAIN_UNLINKED:
		return "  UNLINKED";
	default:
		return "";
	}
}

void chain_heading(struct output *out, const struct chain *chain, const struct chain_style *style,
		   const struct chain_details *details)
{
	char time[FORMAT_TIME_MAX], result[RESULT_MAX];
	struct line l;

	line_begin(&l);
	if (style->wall_clock) {
		format_time_of_day(time, details->time);
		line_text(&l, time, " ");
	}
	line_count(&l, "CHAIN ", chain->id, "");
	put_beginner(&l, chain);
	if (style->user && chain->owner)
		line_text(&l, "  ", user_name(chain->owner->uid));
	put_place(&l, details);
	if (chain->call) {
		put_call(&l, chain);
	} else if (chain->hop_count) {
		line_text(&l, kind_note(chain->kind), "  ");
		line_question(&l, &chain->hops[0].exchange->question);
	}
	line_time(&l, "  ", chain_total(chain), " ms  ");
	line_text(&l, chain_result(chain, result), chain->unfinished ? " (unfinished)" : "");
	line_end(&l, out);
}
