/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EDNS(0), RFC 6891: the OPT record and the options that operators ask about.
 */
#ifndef COMMON_DNS_EDNS_H
#define COMMON_DNS_EDNS_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/message.h"

/* An OPT record's fixed part. */
struct dns_edns {
	uint8_t version;
	uint8_t extended_rcode; /* the upper eight bits of the response code (RFC 6891, 6.1.3) */
	uint16_t udp_size;
	uint16_t flags; /* as on the wire; DO is the top bit (RFC 3225) */
	bool dnssec_ok;
	const uint8_t *options;
	uint16_t options_size;
};

enum dns_edns_option_code {
	DNS_EDNS_NSID = 3,	     /* RFC 5001 */
	DNS_EDNS_CLIENT_SUBNET = 8,  /* RFC 7871 */
	DNS_EDNS_COOKIE = 10,	     /* RFC 7873 */
	DNS_EDNS_TCP_KEEPALIVE = 11, /* RFC 7828 */
	DNS_EDNS_PADDING = 12,	     /* RFC 7830 */
	DNS_EDNS_ERROR = 15,	     /* RFC 8914 */
};

/* One option; `data` lies in the message. */
struct dns_edns_option {
	uint16_t code;
	uint16_t size;
	const uint8_t *data;
};

/* Finds the message's OPT record. False: there is none (or it lies behind damage). */
bool dns_edns_read(struct dns_edns *edns, struct dns_message *m);

/* True when `record` is an OPT; fills `edns` from it. */
bool dns_edns_from_record(struct dns_edns *edns, const struct dns_message *m,
			  const struct dns_record *record);

/*
 * The next option; *position starts at 0. False at the end, or at damage: then *why is set
 * (a static string), else NULL.
 */
bool dns_edns_next(const struct dns_edns *edns, uint16_t *position, struct dns_edns_option *option,
		   const char **why);

/*
 * The option's value for people: ECS "192.0.2.0/24/0", COOKIE and NSID hex (NSID with its text
 * in quotes where it is printable), EDE "18 Prohibited: text", TCP-KEEPALIVE "10.0s",
 * PADDING "16", others hex. Always NUL-terminated, never longer than `size`-1; a value that
 * its option's RFC does not allow is shown as hex. Returns the length it needed.
 */
size_t dns_edns_option_to_text(char *text, size_t size, const struct dns_edns_option *option);

/* The whole response code: header and OPT (RFC 6891, 6.1.3). `edns` may be NULL. */
static inline uint16_t dns_rcode(const struct dns_message *m, const struct dns_edns *edns)
{
	return (uint16_t)(m->rcode | (edns ? edns->extended_rcode << 4 : 0));
}

#endif
