/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 64-bit hashes for tables whose keys are too long to be kept: two keys of one hash are taken for
 * one, which a seed that nobody knows makes as rare as chance allows (2^-64 a pair).
 */
#ifndef COMMON_TRACK_HASH_H
#define COMMON_TRACK_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
	__uint128_t product =
		(__uint128_t)(a ^ 0x9e3779b97f4a7c15ULL) * (b ^ 0xe7037ed1a0b428dbULL);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_octets(uint64_t seed, const void *octets, size_t size)
{
	const uint8_t *at = octets;
	uint64_t hash = hash_mix(seed, size), word;

	for (; size >= sizeof(word); at += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = hash_mix(hash, word);
	}
	if (!size)
		return hash;
	word = 0;
	memcpy(&word, at, size);
	return hash_mix(hash, word);
}

#endif
