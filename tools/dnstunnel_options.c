/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnstunnel's command line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/clock.h"
#include "cli/options_config.h"
#include "cli/parse.h"
#include "cli/resolvers.h"
#include "dnstunnel.h"

#define WINDOW_MIN  (600 * NS_PER_SECOND)
#define WINDOW_MAX  (31 * 86400 * NS_PER_SECOND)
#define DOMAINS_MAX (1U << 22) /* times the names of each still fits 32 bits */
#define LEAK_MAX    (1U << 30)
#define RATE_MAX    1000000
#define HOURS_MAX   8784 /* a year */
#define LISTED_MAX  50000000

enum {
	OPTION_MIN_SEVERITY = OPTION_OWN,
	OPTION_WINDOW,
	OPTION_MAX_DOMAINS,
	OPTION_LEAK,
	OPTION_RATE,
	OPTION_SCORES,
	OPTION_KNOWN,
	OPTION_EXPLAIN,
	OPTION_BLOCKLIST,
	OPTION_ALLOWLIST,
	OPTION_FEED_INTERVAL,
	OPTION_MAX_LISTED,
	OPTION_ALERT,
	OPTION_RESOLVER,
};

OPTION_FLAG(explain, struct tunnel_options, explain)

static bool set_min_severity(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	snprintf(error, OPTION_ERROR_MAX, "is none of LOW, MEDIUM, HIGH");
	for (int i = 0; i < ALERT_SEVERITIES; i++) {
		if (strcasecmp(value, alert_severity_name((enum alert_severity)i)) != 0)
			continue;
		((struct tunnel_options *)target)->detector.least = (enum alert_severity)i;
		return true;
	}
	return false;
}

static bool set_window(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	uint64_t window;

	snprintf(error, OPTION_ERROR_MAX, "must be 600 seconds to 31 days of them");
	if (!parse_fraction(value, NS_PER_SECOND, WINDOW_MAX, &window) || window < WINDOW_MIN)
		return false;
	((struct tunnel_options *)target)->detector.window = window;
	return true;
}

static bool set_number(uint32_t *number, const char *value, uint32_t minimum, uint32_t maximum,
		       char error[OPTION_ERROR_MAX])
{
	uint64_t n;

	snprintf(error, OPTION_ERROR_MAX, "must be %u to %u", minimum, maximum);
	if (!parse_unsigned(value, minimum, maximum, &n))
		return false;
	*number = (uint32_t)n;
	return true;
}

static bool set_max_domains(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	return set_number(&((struct tunnel_options *)target)->detector.max_domains, value, 16,
			  DOMAINS_MAX, error);
}

static bool set_leak(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	return set_number(&((struct tunnel_options *)target)->detector.leak, value, 128, LEAK_MAX,
			  error);
}

static bool set_rate(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	return set_number(&((struct tunnel_options *)target)->detector.rate, value, 1, RATE_MAX,
			  error);
}

/* "40,55,70" */
static bool set_scores(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	uint32_t *scores = ((struct tunnel_options *)target)->detector.severity;
	unsigned int low, medium, high;
	int end = 0;

	snprintf(error, OPTION_ERROR_MAX, "must be three rising numbers up to %d, as 40,55,70",
		 ALERT_SCORE_MAX);
	if (strspn(value, "0123456789,") != strlen(value) ||
	    sscanf(value, "%3u,%3u,%3u%n", &low, &medium, &high, &end) != 3 || value[end] ||
	    low < 1 || low >= medium || medium >= high || high > ALERT_SCORE_MAX)
		return false;
	scores[ALERT_LOW] = low;
	scores[ALERT_MEDIUM] = medium;
	scores[ALERT_HIGH] = high;
	return true;
}

static bool add_to(struct name_list *list, const char *value, char error[OPTION_ERROR_MAX])
{
	snprintf(error, OPTION_ERROR_MAX, "is one too many: there may be %d", TUNNEL_LISTS_MAX);
	if (list->count == TUNNEL_LISTS_MAX)
		return false;
	list->values[list->count++] = value;
	return true;
}

static bool set_known(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	return add_to(&((struct tunnel_options *)target)->known, value, error);
}

static bool set_blocklist(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	return add_to(&((struct tunnel_options *)target)->block, value, error);
}

static bool set_allowlist(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	return add_to(&((struct tunnel_options *)target)->allow, value, error);
}

static bool set_feed_interval(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	uint64_t *interval = &((struct tunnel_options *)target)->feed_interval;

	snprintf(error, OPTION_ERROR_MAX, "must be hours, more than 0, at most 8784");
	return parse_fraction(value, NS_PER_SECOND, HOURS_MAX * NS_PER_SECOND, interval) &&
	       (*interval *= 3600) > 0;
}

static bool set_max_listed(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	return set_number(&((struct tunnel_options *)target)->max_listed, value, 1000, LISTED_MAX,
			  error);
}

static bool set_alert(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	return alerts_add(&((struct tunnel_options *)target)->alerts, value, error);
}

/* "any", or an address of IPv4 or IPv6. */
static bool set_resolver(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct tunnel_options *o = target;
	struct detector_config *d = &o->detector;
	struct endpoint server;

	snprintf(error, OPTION_ERROR_MAX, "must be an address, or 'any'; at most %d",
		 DETECTOR_RESOLVERS_MAX);
	if (strcmp(value, "any") == 0)
		return o->no_resolvers = true;
	if (d->resolver_count == DETECTOR_RESOLVERS_MAX || !resolvers_parse(value, &server))
		return false;
	d->resolvers[d->resolver_count++] = server;
	return true;
}

static bool take_name(void *target, const char *value, char error[OPTION_ERROR_MAX])
{
	struct tunnel_options *o = target;
	const char **names = reallocarray(o->names, o->name_count + 1, sizeof(*names));

	snprintf(error, OPTION_ERROR_MAX, "finds no memory");
	if (!names)
		return false;
	names[o->name_count++] = value;
	o->names = names;
	return true;
}

static const struct option_spec option_table[] = {
	SHARED_PID,
	SHARED_TID,
	SHARED_UID,
	SHARED_COMM,
	SHARED_NAME,
	SHARED_SOURCE,
	{OPTION_MIN_SEVERITY, OPTIONS_WHAT, "min-severity", "SEVERITY",
	 "only alerts of LOW (the default), MEDIUM or HIGH\nand above", set_min_severity},
	{OPTION_LEAK, OPTIONS_WHAT, "leak", "OCTETS",
	 "so many in names below one domain within the\nwindow are EXFILTRATION (1536)", set_leak},
	{OPTION_RATE, OPTIONS_WHAT, "rate", "N", "more queries a second are RAPID_QUERIES (100)",
	 set_rate},
	{OPTION_SCORES, OPTIONS_WHAT, "scores", "LOW,MEDIUM,HIGH",
	 "scores from which on an alert is that (40,55,70)", set_scores},
	{OPTION_BLOCKLIST, OPTIONS_WHAT, "blocklist", "FILE|URL",
	 "names that are BLOCKLISTED: hosts, plain, Adblock,\nRPZ or dnsmasq format; may repeat",
	 set_blocklist},
	{OPTION_ALLOWLIST, OPTIONS_WHAT, "allowlist", "FILE|URL",
	 "names that are not, though listed; may repeat", set_allowlist},
	{OPTION_RESOLVER, OPTIONS_WHAT, "resolver", "ADDRESS",
	 "a server that processes may ask, beside those of\nresolv.conf; 'any': all; may repeat",
	 set_resolver},
	{OPTION_KNOWN, OPTIONS_WHAT, "known-services", "FILE",
	 "more services that put data into names for a\nreason: 'SUFFIX FACTOR REASON' a line; may "
	 "repeat",
	 set_known},
	{OPTION_EXPLAIN, OPTIONS_OTHER, "explain", NULL,
	 "what is made of each NAME, or line of stdin", set_explain},
	{OPTION_ALERT, OPTIONS_OUTPUT, "alert", "SINK",
	 "alerts as JSON to file:PATH, to syslog[:FACILITY],\nor to webhook:URL; may repeat",
	 set_alert},
	SHARED_JSON,
	SHARED_DURATION,
	{OPTION_WINDOW, OPTIONS_LIMITS, "window", "SEC",
	 "slow leaks are added up over this time (86400)", set_window},
	{OPTION_MAX_DOMAINS, OPTIONS_LIMITS, "max-domains", "N",
	 "pairs of domain and client watched at once (32768)", set_max_domains},
	{OPTION_FEED_INTERVAL, OPTIONS_LIMITS, "feed-interval", "HOURS",
	 "lists of URLs are loaded again after this time (24)", set_feed_interval},
	{OPTION_MAX_LISTED, OPTIONS_LIMITS, "max-listed", "N", "names on all lists (5000000)",
	 set_max_listed},
	SHARED_RING,
	SHARED_CONFIG,
	SHARED_OTHER,
	{0},
};

const struct tool tool_dnstunnel = {
	.name = "dnstunnel",
	.synopsis = "[OPTION]... [-- COMMAND [ARG]... | --explain [NAME]...]",
	.description = "Finds tunnels, leaks, generated and listed names in DNS, with the process.",
	.options = option_table,
	.examples = "  dnstunnel                           every process of this host\n"
		    "  dnstunnel -i eth0                   what passes there, forwarded too\n"
		    "  dnstunnel --min-severity HIGH -j    for a collector\n"
		    "  dnstunnel --blocklist hosts.txt     names on a list\n"
		    "  dnstunnel --alert syslog            to the log\n"
		    "  dnstunnel -r dns.pcap               of a capture file\n"
		    "  dnstunnel --explain x7f3k9q.com     what is made of a name\n"
		    "  dnstunnel -- ./installer            what one command does\n",
	.takes_command = true,
	.operand = take_name,
	.lists = (const char *const[]){SHARED_LISTS, "blocklist", "allowlist", "known-services",
				       "resolver", "alert", NULL},
	.read_config = options_read_config,
};

static const char *problem(const struct tunnel_options *o)
{
	if (o->name_count && !o->explain)
		return "names are operands of --explain; a command follows '--'";
	if (o->shared.write && strcmp(o->shared.write, "-") == 0)
		return "-w needs a file: standard output has the alerts";
	return NULL;
}

enum options_result tunnel_options_parse(struct tunnel_options *o, int argc, char **argv, int *rest)
{
	enum options_result result = options_parse(&tool_dnstunnel, argc, argv, o, rest);
	char error[OPTION_ERROR_MAX];

	if (result != OPTIONS_RUN)
		return result;
	if (problem(o))
		return options_usage_error(&tool_dnstunnel, "%s", problem(o));
	for (; o->explain && *rest < argc; ++*rest)
		if (!take_name(o, argv[*rest], error))
			return options_usage_error(&tool_dnstunnel, "'%s' %s", argv[*rest], error);
	return OPTIONS_RUN;
}
