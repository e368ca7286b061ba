/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/kernel.h"

#define NS_PER_S	  1000000000ULL
#define SWEEP_INTERVAL_NS (NS_PER_S / 10)
/* Answers that nobody waited for may come in floods. */
#define FLUSH_INTERVAL_NS (NS_PER_S / 200)
#define BATCH		  256
#define TAKEN_MAX	  256

const char *const tally_maps[TALLY_MAPS] = {"pendings", "handed", "tallies"};

/* Which packet it was. */
struct taken {
	uint64_t time, cookie;
};

struct tally {
	int maps[TALLY_MAPS];
	tally_fn fn;
	void *context;
	uint64_t limit, next_sweep, next_flush;
	unsigned int cpus;
	struct tally_counts *counts;
	size_t counts_size;
	struct taken taken[TAKEN_MAX];
	unsigned int taken_count;
	struct tally_key keys[BATCH];
	struct tally_pending pendings[BATCH];
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

bool tally_is_possible(const struct capture_config *config)
{
	return config->tally.wanted && !config->interface_count && !config->no_udp &&
	       kernel_at_least(5, 19);
}

/* A tree of comparisons: there are no tables in BPF. */
static void write_steps(FILE *out, const uint64_t *steps, uint32_t first, uint32_t last)
{
	uint32_t middle = (first + last) / 2;

	if (first == last) {
		fprintf(out, "%u", first);
		return;
	}
	fprintf(out, "((v) <= %lluULL ? ", (unsigned long long)steps[middle]);
	write_steps(out, steps, first, middle);
	fprintf(out, " : ");
	write_steps(out, steps, middle + 1, last);
	fprintf(out, ")");
}

void tally_write_defines(FILE *out, const struct capture_tally *config)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = now_ns();
	fprintf(out, "#define WANT_TALLY 1\n#define TALLY_CPUS %d\n#define TALLY_SEED 0x%llxULL\n",
		libbpf_num_possible_cpus(), (unsigned long long)seed);
	fprintf(out, "#define TALLY_LIMIT %lluULL\n#define TALLY_HANDED_NS %lluULL\n",
		(unsigned long long)config->limit, (unsigned long long)config->memory);
	fprintf(out, "#define TALLY_STEP_OF(v) ");
	write_steps(out, config->steps, 0, config->step_count);
	fprintf(out, "\n");
}

static size_t page_round(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

struct tally *tally_open(const int maps[TALLY_MAPS], uint64_t limit, tally_fn fn, void *context)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	memcpy(t->maps, maps, sizeof(t->maps));
	t->fn = fn;
	t->context = context;
	t->limit = limit;
	t->cpus = (unsigned int)libbpf_num_possible_cpus();
	t->counts_size = page_round(sizeof(*t->counts) * t->cpus * TALLY_ROLES);
	t->counts = mmap(NULL, t->counts_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 maps[TALLY_MAP_COUNTS], 0);
	if (t->counts != MAP_FAILED)
		return t;
	free(t);
	return NULL;
}

void tally_close(struct tally *t)
{
	if (!t)
		return;
	munmap(t->counts, t->counts_size);
	free(t);
}

static void give(struct tally *t, const struct tally_pending *pending)
{
	t->taken[t->taken_count++ % TAKEN_MAX] =
		(struct taken){pending->record.time, pending->record.cookie};
	t->fn(t->context, &pending->record);
}

/* Marked first: what comes between the two calls is passed on, or is still counted there. */
static void take(struct tally *t, const struct tally_key *key, uint64_t now)
{
	struct tally_pending pending;

	((volatile struct tally_counts *)t->counts)->handed_last = now;
	bpf_map_update_elem(t->maps[TALLY_MAP_HANDED], key, &now, BPF_ANY);
	if (bpf_map_lookup_and_delete_elem(t->maps[TALLY_MAP_PENDINGS], key, &pending) == 0)
		give(t, &pending);
	else
		bpf_map_delete_elem(t->maps[TALLY_MAP_HANDED], key);
}

/* Those of a batch that were asked before `before`. */
static void take_older(struct tally *t, uint32_t count, uint64_t before, uint64_t now)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t time = t->pendings[i].record.time;

		if (time && time < before)
			take(t, &t->keys[i], now);
	}
}

static void take_all_older(struct tally *t, uint64_t before, uint64_t now)
{
	uint32_t at = 0, count;
	void *in = NULL;
	int error = 0;

	while (!error) {
		count = BATCH;
		error = bpf_map_lookup_batch(t->maps[TALLY_MAP_PENDINGS], in, &at, t->keys,
					     t->pendings, &count, NULL);
		if (error && error != -ENOENT)
			return;
		take_older(t, count, before, now);
		in = &at;
	}
}

void tally_sweep(struct tally *t)
{
	uint64_t now = now_ns();

	if (now < t->next_sweep)
		return;
	t->next_sweep = now + SWEEP_INTERVAL_NS;
	take_all_older(t, now - t->limit, now);
}

void tally_flush(struct tally *t)
{
	take_all_older(t, UINT64_MAX, now_ns());
}

static bool is_taken(const struct tally *t, const struct socket_record *record)
{
	for (unsigned int i = 0; i < TAKEN_MAX; i++)
		if (t->taken[i].time == record->time && t->taken[i].cookie == record->cookie)
			return true;
	return false;
}

bool tally_before(struct tally *t, const struct socket_record *record)
{
	if (record->flags & RECORD_HELD)
		return !is_taken(t, record);
	if (record->flags & RECORD_UNPAIRED && record->time >= t->next_flush) {
		t->next_flush = now_ns() + FLUSH_INTERVAL_NS;
		take_all_older(t, record->time, t->next_flush);
	}
	return true;
}

static void add(struct tally_counts *sum, const volatile struct tally_counts *counts)
{
	sum->queries += counts->queries;
	sum->answers += counts->answers;
	sum->handed += counts->handed;
	sum->duplicates += counts->duplicates;
	sum->unattributed += counts->unattributed;
	sum->sum += counts->sum;
	for (unsigned int i = 0; i < TALLY_RCODES; i++)
		sum->rcodes[i] += counts->rcodes[i];
	for (unsigned int i = 0; i < TALLY_STEPS; i++)
		sum->steps[i] += counts->steps[i];
	for (unsigned int i = 0; i < TALLY_BUCKETS; i++)
		sum->histogram[i] += counts->histogram[i];
}

static void take_extremes(struct tally_extremes *all, volatile struct tally_counts *counts)
{
	uint64_t epoch = counts->epoch;
	volatile struct tally_extremes *e = &counts->extremes[epoch & 1];

	counts->epoch = epoch + 1;
	__sync_synchronize();
	if (e->headroom > all->headroom)
		all->headroom = e->headroom;
	if (e->longest > all->longest)
		all->longest = e->longest;
	e->headroom = e->longest = 0;
}

void tally_read(struct tally *t, enum tally_role role, struct tally_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	for (unsigned int cpu = 0; cpu < t->cpus; cpu++) {
		struct tally_counts *of_cpu = &t->counts[cpu * TALLY_ROLES + role];

		add(counts, of_cpu);
		take_extremes(&counts->extremes[0], of_cpu);
	}
}

/* Those that wait are counted when they are taken. */
void tally_stats(const struct tally *t, struct source_stats *stats)
{
	for (unsigned int i = 0; i < t->cpus * TALLY_ROLES; i++) {
		const volatile struct tally_counts *c = &t->counts[i];

		stats->captured += 2 * c->answers + c->duplicates;
		stats->unattributed += 2 * c->unattributed;
	}
}
