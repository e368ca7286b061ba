/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seeded 64-bit hash of a name in any case, from the root leftwards, so that the hashes of the
 * name and of all its parents cost one pass: SipHash-1-3 over the labels, each with its length
 * octet and padded to words, ended at each label. Who does not know the seed cannot make names
 * collide.
 */
#ifndef COMMON_TRACK_NAME_HASH_H
#define COMMON_TRACK_NAME_HASH_H

#include <stdint.h>
#include <string.h>

#include "dns/lower.h"
#include "dns/name.h"

struct name_hash {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t name_hash_rotate(uint64_t x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void name_hash_round(struct name_hash *h)
{
	h->v0 += h->v1;
	h->v2 += h->v3;
	h->v1 = name_hash_rotate(h->v1, 13) ^ h->v0;
	h->v3 = name_hash_rotate(h->v3, 16) ^ h->v2;
	h->v0 = name_hash_rotate(h->v0, 32);
	h->v2 += h->v1;
	h->v0 += h->v3;
	h->v1 = name_hash_rotate(h->v1, 17) ^ h->v2;
	h->v3 = name_hash_rotate(h->v3, 21) ^ h->v0;
	h->v2 = name_hash_rotate(h->v2, 32);
}

static inline void name_hash_word(struct name_hash *h, uint64_t word)
{
	h->v3 ^= word;
	name_hash_round(h);
	h->v0 ^= word;
}

/* The key's second half is the seed again, turned: SipHash wants 128 bits. */
static inline struct name_hash name_hash_begin(uint64_t seed)
{
	uint64_t second = name_hash_rotate(seed, 29) * 0x9e3779b97f4a7c15;

	return (struct name_hash){seed ^ 0x736f6d6570736575, second ^ 0x646f72616e646f6d,
				  seed ^ 0x6c7967656e657261, second ^ 0x7465646279746573};
}

/* The first n of eight octets in memory, the others zero; 1 <= n <= 8. */
static inline uint64_t name_hash_first(uint64_t x, unsigned int n)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return x & ~0ULL >> (64 - 8 * n);
#else
	return x & ~0ULL << (64 - 8 * n);
#endif
}

/*
 * Up to eight octets of the name from `at` on, in lower case, padded with zeros. Octets behind
 * the name are read and left out: short copies of different lengths cost more than all else.
 */
static inline uint64_t name_hash_load(const struct dns_name *name, unsigned int at, unsigned int n)
{
	uint64_t x = 0;

	if (at < sizeof(name->wire) - sizeof(x))
		memcpy(&x, name->wire + at, sizeof(x));
	else if (at < sizeof(name->wire))
		memcpy(&x, name->wire + at, n < sizeof(x) ? n : sizeof(x));
	return lower8(n < sizeof(x) ? name_hash_first(x, n) : x);
}

/* The label whose length octet is at `at`: the hash is then that of the name from there on. */
static inline void name_hash_label(struct name_hash *h, const struct dns_name *name,
				   unsigned int at)
{
	unsigned int octets = 1U + name->wire[at];

	for (unsigned int i = 0; i < octets; i += 8)
		name_hash_word(h, name_hash_load(name, at + i, octets - i));
}

/* What was taken in so far; more can follow. */
static inline uint64_t name_hash_value(struct name_hash h)
{
	h.v2 ^= 0xff;
	name_hash_round(&h);
	name_hash_round(&h);
	name_hash_round(&h);
	return h.v0 ^ h.v1 ^ h.v2 ^ h.v3;
}

/* Where each label of `name` begins, the leftmost first. */
static inline void name_hash_labels(uint8_t at[DNS_LABELS_MAX], const struct dns_name *name)
{
	unsigned int offset = 0;

	for (unsigned int i = 0; i < name->labels; i++) {
		at[i] = (uint8_t)offset;
		offset += 1U + name->wire[offset];
	}
}

#endif
