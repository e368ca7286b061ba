/* SPDX-License-Identifier: Apache-2.0 */
#include "track/name_set.h"

#include "track/name_hash.h"

#define MAGIC	     0x31746573656d616eULL /* "nameset1" */
#define BUCKET_SLOTS 8			   /* a cache line */
#define BUCKETS_MAX  (1ULL << 32)
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
	uint64_t bucket_count;
	uint64_t entries;
	uint64_t allowed; /* of these */
	struct name_set_depths depths;
} __attribute__((aligned(sizeof(struct bucket))));

_Static_assert(sizeof(struct name_set) % sizeof(struct bucket) == 0, "buckets are cache lines");

static inline struct bucket *buckets(const struct name_set *set)
{
	return (struct bucket *)(set + 1);
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

size_t name_set_size(uint64_t names)
{
	uint64_t slots = (names * 10 + 6) / 7 + 1;

	return sizeof(struct name_set) +
	       (size_t)((slots + BUCKET_SLOTS - 1) / BUCKET_SLOTS * sizeof(struct bucket));
}

static bool fits(const void *memory, size_t size)
{
	return (uintptr_t)memory % sizeof(struct bucket) == 0 &&
	       size >= sizeof(struct name_set) + sizeof(struct bucket) &&
	       (size - sizeof(struct name_set)) / sizeof(struct bucket) <= BUCKETS_MAX;
}

struct name_set *name_set_init(void *memory, size_t size, uint64_t seed)
{
	struct name_set *set = memory;

	if (!fits(memory, size))
		return NULL;
	*set = (struct name_set){
		.magic = MAGIC,
		.seed = seed,
		.bucket_count = (size - sizeof(*set)) / sizeof(struct bucket),
	};
	return set;
}

const struct name_set *name_set_check(const void *memory, size_t size)
{
	const struct name_set *set = memory;

	if (!fits(memory, size) || set->magic != MAGIC ||
	    set->bucket_count != (size - sizeof(*set)) / sizeof(struct bucket))
		return NULL;
	return set;
}

uint64_t name_set_count(const struct name_set *set)
{
	return set->entries;
}

uint64_t name_set_allowed(const struct name_set *set)
{
	return set->allowed;
}

uint64_t name_set_hash(uint64_t seed, const struct dns_name *name)
{
	struct name_hash hash = name_hash_begin(seed);
	uint8_t at[DNS_LABELS_MAX];

	name_hash_labels(at, name);
	for (unsigned int i = name->labels; i > 0; i--)
		name_hash_label(&hash, name, at[i - 1]);
	return name_hash_value(hash);
}

void name_set_note_depth(struct name_set_depths *depths, unsigned int labels, unsigned int scope)
{
	if (scope & NAME_SET_EXACT)
		depths->of[0][labels / 64] |= 1ULL << labels % 64;
	if (scope & NAME_SET_BELOW)
		depths->of[1][labels / 64] |= 1ULL << labels % 64;
}

void name_set_cover(struct name_set *set, const struct name_set_depths *depths)
{
	for (unsigned int i = 0; i < 4; i++)
		set->depths.of[i / 2][i % 2] |= depths->of[i / 2][i % 2];
}

void name_set_prefetch(const struct name_set *set, uint64_t hash)
{
	__builtin_prefetch(&buckets(set)[home(set, hash)]);
}

static inline bool same_name(uint64_t slot, uint64_t hash)
{
	return slot >> FINGERPRINT_SHIFT == (hash << FINGERPRINT_SHIFT) >> FINGERPRINT_SHIFT;
}

static inline uint64_t make_slot(uint64_t hash, uint8_t tag, unsigned int scope)
{
	return hash << FINGERPRINT_SHIFT | (uint64_t)scope << SCOPE_SHIFT | tag;
}

/* What is left of `scope` beside a slot of the same name: what an earlier list said stays its. */
static unsigned int rest_of_scope(unsigned int scope, uint64_t slot)
{
	unsigned int kind = scope & NAME_SET_ALLOW;

	if ((SLOT_SCOPE(slot) & NAME_SET_ALLOW) != kind)
		return scope;
	return (scope & ~SLOT_SCOPE(slot)) | kind;
}

static bool is_of_list(uint64_t slot, uint8_t tag, unsigned int scope)
{
	return (uint8_t)slot == tag && !((SLOT_SCOPE(slot) ^ scope) & NAME_SET_ALLOW);
}

static enum name_set_result take_slot(struct name_set *set, uint64_t *slot, uint64_t value)
{
	/* One in eight stays free, so that looking for what is not there soon ends. */
	if (set->entries >= set->bucket_count * (BUCKET_SLOTS - 1))
		return NAME_SET_FULL;
	*slot = value;
	set->entries++;
	set->allowed += (SLOT_SCOPE(value) & NAME_SET_ALLOW) != 0;
	return NAME_SET_ADDED;
}

enum name_set_result name_set_add_hash(struct name_set *set, uint64_t hash, uint8_t tag,
				       unsigned int scope)
{
	uint64_t first = home(set, hash), *own = NULL;

	for (unsigned int i = 0; i < probes(set) * BUCKET_SLOTS; i++) {
		uint64_t *slot = &bucket_at(set, first, i / BUCKET_SLOTS)->slots[i % BUCKET_SLOTS];

		if (!(scope & (NAME_SET_EXACT | NAME_SET_BELOW)))
			return NAME_SET_MERGED;
		if (!*slot && !own)
			return take_slot(set, slot, make_slot(hash, tag, scope));
		if (!*slot)
			break;
		if (!same_name(*slot, hash))
			continue;
		scope = rest_of_scope(scope, *slot);
		if (is_of_list(*slot, tag, scope))
			own = slot;
	}
	if (!own)
		return NAME_SET_FULL;
	*own |= (uint64_t)scope << SCOPE_SHIFT;
	return NAME_SET_MERGED;
}

enum name_set_result name_set_add(struct name_set *set, const struct dns_name *name, uint8_t tag,
				  unsigned int scope)
{
	name_set_note_depth(&set->depths, name->labels, scope);
	return name_set_add_hash(set, name_set_hash(set->seed, name), tag, scope);
}

/* The slot of this name with `wanted` in its scope; an exception if there is one; 0: none. */
static uint64_t find_slot(const struct name_set *set, uint64_t hash, unsigned int wanted)
{
	uint64_t first = home(set, hash), found = 0;

	for (unsigned int i = 0; i < probes(set); i++) {
		const struct bucket *bucket = bucket_at(set, first, i);

		for (unsigned int j = 0; j < BUCKET_SLOTS; j++) {
			uint64_t slot = bucket->slots[j];

			if (same_name(slot, hash) && SLOT_SCOPE(slot) & wanted) {
				if (SLOT_SCOPE(slot) & NAME_SET_ALLOW)
					return slot;
				found = found ? found : slot;
			}
		}
		if (!bucket->slots[BUCKET_SLOTS - 1])
			break;
	}
	return found;
}

/* With this number of labels a name of `all` labels may be in the set. */
static inline bool occurs(const struct name_set *set, unsigned int labels, unsigned int all)
{
	return set->depths.of[labels < all][labels / 64] >> labels % 64 & 1;
}

/* By number of labels; what will be read of the set is on its way when this returns. */
static inline void hash_all(const struct name_set *set, const struct dns_name *name,
			    uint64_t hashes[DNS_LABELS_MAX + 1])
{
	struct name_hash hash = name_hash_begin(set->seed);
	uint8_t at[DNS_LABELS_MAX];

	name_hash_labels(at, name);
	for (unsigned int labels = 0;; labels++) {
		if (occurs(set, labels, name->labels)) {
			hashes[labels] = name_hash_value(hash);
			name_set_prefetch(set, hashes[labels]);
		}
		if (labels == name->labels)
			break;
		name_hash_label(&hash, name, at[name->labels - labels - 1]);
	}
}

bool name_set_find(const struct name_set *set, const struct dns_name *name,
		   struct name_set_match *match)
{
	uint64_t hashes[DNS_LABELS_MAX + 1];
	unsigned int all = name->labels;

	hash_all(set, name, hashes);
	for (unsigned int labels = all + 1; labels-- > 0;) {
		uint64_t slot;

		if (!occurs(set, labels, all))
			continue;
		slot = find_slot(set, hashes[labels],
				 labels == all ? NAME_SET_EXACT : NAME_SET_BELOW);
		if (slot) {
			*match = (struct name_set_match){(uint8_t)slot, (uint8_t)labels,
							 (uint8_t)SLOT_SCOPE(slot)};
			return true;
		}
	}
	return false;
}
