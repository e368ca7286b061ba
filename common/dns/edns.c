/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/edns.h"

#include "dns/codes.h"
#include "dns/octets.h"

#define EDNS_FLAG_DO 0x8000 /* RFC 3225, section 3 */

bool dns_edns_from_record(struct dns_edns *edns, const struct dns_message *m,
			  const struct dns_record *record)
{
	if (record->type != DNS_TYPE_OPT)
		return false;
	/* Class and TTL have another meaning here (RFC 6891, section 6.1.3). */
	edns->udp_size = record->class;
	edns->extended_rcode = (uint8_t)(record->ttl >> 24);
	edns->version = (uint8_t)(record->ttl >> 16);
	edns->flags = (uint16_t)record->ttl;
	edns->dnssec_ok = edns->flags & EDNS_FLAG_DO;
	edns->options = m->wire + record->rdata;
	edns->options_size = record->rdlength;
	return true;
}

bool dns_edns_read(struct dns_edns *edns, struct dns_message *m)
{
	struct dns_cursor c;
	struct dns_record record;

	if (m->count[DNS_SECTION_ADDITIONAL] == 0)
		return false;
	dns_records_begin(&c, m);
	while (dns_records_step(&c, &record)) {
		/* Only there does it have its meaning (RFC 6891, section 6.1.1). */
		if (record.section == DNS_SECTION_ADDITIONAL &&
		    dns_edns_from_record(edns, m, &record))
			return true;
	}
	return false;
}

bool dns_edns_next(const struct dns_edns *edns, uint16_t *position, struct dns_edns_option *option,
		   const char **why)
{
	uint16_t left;
	const uint8_t *at;

	*why = NULL;
	if (*position >= edns->options_size)
		return false;
	left = edns->options_size - *position;
	at = edns->options + *position;
	if (left < 4 || get_u16(at + 2) > left - 4) {
		*why = "edns: option cut";
		return false;
	}
	option->code = get_u16(at);
	option->size = get_u16(at + 2);
	option->data = at + 4;
	*position = (uint16_t)(*position + 4 + option->size);
	return true;
}
