/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of millions of names, each with the number of the list that it is on, in one block of
 * memory without pointers: what one process has built another may map.
 *
 * Eight octets a slot, seven of ten taken, and a filter of one octet a name before them: 5 million
 * names have 63 MB. Of each name only a hash is kept, 64 bits of it together with the place. A name
 * or parent that is not there is found all the same with a probability of 2^-64 for each entry (5
 * million: 3e-13; but no less than 6e-16).
 */
#ifndef COMMON_TRACK_NAME_SET_H
#define COMMON_TRACK_NAME_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"

#define NAME_SET_NAMES_MAX (1ULL << 32) /* that a set may be made for */

struct name_set;

/* What an entry is about. EXACT, BELOW or both; ALLOW turns it into an exception. */
enum {
	NAME_SET_EXACT = 1, /* the name itself */
	NAME_SET_BELOW = 2, /* all names below it */
	NAME_SET_ALLOW = 4, /* on purpose not what the other entries say of it */
};

#define NAME_SET_SCOPES 8 /* values that the three can make */

enum name_set_result {
	NAME_SET_ADDED,
	NAME_SET_MERGED, /* it was there: its first tag stays */
	NAME_SET_FULL,	 /* not added */
};

struct name_set_match {
	uint8_t tag;	/* of the list */
	uint8_t labels; /* of the entry that matched; the name itself: as many as it has */
	uint8_t scope;	/* of that entry: with NAME_SET_ALLOW the name is excepted */
};

/* Octets of memory for a set of so many names: NAME_SET_NAMES_MAX at most. */
size_t name_set_size(uint64_t names);

/*
 * An empty set in `size` octets of zeroed memory, aligned to 64 octets, which stay the caller's.
 * The seed should be random, and is part of the block. NULL: not even one name has room.
 */
struct name_set *name_set_init(void *memory, size_t size, uint64_t seed);

/*
 * An entry that is there for the same name, scope and ALLOW keeps its tag: of several lists the
 * one that was added first is named.
 */
enum name_set_result name_set_add(struct name_set *set, const struct dns_name *name, uint8_t tag,
				  unsigned int scope);

/*
 * The most specific entry that the name or one of its parents has: the name's own with EXACT, a
 * parent's with BELOW. Of entries for the same name an exception goes before all others: one for
 * example.com undoes a listed example.com, but not a listed bad.example.com. False: there is
 * none. Reads memory of the set alone, whatever is in it, and looks only for as many labels as
 * some entry has: a name of 127 labels costs little more than another.
 */
bool name_set_find(const struct name_set *set, const struct dns_name *name,
		   struct name_set_match *match);

/*
 * A set that came from elsewhere, in a block of `size` octets, aligned to 64, that nobody can
 * write any more. NULL: it is none. What it says may be wrong, but name_set_find() is safe.
 */
const struct name_set *name_set_check(const void *memory, size_t size);

/* Entries there are, and how many of them are exceptions. */
uint64_t name_set_count(const struct name_set *set);
uint64_t name_set_allowed(const struct name_set *set);

/*
 * Lists that are kept for the next set with the same seed need not keep names: hashes and the
 * numbers of labels are enough.
 */
struct name_set_depths {
	uint64_t of[2][2]; /* numbers of labels that occur: with EXACT, with BELOW */
};

uint64_t name_set_hash(uint64_t seed, const struct dns_name *name);
void name_set_note_depth(struct name_set_depths *depths, unsigned int labels, unsigned int scope);
/* As name_set_add(), but what is added is found only after name_set_cover() with its depth. */
enum name_set_result name_set_add_hash(struct name_set *set, uint64_t hash, uint8_t tag,
				       unsigned int scope);
void name_set_cover(struct name_set *set, const struct name_set_depths *depths);
/* Memory that name_set_add_hash() will soon want. */
void name_set_prefetch(const struct name_set *set, uint64_t hash);

#endif
