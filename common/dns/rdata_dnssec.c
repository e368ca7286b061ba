/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of DNSSEC's types (RFC 4034, RFC 5155).
 */
#include "dns/codes.h"
#include "dns/octets.h"
#include "dns/rdata_field.h"

bool put_type(struct text *t, struct rdata *r)
{
	char buffer[DNS_CODE_TEXT_MAX];
	const uint8_t *p = rdata_take(r, 2);

	if (p)
		text_string(t, dns_type_name(get_u16(p), buffer));
	return p;
}

/*
 * YYYYMMDDHHmmSS in UTC (RFC 4034, section 3.2). The 32 bits are taken as seconds since 1970
 * and so reach to 2106; what lies beyond needs the present time to tell (section 3.1.5), which
 * is not known here.
 */
bool put_time(struct text *t, struct rdata *r)
{
	const uint8_t *p = rdata_take(r, 4);
	uint32_t seconds, days, era_day, year_of_era, day_of_year, month, year;

	if (!p)
		return false;
	seconds = get_u32(p);
	/* Days since 1600-03-01: years that begin in March have their leap day at the end. */
	days = seconds / 86400 + 135080;
	seconds %= 86400;
	era_day = days % 146097; /* 400 years */
	year_of_era = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
	day_of_year = era_day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153; /* 0: March */
	year = 1600 + days / 146097 * 400 + year_of_era + (month >= 10);
	text_number_padded(t, year, 4);
	text_number_padded(t, month >= 10 ? month - 9 : month + 3, 2);
	text_number_padded(t, day_of_year - (153 * month + 2) / 5 + 1, 2);
	text_number_padded(t, seconds / 3600, 2);
	text_number_padded(t, seconds / 60 % 60, 2);
	text_number_padded(t, seconds % 60, 2);
	return true;
}

static void put_window(struct text *t, unsigned int window, const uint8_t *map, size_t n,
		       bool *first)
{
	char buffer[DNS_CODE_TEXT_MAX];

	for (unsigned int bit = 0; bit < n * 8; bit++) {
		if (!(map[bit / 8] & 0x80 >> bit % 8))
			continue;
		if (!*first)
			text_char(t, ' ');
		*first = false;
		text_string(t, dns_type_name((uint16_t)(window << 8 | bit), buffer));
	}
}

/* RFC 4034, section 4.1.2: windows of 256 types, ascending, 1 to 32 octets each. */
bool put_bitmap(struct text *t, struct rdata *r)
{
	int last = -1;
	bool first = true;

	while (rdata_left(r) > 0) {
		const uint8_t *head = rdata_take(r, 2);
		const uint8_t *map;

		if (!head)
			return false;
		if (head[0] <= last || head[1] == 0 || head[1] > 32)
			return rdata_misfit(r, "rdata: type bitmap");
		map = rdata_take(r, head[1]);
		if (!map)
			return false;
		put_window(t, head[0], map, head[1], &first);
		last = head[0];
	}
	return true;
}

/* RFC 5155, section 3.3: no salt is written "-". */
bool put_salt(struct text *t, struct rdata *r)
{
	const uint8_t *size = rdata_take(r, 1);
	const uint8_t *salt = size ? rdata_take(r, *size) : NULL;

	if (!salt)
		return false;
	if (*size == 0)
		text_char(t, '-');
	text_hex_upper(t, salt, *size);
	return true;
}

/* RFC 5155, section 3.3; the hash is 1 to 255 octets long (section 3.1.6). */
bool put_hash(struct text *t, struct rdata *r)
{
	const uint8_t *size = rdata_take(r, 1);
	const uint8_t *hash = size ? rdata_take(r, *size) : NULL;

	if (!hash)
		return false;
	if (*size == 0)
		return rdata_misfit(r, "rdata: empty hash");
	text_base32hex(t, hash, *size);
	return true;
}
