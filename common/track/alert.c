/* SPDX-License-Identifier: Apache-2.0 */
#include "track/alert.h"

const char *alert_kind_name(enum alert_kind kind)
{
	static const char *const names[ALERT_KINDS] = {
		[ALERT_TUNNEL] = "TUNNEL",
		[ALERT_EXFILTRATION] = "EXFILTRATION",
		[ALERT_DGA] = "DGA",
		[ALERT_BLOCKLISTED] = "BLOCKLISTED",
		[ALERT_REBINDING] = "REBINDING",
		[ALERT_RAPID_QUERIES] = "RAPID_QUERIES",
		[ALERT_UNUSUAL_RESOLVER] = "UNUSUAL_RESOLVER",
	};

	return names[kind];
}

const char *alert_severity_name(enum alert_severity severity)
{
	static const char *const names[ALERT_SEVERITIES] = {"LOW", "MEDIUM", "HIGH"};

	return names[severity];
}

const char *alert_state_name(enum alert_state state)
{
	static const char *const names[] = {"open", "update", "closed"};

	return names[state];
}

const char *alert_part_name(enum alert_part part)
{
	static const char *const names[ALERT_PARTS] = {
		[PART_NAMES] = "names",	      [PART_VOLUME] = "volume",
		[PART_ANSWERS] = "answers",   [PART_TYPES] = "types",
		[PART_TTL] = "ttl",	      [PART_SHAPE] = "shape",
		[PART_BEAT] = "beat",	      [PART_SUSPICIOUS] = "suspicious",
		[PART_NXDOMAIN] = "nxdomain", [PART_LIST] = "list",
		[PART_ADDRESS] = "address",   [PART_RATE] = "rate",
		[PART_SERVER] = "server",     [PART_FOREIGN] = "foreign",
	};

	return names[part];
}

const char *alert_evidence_name(enum alert_evidence evidence)
{
	static const char *const names[ALERT_EVIDENCES] = {
		[EVIDENCE_LONG_LABEL] = "LONG_LABEL",
		[EVIDENCE_DEEP_SUBDOMAIN] = "DEEP_SUBDOMAIN",
		[EVIDENCE_HIGH_ENTROPY] = "HIGH_ENTROPY",
		[EVIDENCE_RAPID_QUERIES] = "RAPID_QUERIES",
		[EVIDENCE_UNIQUE_SUBDOMAINS] = "UNIQUE_SUBDOMAINS",
		[EVIDENCE_TXT_QUERY] = "TXT_QUERY",
		[EVIDENCE_NULL_QUERY] = "NULL_QUERY",
		[EVIDENCE_SUSPICIOUS_TLD] = "SUSPICIOUS_TLD",
		[EVIDENCE_NOT_DNS] = "NOT_DNS",
	};

	return names[evidence];
}

void alert_keep_sample(struct dns_name samples[ALERT_SAMPLES], uint32_t *count,
		       const struct dns_name *name)
{
	uint32_t place = *count < ALERT_SAMPLES ? (*count)++ : ALERT_SAMPLES - 1;

	samples[place] = *name;
}
