/* SPDX-License-Identifier: Apache-2.0 */
#include "track/transfer.h"

#include "dns/codes.h"
#include "dns/octets.h"

/* Two names of at least the root, and five numbers, of which the serial is the first. */
#define SOA_NUMBERS 20
#define SOA_MIN	    (2 + SOA_NUMBERS)

static bool read_serial(const struct dns_message *m, const struct dns_record *record,
			uint32_t *serial)
{
	if (record->type != DNS_TYPE_SOA || record->rdlength < SOA_MIN)
		return false;
	*serial = get_u32(m->wire + record->rdata + record->rdlength - SOA_NUMBERS);
	return true;
}

void transfer_begin(struct transfer *t, const struct dns_message *query)
{
	struct dns_message copy;
	struct dns_cursor cursor;
	struct dns_record record;

	*t = (struct transfer){0};
	if (query->question.type != DNS_TYPE_IXFR)
		return;
	copy = *query;
	dns_records_begin(&cursor, &copy);
	while (!t->has_known && dns_records_step(&cursor, &record) &&
	       record.section <= DNS_SECTION_AUTHORITY)
		t->has_known = read_serial(&copy, &record, &t->known);
}

/*
 * AXFR: the second SOA closes. IXFR: after the first, SOAs come in pairs, the old version's and
 * the new one's; where the sent version's stands in place of an old one's, it closes. That is so,
 * too, where a server answers with the whole zone.
 */
static bool is_closing(struct transfer *t, uint16_t type, uint32_t serial)
{
	if (t->soas++ == 0) {
		t->serial = serial;
		return false;
	}
	return t->soas % 2 == 0 && (type == DNS_TYPE_AXFR || serial == t->serial);
}

/* A single SOA: the client has this version; unless it is a newer one, and more will come. */
static bool is_up_to_date(const struct transfer *t, uint16_t type)
{
	return type == DNS_TYPE_IXFR && t->records == 1 && t->soas == 1 &&
	       !(t->has_known && (int32_t)(t->serial - t->known) > 0);
}

bool transfer_take(struct transfer *t, uint16_t type, struct dns_message *message,
		   uint32_t wire_size)
{
	bool cut = message->size < wire_size && message->count[DNS_SECTION_ANSWER];
	struct dns_cursor cursor;
	struct dns_record record;
	uint32_t serial;

	t->messages++;
	t->size += wire_size;
	dns_records_begin(&cursor, message);
	while (dns_records_step(&cursor, &record) && record.section == DNS_SECTION_ANSWER) {
		t->records++;
		if (read_serial(message, &record, &serial) && is_closing(t, type, serial))
			return true;
		/* A transfer begins with an SOA: this is an answer like any other. */
		if (t->soas == 0)
			return true;
	}
	return message->rcode != DNS_RCODE_NOERROR || (t->soas == 0 && !cut) ||
	       is_up_to_date(t, type);
}
