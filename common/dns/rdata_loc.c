/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LOC (RFC 1876).
 */
#include "dns/octets.h"
#include "dns/rdata_field.h"

#define EQUATOR	      0x80000000u /* also the prime meridian; thousandths of a second of arc */
#define DEGREE	      3600000u
#define ALTITUDE_BASE 10000000u /* cm below the WGS 84 spheroid */

/* Degrees, minutes, seconds and hemisphere; false past the pole, or half around the world. */
static bool put_angle(struct text *t, uint32_t value, unsigned int degrees_max,
		      const char *hemispheres)
{
	uint32_t angle = value >= EQUATOR ? value - EQUATOR : EQUATOR - value;

	if (angle > degrees_max * DEGREE)
		return false;
	text_number(t, angle / DEGREE);
	text_char(t, ' ');
	text_number(t, angle / 60000 % 60);
	text_char(t, ' ');
	text_number(t, angle / 1000 % 60);
	text_char(t, '.');
	text_number_padded(t, angle % 1000, 3);
	text_char(t, ' ');
	text_char(t, hemispheres[value < EQUATOR]);
	return true;
}

static void put_meters(struct text *t, uint64_t cm, bool always_cm)
{
	text_number(t, cm / 100);
	if (always_cm || cm % 100) {
		text_char(t, '.');
		text_number_padded(t, cm % 100, 2);
	}
	text_char(t, 'm');
}

/* Mantissa and power of ten, in cm; both 0 to 9 (section 2, SIZE). */
static bool put_precision(struct text *t, uint8_t value)
{
	uint64_t cm = value >> 4;

	if (value >> 4 > 9 || (value & 15) > 9)
		return false;
	for (unsigned int power = value & 15; power > 0; power--)
		cm *= 10;
	text_char(t, ' ');
	put_meters(t, cm, false);
	return true;
}

bool put_location(struct text *t, struct rdata *r)
{
	const uint8_t *p = rdata_take(r, 16);
	uint32_t altitude;

	if (!p)
		return false;
	if (p[0] != 0)
		return rdata_misfit(r, "rdata: LOC version");
	altitude = get_u32(p + 12);
	if (!put_angle(t, get_u32(p + 4), 90, "NS"))
		return rdata_misfit(r, "rdata: LOC latitude");
	text_char(t, ' ');
	if (!put_angle(t, get_u32(p + 8), 180, "EW"))
		return rdata_misfit(r, "rdata: LOC longitude");
	text_char(t, ' ');
	if (altitude < ALTITUDE_BASE)
		text_char(t, '-');
	put_meters(t,
		   altitude < ALTITUDE_BASE ? ALTITUDE_BASE - altitude : altitude - ALTITUDE_BASE,
		   true);
	if (!put_precision(t, p[1]) || !put_precision(t, p[2]) || !put_precision(t, p[3]))
		return rdata_misfit(r, "rdata: LOC precision");
	return true;
}
