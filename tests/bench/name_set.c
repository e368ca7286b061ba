/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a set of names costs: name_set [NAMES]. Names of 3 to 6 labels, one in four is listed with
 * all that is below it; looked up in random order, as they are, below, and others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "track/name_set.h"

#define LOOKUPS 2000000
#define NAMES	256 /* made beforehand: making them is not measured */

enum kind { LISTED, BELOW_LISTED, OTHER, KINDS };

static const char *const titles[KINDS] = {"hit", "hit of a parent", "miss"};
static uint64_t random_state = 88172645463325252ULL;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Other work that goes on does not count. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make_name(struct dns_name *name, uint64_t number, enum kind kind)
{
	static const char *const zones[] = {"com", "net.example", "co.uk",
					    "cloud.provider.example"};
	char text[128];

	snprintf(text, sizeof(text), "%sd%llx.host%llu.%s", kind == BELOW_LISTED ? "www.x." : "",
		 (unsigned long long)number * 2654435761ULL, (unsigned long long)number % 1009,
		 zones[number % 4]);
	if (!dns_name_from_text(name, text))
		abort();
}

static void measure(const struct name_set *set, uint64_t count, enum kind kind)
{
	static struct dns_name names[NAMES];
	struct name_set_match match;
	unsigned int found = 0, done = 0;
	double taken = 0;

	for (; done < LOOKUPS; done += NAMES) {
		double begun;

		for (unsigned int i = 0; i < NAMES; i++) {
			uint64_t number = next_random() % count / 4 * 4;

			make_name(&names[i], number + (kind == OTHER ? count : 0), kind);
		}
		begun = now();
		for (unsigned int i = 0; i < NAMES; i++)
			found += name_set_find(set, &names[i], &match);
		taken += now() - begun;
	}
	printf("  %-16s %4.0f ns, %u of %u found\n", titles[kind], taken / LOOKUPS * 1e9, found,
	       done);
}

/* One read that has to wait for memory: what the rest is to be compared with. */
static void measure_memory(const void *memory, size_t size)
{
	const volatile uint64_t *words = memory;
	uint64_t sum = 0;
	double begun = now();

	for (unsigned int i = 0; i < LOOKUPS; i++)
		sum += words[(next_random() + (sum & 1)) % (size / sizeof(*words))];
	printf("  %-16s %4.0f ns (a random read of this memory)\n", "memory",
	       (now() - begun) / LOOKUPS * 1e9);
}

static void fill(struct name_set *set, uint64_t count)
{
	struct dns_name name;
	double begun, hashing = 0;

	begun = now();
	for (uint64_t i = 0; i < count; i++) {
		make_name(&name, i, LISTED);
		hashing += (double)name.len; /* keeps it from being left out */
	}
	hashing = now() - begun;
	begun = now();
	for (uint64_t i = 0; i < count; i++) {
		make_name(&name, i, LISTED);
		if (name_set_add(set, &name, (uint8_t)i,
				 i % 4 ? NAME_SET_EXACT : NAME_SET_EXACT | NAME_SET_BELOW) ==
		    NAME_SET_FULL)
			abort();
	}
	printf("  adding           %4.0f ns a name (making the names left out)\n",
	       (now() - begun - hashing) / (double)count * 1e9);
}

int main(int argc, char *argv[])
{
	uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 5000000;
	size_t size = name_set_size(count);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct name_set *set;

	if (memory == MAP_FAILED || !(set = name_set_init(memory, size, next_random()))) {
		fputs("name_set: not enough memory\n", stderr);
		return 1;
	}
	printf("%llu names: %.1f MB\n", (unsigned long long)count, (double)size / 1e6);
	fill(set, count);
	for (enum kind kind = LISTED; kind < KINDS; kind++)
		measure(set, count, kind);
	measure_memory(memory, size);
	return 0;
}
