/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/novelty.h"

#include <stdlib.h>

#include <bpf/libbpf.h>

#include "bpf/kernel.h"
#include "capture/interface_program.h"
#include "capture/mapped.h"

#define FILTER_OCTETS_MAX 65536 /* of a program for AF_PACKET sockets: more than it has */

const char novelty_map[] = "repeat_counts";

struct novelty {
	unsigned int cpus;
	const volatile struct novelty_counts *counts; /* as they are in the kernel */
};

/* A socket's filter counts as its option memory: 20 KiB are too little, the default before 6.8. */
static bool has_room_for_filter(void)
{
	unsigned long octets = 0;
	FILE *file = fopen("/proc/sys/net/core/optmem_max", "re");

	if (!file)
		return false;
	if (fscanf(file, "%lu", &octets) != 1)
		octets = 0;
	fclose(file);
	return octets >= FILTER_OCTETS_MAX;
}

static bool is_possible_at(enum capture_hook hook)
{
	if (hook == CAPTURE_HOOK_XDP)
		return kernel_at_least(5, 18);
	return hook == CAPTURE_HOOK_TCX || has_room_for_filter();
}

bool novelty_is_possible(const struct capture_config *config)
{
	return config->novelty.wanted && !config->tally.wanted && !config->no_udp &&
	       (!config->interface_count || is_possible_at(interface_hook(config)));
}

void novelty_write_defines(FILE *out, const struct capture_novelty *config)
{
	fprintf(out, "#define WANT_NOVELTY 1\n#define NOVELTY_CPUS %d\n",
		libbpf_num_possible_cpus());
	fprintf(out, "#define NOVELTY_WINDOW %lluULL\n", (unsigned long long)config->window);
}

static size_t counts_size(const struct novelty *n)
{
	return sizeof(*n->counts) * n->cpus;
}

struct novelty *novelty_open(int map)
{
	struct novelty *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->cpus = (unsigned int)libbpf_num_possible_cpus();
	n->counts = mapped_array(map, counts_size(n));
	if (n->counts)
		return n;
	free(n);
	return NULL;
}

void novelty_close(struct novelty *n)
{
	if (!n)
		return;
	mapped_array_close((void *)n->counts, counts_size(n));
	free(n);
}

void novelty_stats(const struct novelty *n, struct source_stats *stats)
{
	for (unsigned int cpu = 0; cpu < n->cpus; cpu++) {
		stats->captured += n->counts[cpu].packets;
		stats->unattributed += n->counts[cpu].unattributed;
		stats->forgotten += n->counts[cpu].forgotten;
	}
}
