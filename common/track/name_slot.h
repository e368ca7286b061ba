/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a set of names lies in memory: a header, the filter, the buckets. Inside common/track's
 * name_set.c and name_find.c only.
 */
#ifndef COMMON_TRACK_NAME_SLOT_H
#define COMMON_TRACK_NAME_SLOT_H

#include "track/name_set.h"

#define BUCKET_SLOTS 8 /* a cache line */
/* Buckets that are looked at; 7 of 10 slots are taken at most, and 8 in a row are rare then. */
#define PROBES_MAX 64

/*
 * A slot: 53 bits of the hash, three of scope, eight of the tag. 0: free, as the scope never is.
 * The upper 32 bits of the hash choose the bucket, so that all 64 count.
 */
#define FINGERPRINT_SHIFT 11
#define SCOPE_SHIFT	  8
#define SLOT_SCOPE(slot)  ((unsigned int)((slot) >> SCOPE_SHIFT) & (NAME_SET_SCOPES - 1))

struct bucket {
	uint64_t slots[BUCKET_SLOTS];
};

struct name_set {
	uint64_t magic;
	uint64_t seed;
	uint64_t filter_words;
	uint64_t bucket_count;
	uint64_t entries;
	uint64_t allowed; /* of these */
	struct name_set_depths depths;
} __attribute__((aligned(sizeof(struct bucket))));

_Static_assert(sizeof(struct name_set) % sizeof(struct bucket) == 0, "buckets are cache lines");

static inline uint64_t *filter_word(const struct name_set *set, uint64_t hash)
{
	return (uint64_t *)(set + 1) + ((hash & UINT32_MAX) * set->filter_words >> 32);
}

/* Of the bits that place the word and the bucket, these are the least. */
static inline uint64_t filter_bits(uint64_t hash)
{
	return 1ULL << (hash & 63) | 1ULL << (hash >> 6 & 63) | 1ULL << (hash >> 32 & 63) |
	       1ULL << (hash >> 38 & 63);
}

static inline struct bucket *buckets(const struct name_set *set)
{
	return (struct bucket *)((uint64_t *)(set + 1) + set->filter_words);
}

static inline uint64_t home(const struct name_set *set, uint64_t hash)
{
	return (hash >> 32) * set->bucket_count >> 32;
}

static inline struct bucket *bucket_at(const struct name_set *set, uint64_t first, unsigned int n)
{
	uint64_t number = first + n;

	return &buckets(set)[number < set->bucket_count ? number : number - set->bucket_count];
}

static inline unsigned int probes(const struct name_set *set)
{
	return set->bucket_count < PROBES_MAX ? (unsigned int)set->bucket_count : PROBES_MAX;
}

static inline bool same_name(uint64_t slot, uint64_t hash)
{
	return slot >> FINGERPRINT_SHIFT == (hash << FINGERPRINT_SHIFT) >> FINGERPRINT_SHIFT;
}

#endif
