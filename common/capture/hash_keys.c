/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/hash_keys.h"

#include <stdint.h>
#include <sys/random.h>
#include <time.h>

#define SEED_WORDS     1
#define QUESTION_WORDS 16 /* as in common/bpf/lib/question.bpf.h */
#define PARTY_WORDS    5
#define WORDS	       (SEED_WORDS + QUESTION_WORDS + PARTY_WORDS)

/* Early in the boot, where there is no randomness yet: hardly a secret, but still hashes. */
static void make_up(uint64_t *words, size_t count)
{
	struct timespec now;
	uint64_t state;

	clock_gettime(CLOCK_MONOTONIC, &now);
	state = (uint64_t)now.tv_sec << 32 ^ (uint64_t)now.tv_nsec;
	for (size_t i = 0; i < count; i++) {
		uint64_t z = state += 0x9e3779b97f4a7c15; /* SplitMix64 */

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		words[i] = z ^ z >> 31;
	}
}

static void write_define(FILE *out, const char *name, const uint64_t *words, size_t count)
{
	fprintf(out, "#define %s", name);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s0x%llxULL", i ? ", " : " ", (unsigned long long)words[i]);
	fprintf(out, "\n");
}

void hash_keys_write_defines(FILE *out)
{
	uint64_t words[WORDS];

	if (getrandom(words, sizeof(words), GRND_NONBLOCK) != sizeof(words))
		make_up(words, WORDS);
	write_define(out, "HASH_SEED", words, SEED_WORDS);
	write_define(out, "QUESTION_KEYS", words + SEED_WORDS, QUESTION_WORDS);
	write_define(out, "PARTY_KEYS", words + SEED_WORDS + QUESTION_WORDS, PARTY_WORDS);
}
