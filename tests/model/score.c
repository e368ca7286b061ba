/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What dga_score() makes of names, one a line on stdin: a score a line. The names are taken as
 * registered domains; with -r they are first reduced to theirs. With -b ROUNDS, instead, how long
 * a name takes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns/registered.h"
#include "track/dga.h"

#define NAMES_MAX 100000

static struct dns_name *names;
static size_t count;

static int fail(const char *what)
{
	fprintf(stderr, "score: %s\n", what);
	return 1;
}

static int read_names(bool registered)
{
	char line[DNS_NAME_TEXT_MAX + 1];

	while (count < NAMES_MAX && fgets(line, sizeof(line), stdin)) {
		struct dns_name name;

		line[strcspn(line, "\n")] = '\0';
		if (!dns_name_from_text(&name, line))
			return fail("not a name");
		if (registered)
			dns_registered_domain(&names[count++], &name);
		else
			names[count++] = name;
	}
	return 0;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void measure(unsigned long rounds)
{
	uint64_t sum = 0, from = now(), names_done = rounds * count;

	for (unsigned long round = 0; round < rounds; round++) {
		for (size_t i = 0; i < count; i++)
			sum += dga_score(&names[i]);
	}
	if (!names_done)
		return;
	printf("%" PRIu64 " ns a name, mean score %" PRIu64 "\n", (now() - from) / names_done,
	       sum / names_done);
}

int main(int argc, char **argv)
{
	bool registered = argc == 2 && !strcmp(argv[1], "-r");
	bool bench = argc == 3 && !strcmp(argv[1], "-b");

	if (argc > 1 && !registered && !bench)
		return fail("usage: score [-r | -b ROUNDS] <names");
	if (registered && !dns_registered_open())
		return fail("no public suffix list");
	names = malloc(NAMES_MAX * sizeof(*names));
	if (!names)
		return fail("out of memory");
	if (read_names(registered))
		return 1;
	if (bench)
		measure(strtoul(argv[2], NULL, 10));
	for (size_t i = 0; !bench && i < count; i++)
		printf("%" PRIu32 "\n", dga_score(&names[i]));
	free(names);
	return 0;
}
