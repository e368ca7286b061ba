/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a set of names.
 */
#include "track/name_set.h"

#include "track/name_hash.h"
#include "track/name_slot.h"

#define MAGIC	  0x31746573656d616eULL /* "nameset1" */
#define LINES_MAX (1ULL << 32)

/*
 * A twelfth of all is a Bloom filter, four bits of one word for each entry: small enough to stay
 * in the caches, it answers 19 of 20 times for names that are not there.
 */
#define FILTER_SHARE 12
#define LINE_WORDS   (sizeof(struct bucket) / sizeof(uint64_t))

/* The block's parts behind the header, in cache lines; all follows from its size. */
struct geometry {
	uint64_t filter, buckets;
};

size_t name_set_size(uint64_t names)
{
	uint64_t slots = (names * 10 + 6) / 7 + 1;
	uint64_t lines = (slots + BUCKET_SLOTS - 1) / BUCKET_SLOTS;

	lines += lines / (FILTER_SHARE - 1) + 1;
	return sizeof(struct name_set) + (size_t)lines * sizeof(struct bucket);
}

/* False: no block of this size and at this place is a set. */
static bool divide(struct geometry *parts, const void *memory, size_t size)
{
	uint64_t lines = size / sizeof(struct bucket);
	uint64_t header = sizeof(struct name_set) / sizeof(struct bucket);

	if ((uintptr_t)memory % sizeof(struct bucket) || lines < header + 2 || lines > LINES_MAX)
		return false;
	lines -= header;
	parts->filter = lines < FILTER_SHARE ? 1 : lines / FILTER_SHARE;
	parts->buckets = lines - parts->filter;
	return true;
}

struct name_set *name_set_init(void *memory, size_t size, uint64_t seed)
{
	struct name_set *set = memory;
	struct geometry parts;

	if (!divide(&parts, memory, size))
		return NULL;
	*set = (struct name_set){
		.magic = MAGIC,
		.seed = seed,
		.filter_words = parts.filter * LINE_WORDS,
		.bucket_count = parts.buckets,
	};
	return set;
}

const struct name_set *name_set_check(const void *memory, size_t size)
{
	const struct name_set *set = memory;
	struct geometry parts;

	if (!divide(&parts, memory, size) || set->magic != MAGIC ||
	    set->filter_words != parts.filter * LINE_WORDS || set->bucket_count != parts.buckets)
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
	__builtin_prefetch(filter_word(set, hash));
	__builtin_prefetch(&buckets(set)[home(set, hash)]);
}

static inline uint64_t make_slot(uint64_t hash, uint8_t tag, unsigned int scope)
{
	return hash << FINGERPRINT_SHIFT | (uint64_t)scope << SCOPE_SHIFT | tag;
}

static bool says_anything(unsigned int scope)
{
	return scope & (NAME_SET_EXACT | NAME_SET_BELOW);
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

static enum name_set_result take_slot(struct name_set *set, uint64_t *slot, uint64_t hash,
				      uint64_t value)
{
	/* One in eight stays free, so that looking for what is not there soon ends. */
	if (set->entries >= set->bucket_count * (BUCKET_SLOTS - 1))
		return NAME_SET_FULL;
	*slot = value;
	*filter_word(set, hash) |= filter_bits(hash);
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

		if (!says_anything(scope))
			return NAME_SET_MERGED;
		if (!*slot && !own)
			return take_slot(set, slot, hash, make_slot(hash, tag, scope));
		if (!*slot)
			break;
		if (!same_name(*slot, hash))
			continue;
		scope = rest_of_scope(scope, *slot);
		if (is_of_list(*slot, tag, scope))
			own = slot;
	}
	if (!own)
		return says_anything(scope) ? NAME_SET_FULL : NAME_SET_MERGED;
	*own |= (uint64_t)scope << SCOPE_SHIFT;
	return NAME_SET_MERGED;
}

enum name_set_result name_set_add(struct name_set *set, const struct dns_name *name, uint8_t tag,
				  unsigned int scope)
{
	name_set_note_depth(&set->depths, name->labels, scope);
	return name_set_add_hash(set, name_set_hash(set->seed, name), tag, scope);
}
