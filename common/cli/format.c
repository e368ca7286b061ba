/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/format.h"

#include <string.h>
#include <time.h>

#include "cli/clock.h"

static size_t copy_reversed(char *text, const char *reversed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text[i] = reversed[n - 1 - i];
	text[n] = '\0';
	return n;
}

size_t format_unsigned(char text[FORMAT_NUMBER_MAX], uint64_t value)
{
	char reversed[FORMAT_NUMBER_MAX];
	size_t n = 0;

	do {
		reversed[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	return copy_reversed(text, reversed, n);
}

size_t format_decimal(char text[FORMAT_NUMBER_MAX], uint64_t value, unsigned int digits)
{
	char reversed[FORMAT_NUMBER_MAX];
	size_t n = 0;

	while (n < digits) {
		reversed[n++] = (char)('0' + value % 10);
		value /= 10;
	}
	if (digits)
		reversed[n++] = '.';
	do {
		reversed[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value && n < FORMAT_NUMBER_MAX - 1);
	return copy_reversed(text, reversed, n);
}

static void put_digits(char *text, uint64_t value, size_t digits)
{
	while (digits > 0) {
		text[--digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

/* One second's text, kept until another second is asked for. */
struct cached_second {
	time_t second;
	bool valid;
	size_t length;
	char text[FORMAT_TIME_MAX];
};

static size_t put_second(char *text, struct cached_second *cache, time_t second,
			 struct tm *(*split)(const time_t *, struct tm *), const char *format)
{
	if (!cache->valid || cache->second != second) {
		struct tm tm = {0};

		split(&second, &tm);
		cache->length = strftime(cache->text, sizeof(cache->text) - 12, format, &tm);
		cache->second = second;
		cache->valid = true;
	}
	memcpy(text, cache->text, cache->length);
	return cache->length;
}

size_t format_rfc3339(char text[FORMAT_TIME_MAX], uint64_t ns)
{
	static struct cached_second cache;
	size_t n = put_second(text, &cache, (time_t)(ns / NS_PER_SECOND), gmtime_r,
			      "%Y-%m-%dT%H:%M:%S");

	text[n++] = '.';
	put_digits(text + n, ns % NS_PER_SECOND, 9);
	n += 9;
	text[n++] = 'Z';
	text[n] = '\0';
	return n;
}

size_t format_time_of_day(char text[FORMAT_TIME_MAX], uint64_t ns)
{
	static struct cached_second cache;
	size_t n = put_second(text, &cache, (time_t)(ns / NS_PER_SECOND), localtime_r, "%H:%M:%S");

	text[n++] = '.';
	put_digits(text + n, ns % NS_PER_SECOND / NS_PER_MS, 3);
	n += 3;
	text[n] = '\0';
	return n;
}
