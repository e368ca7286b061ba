/* SPDX-License-Identifier: Apache-2.0 */
#include "track/evidence.h"

#include <stdbool.h>
#include <string.h>

#include "dns/codes.h"
#include "track/alert.h"
#include "track/information.h"

#define LONG_LABEL     30
#define DEEP_LABELS    7 /* six dots */
#define ENTROPY_OCTETS 16
#define ENTROPY_COST   (4 * INFORMATION_BIT)

static unsigned int longest_label(const struct dns_name *name, unsigned int labels)
{
	const uint8_t *label = name->wire;
	unsigned int longest = 0;

	for (unsigned int n = 0; n < labels; n++, label += *label + 1)
		longest = *label > longest ? *label : longest;
	return longest;
}

static bool is_suspicious_tld(const struct dns_name *name)
{
	/* Of the ones that phishing feeds name most for their number of domains. */
	static const char *const tlds[] = {"tk",  "ml",	  "ga",	  "cf",	  "gq",	   "top", "xyz",
					   "icu", "buzz", "cyou", "rest", "click", "sbs", "cfd"};
	const uint8_t *label = name->wire;

	for (unsigned int n = 1; n < name->labels; n++)
		label += *label + 1;
	for (size_t i = 0; i < sizeof(tlds) / sizeof(tlds[0]); i++)
		if (strlen(tlds[i]) == *label && memcmp(label + 1, tlds[i], *label) == 0)
			return true;
	return false;
}

static unsigned int octets_of(const struct dns_name *name, unsigned int labels)
{
	const uint8_t *label = name->wire;
	unsigned int octets = 0;

	for (unsigned int n = 0; n < labels; n++, label += *label + 1)
		octets += *label;
	return octets;
}

uint32_t evidence_of_name(const struct dns_name *lower, unsigned int labels, uint32_t cost)
{
	unsigned int octets = octets_of(lower, labels);
	uint32_t evidence = 0;

	if (longest_label(lower, labels) > LONG_LABEL)
		evidence |= 1U << EVIDENCE_LONG_LABEL;
	if (lower->labels >= DEEP_LABELS)
		evidence |= 1U << EVIDENCE_DEEP_SUBDOMAIN;
	if (octets >= ENTROPY_OCTETS && cost >= octets * ENTROPY_COST)
		evidence |= 1U << EVIDENCE_HIGH_ENTROPY;
	if (is_suspicious_tld(lower))
		evidence |= 1U << EVIDENCE_SUSPICIOUS_TLD;
	return evidence;
}

uint32_t evidence_of_type(uint16_t type)
{
	if (type == DNS_TYPE_TXT)
		return 1U << EVIDENCE_TXT_QUERY;
	return type == DNS_TYPE_NULL ? 1U << EVIDENCE_NULL_QUERY : 0;
}
