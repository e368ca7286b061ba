/* SPDX-License-Identifier: Apache-2.0 */
#include "track/dga_shape.h"

#include <stdbool.h>

/* 64ths; of English letters 26 in 64 are vowels. */
#define USUAL_VOWELS 26

static bool is_vowel(uint8_t symbol)
{
	const uint32_t vowels = 1U << 1 | 1U << 5 | 1U << 9 | 1U << 15 | 1U << 21;

	return vowels >> symbol & 1;
}

static bool is_digit(uint8_t octet)
{
	return (uint8_t)(octet - '0') < 10;
}

struct counts {
	int32_t letters;
	int32_t digits;
	int32_t vowels;
	int32_t changes; /* between digits and all else */
	int32_t consonants_run;
	int32_t vowels_run;
	uint32_t seen; /* a bit for each symbol */
	bool hyphen;
};

static int32_t longer(int32_t *longest, int32_t run, bool goes_on)
{
	run = goes_on ? run + 1 : 0;
	if (run > *longest)
		*longest = run;
	return run;
}

static void count(struct counts *c, const uint8_t *label, uint8_t size)
{
	int32_t consonants = 0, vowels = 0;
	bool digit, was_digit = size > 0 && is_digit(label[0]);

	for (uint8_t i = 0; i < size; i++) {
		uint8_t symbol = dga_symbol(label[i]);
		bool vowel = is_vowel(symbol), letter = symbol != DGA_OTHER;

		c->letters += letter;
		c->vowels += vowel;
		digit = is_digit(label[i]);
		c->digits += digit;
		c->changes += digit != was_digit;
		was_digit = digit;
		c->hyphen |= label[i] == '-';
		c->seen |= 1U << (symbol & 31);
		consonants = longer(&c->consonants_run, consonants, letter && !vowel);
		vowels = longer(&c->vowels_run, vowels, vowel);
	}
}

static int32_t share(int32_t part, int32_t of)
{
	return of > 0 ? part * 64 / of : 0;
}

void dga_shape(int32_t *features, const uint8_t *label, uint8_t size)
{
	struct counts c = {0};
	int32_t vowels, different;

	count(&c, label, size);
	vowels = share(c.vowels, c.letters);
	different = __builtin_popcount(c.seen);
	*features++ = size;
	*features++ = share(c.digits, size);
	*features++ = c.hyphen;
	*features++ = vowels;
	*features++ = (vowels - USUAL_VOWELS) * (vowels - USUAL_VOWELS) / 16;
	*features++ = c.consonants_run;
	*features++ = c.vowels_run;
	*features++ = c.changes;
	*features++ = share(c.changes, size);
	*features++ = share(different, size);
	*features = different;
}
