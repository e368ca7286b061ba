/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking a name up with all its parents.
 */
#include "track/name_hash.h"
#include "track/name_slot.h"

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
				found = slot; /* the only one: others add what it lacks */
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

/* A number of labels, and the hash of the name's last so many. */
struct parent {
	uint64_t hash;
	unsigned int labels;
};

/* The longest last; what will be read of the filter is on its way when this returns. */
static inline unsigned int hash_all(const struct name_set *set, const struct dns_name *name,
				    struct parent parents[DNS_LABELS_MAX + 1])
{
	struct name_hash hash = name_hash_begin(set->seed);
	uint8_t at[DNS_LABELS_MAX];
	unsigned int n = 0;

	name_hash_labels(at, name);
	for (unsigned int labels = 0;; labels++) {
		if (occurs(set, labels, name->labels)) {
			parents[n] = (struct parent){name_hash_value(hash), labels};
			__builtin_prefetch(filter_word(set, parents[n++].hash));
		}
		if (labels == name->labels)
			return n;
		name_hash_label(&hash, name, at[name->labels - labels - 1]);
	}
}

/* Leaves those that the filter lets pass; returns how many. */
static inline unsigned int pass_filter(const struct name_set *set, struct parent *parents,
				       unsigned int n)
{
	unsigned int passed = 0;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t hash = parents[i].hash, bits = filter_bits(hash);

		if ((*filter_word(set, hash) & bits) != bits)
			continue;
		__builtin_prefetch(&buckets(set)[home(set, hash)]);
		parents[passed++] = parents[i];
	}
	return passed;
}

bool name_set_find(const struct name_set *set, const struct dns_name *name,
		   struct name_set_match *match)
{
	struct parent parents[DNS_LABELS_MAX + 1];
	unsigned int n = hash_all(set, name, parents);

	n = pass_filter(set, parents, n);

	while (n-- > 0) {
		unsigned int labels = parents[n].labels;
		unsigned int wanted = labels == name->labels ? NAME_SET_EXACT : NAME_SET_BELOW;
		uint64_t slot = find_slot(set, parents[n].hash, wanted);

		if (slot) {
			*match = (struct name_set_match){(uint8_t)slot, (uint8_t)labels,
							 (uint8_t)SLOT_SCOPE(slot)};
			return true;
		}
	}
	return false;
}
