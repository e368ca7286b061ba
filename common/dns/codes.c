/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/codes.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Types below this number are found by index, the others by search. */
#define TYPES_LOW 132

static const char *const types_low[TYPES_LOW] = {
	[1] = "A",	     [2] = "NS",	[3] = "MD",
	[4] = "MF",	     [5] = "CNAME",	[6] = "SOA",
	[7] = "MB",	     [8] = "MG",	[9] = "MR",
	[10] = "NULL",	     [11] = "WKS",	[12] = "PTR",
	[13] = "HINFO",	     [14] = "MINFO",	[15] = "MX",
	[16] = "TXT",	     [17] = "RP",	[18] = "AFSDB",
	[19] = "X25",	     [20] = "ISDN",	[21] = "RT",
	[22] = "NSAP",	     [23] = "NSAP-PTR", [24] = "SIG",
	[25] = "KEY",	     [26] = "PX",	[27] = "GPOS",
	[28] = "AAAA",	     [29] = "LOC",	[30] = "NXT",
	[31] = "EID",	     [32] = "NIMLOC", /* NetBIOS' NB in name service packets (RFC
						 1002, 4.2.1.2) */
	[33] = "SRV",	     [34] = "ATMA",	[35] = "NAPTR",
	[36] = "KX",	     [37] = "CERT",	[38] = "A6",
	[39] = "DNAME",	     [40] = "SINK",	[41] = "OPT",
	[42] = "APL",	     [43] = "DS",	[44] = "SSHFP",
	[45] = "IPSECKEY",   [46] = "RRSIG",	[47] = "NSEC",
	[48] = "DNSKEY",     [49] = "DHCID",	[50] = "NSEC3",
	[51] = "NSEC3PARAM", [52] = "TLSA",	[53] = "SMIMEA",
	[55] = "HIP",	     [56] = "NINFO",	[57] = "RKEY",
	[58] = "TALINK",     [59] = "CDS",	[60] = "CDNSKEY",
	[61] = "OPENPGPKEY", [62] = "CSYNC",	[63] = "ZONEMD",
	[64] = "SVCB",	     [65] = "HTTPS",	[66] = "DSYNC",
	[67] = "HHIT",	     [68] = "BRID",	[99] = "SPF",
	[100] = "UINFO",     [101] = "UID",	[102] = "GID",
	[103] = "UNSPEC",    [104] = "NID",	[105] = "L32",
	[106] = "L64",	     [107] = "LP",	[108] = "EUI48",
	[109] = "EUI64",     [128] = "NXNAME",
};

struct code {
	uint16_t value;
	const char *name;
};

static const struct code types_high[] = {
	{249, "TKEY"},	{250, "TSIG"},	   {251, "IXFR"},    {252, "AXFR"},   {253, "MAILB"},
	{254, "MAILA"}, {255, "ANY"},	   {256, "URI"},     {257, "CAA"},    {258, "AVC"},
	{259, "DOA"},	{260, "AMTRELAY"}, {261, "RESINFO"}, {262, "WALLET"}, {263, "CLA"},
	{264, "IPN"},	{32768, "TA"},	   {32769, "DLV"},
};

static const struct code classes[] = {
	{1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"},
};

static const struct code rcodes[] = {
	{0, "NOERROR"},	  {1, "FORMERR"},    {2, "SERVFAIL"}, {3, "NXDOMAIN"}, {4, "NOTIMP"},
	{5, "REFUSED"},	  {6, "YXDOMAIN"},   {7, "YXRRSET"},  {8, "NXRRSET"},  {9, "NOTAUTH"},
	{10, "NOTZONE"},  {11, "DSOTYPENI"}, {16, "BADVERS"}, /* in TSIG records 16 is BADSIG */
	{17, "BADKEY"},	  {18, "BADTIME"},   {19, "BADMODE"}, {20, "BADNAME"}, {21, "BADALG"},
	{22, "BADTRUNC"}, {23, "BADCOOKIE"},
};

static const struct code opcodes[] = {
	{0, "QUERY"}, {1, "IQUERY"}, {2, "STATUS"}, {4, "NOTIFY"}, {5, "UPDATE"}, {6, "DSO"},
};

static const struct code edns_options[] = {
	{1, "LLQ"},
	{2, "UPDATE-LEASE"},
	{3, "NSID"},
	{5, "DAU"},
	{6, "DHU"},
	{7, "N3U"},
	{8, "ECS"},
	{9, "EXPIRE"},
	{10, "COOKIE"},
	{11, "TCP-KEEPALIVE"},
	{12, "PADDING"},
	{13, "CHAIN"},
	{14, "KEY-TAG"},
	{15, "EDE"},
	{16, "CLIENT-TAG"},
	{17, "SERVER-TAG"},
	{18, "REPORT-CHANNEL"},
	{19, "ZONEVERSION"},
	{20292, "UMBRELLA-IDENT"},
	{26946, "DEVICEID"},
};

/* RFC 8914, section 5.2, and the registry it made. */
static const struct code errors[] = {
	{0, "Other"},
	{1, "Unsupported DNSKEY Algorithm"},
	{2, "Unsupported DS Digest Type"},
	{3, "Stale Answer"},
	{4, "Forged Answer"},
	{5, "DNSSEC Indeterminate"},
	{6, "DNSSEC Bogus"},
	{7, "Signature Expired"},
	{8, "Signature Not Yet Valid"},
	{9, "DNSKEY Missing"},
	{10, "RRSIGs Missing"},
	{11, "No Zone Key Bit Set"},
	{12, "NSEC Missing"},
	{13, "Cached Error"},
	{14, "Not Ready"},
	{15, "Blocked"},
	{16, "Censored"},
	{17, "Filtered"},
	{18, "Prohibited"},
	{19, "Stale NXDOMAIN Answer"},
	{20, "Not Authoritative"},
	{21, "Not Supported"},
	{22, "No Reachable Authority"},
	{23, "Network Error"},
	{24, "Invalid Data"},
	{25, "Signature Expired before Valid"},
	{26, "Too Early"},
	{27, "Unsupported NSEC3 Iterations Value"},
	{28, "Unable to conform to policy"},
	{29, "Synthesized"},
	{30, "Invalid Query Type"},
};

static const char *find_name(const struct code *codes, size_t n, uint16_t value, const char *prefix,
			     char buffer[DNS_CODE_TEXT_MAX])
{
	for (size_t i = 0; i < n; i++) {
		if (codes[i].value == value)
			return codes[i].name;
	}
	snprintf(buffer, DNS_CODE_TEXT_MAX, "%s%u", prefix, value);
	return buffer;
}

const char *dns_type_name(uint16_t type, char buffer[DNS_CODE_TEXT_MAX])
{
	if (type < TYPES_LOW && types_low[type])
		return types_low[type];
	return find_name(types_high, ARRAY_SIZE(types_high), type, "TYPE", buffer);
}

const char *dns_class_name(uint16_t class, char buffer[DNS_CODE_TEXT_MAX])
{
	return find_name(classes, ARRAY_SIZE(classes), class, "CLASS", buffer);
}

const char *dns_rcode_name(uint16_t rcode, char buffer[DNS_CODE_TEXT_MAX])
{
	return find_name(rcodes, ARRAY_SIZE(rcodes), rcode, "RCODE", buffer);
}

const char *dns_opcode_name(uint8_t opcode, char buffer[DNS_CODE_TEXT_MAX])
{
	return find_name(opcodes, ARRAY_SIZE(opcodes), opcode, "OPCODE", buffer);
}

const char *dns_edns_option_name(uint16_t code, char buffer[DNS_CODE_TEXT_MAX])
{
	return find_name(edns_options, ARRAY_SIZE(edns_options), code, "OPT", buffer);
}

const char *dns_ede_name(uint16_t code, char buffer[DNS_CODE_TEXT_MAX])
{
	return find_name(errors, ARRAY_SIZE(errors), code, "EDE", buffer);
}

/* A decimal number up to `max` and nothing else. */
static bool parse_number(const char *text, uint16_t max, uint16_t *value)
{
	unsigned int number = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = number * 10 + (unsigned int)(*text - '0');
		if (number > max)
			return false;
	}
	*value = (uint16_t)number;
	return true;
}

static bool find_value(const struct code *codes, size_t n, const char *name, uint16_t *value)
{
	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(codes[i].name, name) == 0) {
			*value = codes[i].value;
			return true;
		}
	}
	return false;
}

/* "123", or "TYPE123" with TYPE for `prefix`. */
static bool parse_generic(const char *name, const char *prefix, uint16_t max, uint16_t *value)
{
	size_t n = strlen(prefix);

	if (strncasecmp(name, prefix, n) == 0)
		name += n;
	return parse_number(name, max, value);
}

bool dns_type_from_name(const char *name, uint16_t *value)
{
	for (uint16_t i = 0; i < TYPES_LOW; i++) {
		if (types_low[i] && strcasecmp(types_low[i], name) == 0) {
			*value = i;
			return true;
		}
	}
	return find_value(types_high, ARRAY_SIZE(types_high), name, value) ||
	       parse_generic(name, "TYPE", UINT16_MAX, value);
}

bool dns_rcode_from_name(const char *name, uint16_t *value)
{
	/* Twelve bits with EDNS (RFC 6891, section 6.1.3). */
	return find_value(rcodes, ARRAY_SIZE(rcodes), name, value) ||
	       parse_generic(name, "RCODE", 4095, value);
}
