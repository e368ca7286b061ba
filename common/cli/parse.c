/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads digits up to the first other character. False: none, or more than `maximum`. */
static bool read_digits(const char **text, uint64_t maximum, uint64_t *value)
{
	const char *c = *text;
	uint64_t sum = 0;

	if (!is_digit(*c))
		return false;
	for (; is_digit(*c); c++) {
		uint64_t digit = (uint64_t)(*c - '0');

		if (sum > (maximum - digit) / 10 || digit > maximum)
			return false;
		sum = sum * 10 + digit;
	}
	*text = c;
	*value = sum;
	return true;
}

bool parse_unsigned(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *value)
{
	uint64_t number;

	if (!read_digits(&text, maximum, &number) || *text || number < minimum)
		return false;
	*value = number;
	return true;
}

bool parse_fraction(const char *text, uint64_t unit, uint64_t maximum, uint64_t *value)
{
	uint64_t whole, part = 0;

	if (!read_digits(&text, maximum / unit, &whole))
		return false;
	if (*text == '.') {
		uint64_t weight = unit;

		if (!is_digit(*++text))
			return false;
		for (unsigned int digits = 0; is_digit(*text); text++, digits++) {
			if (digits == 9)
				return false;
			weight /= 10; /* below the unit's resolution: the digit is dropped */
			part += (uint64_t)(*text - '0') * weight;
		}
	}
	if (*text || whole * unit + part > maximum)
		return false;
	*value = whole * unit + part;
	return true;
}

static bool has_port(const uint16_t *ports, unsigned int count, uint16_t port)
{
	for (unsigned int i = 0; i < count; i++)
		if (ports[i] == port)
			return true;
	return false;
}

bool parse_ports(const char *text, uint16_t *ports, unsigned int room, unsigned int *count)
{
	unsigned int n = *count;
	uint64_t port;

	for (;; text++) {
		if (!read_digits(&text, UINT16_MAX, &port) || port == 0)
			return false;
		if (!has_port(ports, n, (uint16_t)port)) {
			if (n == room)
				return false;
			ports[n++] = (uint16_t)port;
		}
		if (*text != ',')
			break;
	}
	if (*text)
		return false;
	*count = n;
	return true;
}
