/* SPDX-License-Identifier: Apache-2.0 */
#include "track/information.h"

#include <stdbool.h>
#include <string.h>

#include "track/hash.h"

/* Below so many domains a label is a word of the trade. */
#define COMMON_DOMAINS 4
/* A word's number among some 4,000; four octets that came before: which of few continuations. */
#define COMMON_COST (12 * INFORMATION_BIT)
#define KNOWN_COST  (1 * INFORMATION_BIT)
#define SHORT_LABEL 3 /* octets */
/* An IPv4 address, and half a byte of an IPv6 address (RFC 3596, section 2.5). */
#define IPV4_LABELS  4
#define IPV4_COST    (32 * INFORMATION_BIT)
#define NIBBLE_COST  (4 * INFORMATION_BIT)
#define NIBBLES	     32
#define HASH_OF_GRAM 0x9e3779b1U

/* 16 * log2(n), rounded up. */
static const uint16_t log2_of[65] = {
	0,  0,	16, 26, 32, 38, 42, 45, 48, 51, 54, 56, 58, 60, 61, 63, 64, 66, 67, 68, 70, 71,
	72, 73, 74, 75, 76, 77, 77, 78, 79, 80, 80, 81, 82, 83, 83, 84, 84, 85, 86, 86, 87, 87,
	88, 88, 89, 89, 90, 90, 91, 91, 92, 92, 93, 93, 93, 94, 94, 95, 95, 95, 96, 96, 96,
};

void common_labels_layout(struct common_labels *c, struct arena *arena, uint32_t room)
{
	c->mask = room - 1;
	c->labels = arena_take(arena, room, sizeof(*c->labels));
}

/* Letters and digits one by one, all others in a few kinds. */
static uint64_t kind_of(uint8_t octet)
{
	if (octet >= 'a' && octet <= 'z')
		return 1ULL << (octet - 'a');
	if (octet >= '0' && octet <= '9')
		return 1ULL << (26 + octet - '0');
	if (octet == '-')
		return 1ULL << 36;
	return 1ULL << (37 + octet % 27);
}

/* True when it was there. */
static bool know_gram(struct information *i, uint32_t gram)
{
	uint32_t bit = gram * HASH_OF_GRAM >> 21;
	uint64_t mask = 1ULL << bit % 64, *word = &i->grams[bit / 64];

	_Static_assert(INFORMATION_GRAMS == 1 << (32 - 21), "the hash's bits");
	if (*word & mask)
		return true;
	*word |= mask;
	i->gram_count++;
	return false;
}

/* The end of a label is a symbol, too. */
static uint32_t literal_cost(const struct information *i)
{
	unsigned int symbols = (unsigned int)__builtin_popcountll(i->alphabet) + 1;

	return log2_of[symbols < 64 ? symbols : 64];
}

/*
 * Where many are known, one that is known may be so by chance, and costs the more. That a label
 * ends costs as much as what is known, so that no label is for nothing; and nothing comes before
 * its first octet that could tell that one, which is much of a short label. Networks have many
 * addresses in common, which are bounded otherwise.
 */
static uint32_t label_cost(struct information *i, const uint8_t *label, bool of_address)
{
	bool short_label = *label <= SHORT_LABEL && !of_address;
	uint32_t gram = 0, cost = KNOWN_COST, literal, known;
	bool is_known;

	for (uint8_t n = 1; n <= *label; n++)
		i->alphabet |= kind_of(label[n]);
	literal = literal_cost(i);
	known = literal <= KNOWN_COST
			? literal
			: KNOWN_COST + (literal - KNOWN_COST) * i->gram_count / INFORMATION_GRAMS;
	for (uint8_t n = 1; n <= *label; n++) {
		gram = gram << 8 | label[n];
		is_known = know_gram(i, gram) && (n > 1 || !short_label);
		cost += is_known ? known : literal;
	}
	return cost;
}

/* Whether it is common, and one domain more. Of two that want one place the rarer one goes. */
static bool is_common(struct common_labels *c, const uint8_t *label, bool new_below_domain)
{
	uint64_t hash = hash_octets(0, label, *label + 1U);
	struct common_label *l = &c->labels[hash & c->mask];
	uint32_t mark = (uint32_t)(hash >> 32);

	if (l->mark != mark) {
		if (new_below_domain && l->domains)
			l->domains--;
		else if (new_below_domain)
			*l = (struct common_label){.mark = mark, .domains = 1};
		return false;
	}
	if (new_below_domain && l->domains < UINT32_MAX)
		l->domains++;
	return l->domains > COMMON_DOMAINS;
}

static bool is_decimal_octet(const uint8_t *label)
{
	unsigned int value = 0;

	if (*label == 0 || *label > 3)
		return false;
	for (uint8_t n = 1; n <= *label; n++) {
		if (label[n] < '0' || label[n] > '9')
			return false;
		value = value * 10 + label[n] - '0';
	}
	return value <= 255;
}

static bool is_nibble(const uint8_t *label)
{
	return *label == 1 &&
	       ((label[1] >= '0' && label[1] <= '9') || (label[1] >= 'a' && label[1] <= 'f'));
}

/* How many of the first labels are an address backwards, and what that costs. */
static unsigned int address_labels(const struct dns_name *name, unsigned int labels, uint32_t *cost)
{
	unsigned int decimal = 0, nibbles = 0;
	const uint8_t *label = name->wire;

	for (unsigned int n = 0; n < labels; n++, label += *label + 1) {
		decimal += n == decimal && is_decimal_octet(label);
		nibbles += n == nibbles && is_nibble(label);
	}
	*cost = nibbles == NIBBLES ? NIBBLES * NIBBLE_COST : IPV4_COST;
	if (nibbles == NIBBLES)
		return NIBBLES;
	return decimal == IPV4_LABELS ? IPV4_LABELS : 0;
}

uint32_t information_add(struct information *i, struct common_labels *common,
			 const struct dns_name *lower, unsigned int labels)
{
	const uint8_t *label = lower->wire;
	uint32_t sum = 0, address, of_address;

	of_address = address_labels(lower, labels, &address);
	for (unsigned int n = 0; n < labels; n++, label += *label + 1) {
		uint32_t grams = i->gram_count, cost = label_cost(i, label, n < of_address);

		if (is_common(common, label, i->gram_count > grams) && cost > COMMON_COST)
			cost = COMMON_COST;
		sum += cost;
		if (n + 1 == of_address && sum > address)
			sum = address;
	}
	return sum;
}
