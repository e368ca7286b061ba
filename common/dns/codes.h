/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers of the IANA "Domain Name System (DNS) Parameters" registry and their mnemonics.
 */
#ifndef COMMON_DNS_CODES_H
#define COMMON_DNS_CODES_H

#include <stdbool.h>
#include <stdint.h>

/* Types that code outside the tables in codes.c refers to. */
enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_MD = 3,
	DNS_TYPE_MF = 4,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_MB = 7,
	DNS_TYPE_MG = 8,
	DNS_TYPE_MR = 9,
	DNS_TYPE_NULL = 10,
	DNS_TYPE_WKS = 11,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_HINFO = 13,
	DNS_TYPE_MINFO = 14,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_RP = 17,
	DNS_TYPE_AFSDB = 18,
	DNS_TYPE_X25 = 19,
	DNS_TYPE_RT = 21,
	DNS_TYPE_SIG = 24,
	DNS_TYPE_KEY = 25,
	DNS_TYPE_PX = 26,
	DNS_TYPE_GPOS = 27,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_LOC = 29,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_NAPTR = 35,
	DNS_TYPE_KX = 36,
	DNS_TYPE_CERT = 37,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_DS = 43,
	DNS_TYPE_SSHFP = 44,
	DNS_TYPE_RRSIG = 46,
	DNS_TYPE_NSEC = 47,
	DNS_TYPE_DNSKEY = 48,
	DNS_TYPE_DHCID = 49,
	DNS_TYPE_NSEC3 = 50,
	DNS_TYPE_NSEC3PARAM = 51,
	DNS_TYPE_TLSA = 52,
	DNS_TYPE_SMIMEA = 53,
	DNS_TYPE_NINFO = 56,
	DNS_TYPE_CDS = 59,
	DNS_TYPE_CDNSKEY = 60,
	DNS_TYPE_OPENPGPKEY = 61,
	DNS_TYPE_CSYNC = 62,
	DNS_TYPE_ZONEMD = 63,
	DNS_TYPE_SVCB = 64,
	DNS_TYPE_HTTPS = 65,
	DNS_TYPE_SPF = 99,
	DNS_TYPE_NID = 104,
	DNS_TYPE_L32 = 105,
	DNS_TYPE_L64 = 106,
	DNS_TYPE_LP = 107,
	DNS_TYPE_EUI48 = 108,
	DNS_TYPE_EUI64 = 109,
	DNS_TYPE_TKEY = 249,
	DNS_TYPE_TSIG = 250,
	DNS_TYPE_IXFR = 251,
	DNS_TYPE_AXFR = 252,
	DNS_TYPE_ANY = 255,
	DNS_TYPE_URI = 256,
	DNS_TYPE_CAA = 257,
	DNS_TYPE_AVC = 258,
	DNS_TYPE_RESINFO = 261,
	DNS_TYPE_WALLET = 262,
	DNS_TYPE_TA = 32768,
	DNS_TYPE_DLV = 32769,
};

enum dns_rcode_value {
	DNS_RCODE_NOERROR = 0,
	DNS_RCODE_FORMERR = 1,
	DNS_RCODE_SERVFAIL = 2,
	DNS_RCODE_NXDOMAIN = 3,
};

enum dns_opcode_value {
	DNS_OPCODE_QUERY = 0,
	DNS_OPCODE_IQUERY = 1,
	DNS_OPCODE_STATUS = 2,
	DNS_OPCODE_NOTIFY = 4,
	DNS_OPCODE_UPDATE = 5,
	DNS_OPCODE_DSO = 6,
};

/* Enough for any name below with its NUL: "TYPE65535", "RESERVED65535". */
#define DNS_CODE_TEXT_MAX 24

/*
 * Mnemonic of a number. One without a name is written "TYPE123", "CLASS123" (RFC 3597,
 * section 5), "RCODE123", "OPCODE7", "OPT123", "EDE123" into `buffer`; the result is either
 * `buffer` or a static string.
 */
const char *dns_type_name(uint16_t type, char buffer[DNS_CODE_TEXT_MAX]);
const char *dns_class_name(uint16_t class, char buffer[DNS_CODE_TEXT_MAX]);
const char *dns_rcode_name(uint16_t rcode, char buffer[DNS_CODE_TEXT_MAX]);
const char *dns_opcode_name(uint8_t opcode, char buffer[DNS_CODE_TEXT_MAX]);
const char *dns_edns_option_name(uint16_t code, char buffer[DNS_CODE_TEXT_MAX]);
const char *dns_ede_name(uint16_t code, char buffer[DNS_CODE_TEXT_MAX]);

/*
 * Number of a mnemonic, in any case, or of a decimal number, or of "TYPE123"/"RCODE123".
 * False when it is none or out of range; *value is then untouched.
 */
bool dns_type_from_name(const char *name, uint16_t *value);
bool dns_rcode_from_name(const char *name, uint16_t *value);

#endif
