/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "bpf/kernel.h"
#include "capture/mapped.h"
#include "capture/monotonic.h"

#define NS_PER_S	  1000000000ULL
#define SWEEP_INTERVAL_NS (NS_PER_S / 10)
/* Answers that nobody waited for may come in floods. */
#define FLUSH_INTERVAL_NS (NS_PER_S / 200)

const char *const tally_maps[TALLY_MAPS] = {"waiting", "queries", "handed", "tallies"};

struct tally {
	tally_fn fn;
	void *context;
	uint64_t limit, next_sweep, next_flush;
	unsigned int cpus;
	/* The maps, as they are in the kernel. */
	struct tally_tags *waiting;
	struct tally_query *queries;
	struct tally_handed *handed;
	struct tally_counts *counts;
	struct tally_query query; /* that was taken back */
};

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
	fprintf(out, "#define WANT_TALLY 1\n#define TALLY_CPUS %d\n", libbpf_num_possible_cpus());
	fprintf(out, "#define TALLY_LIMIT %lluULL\n#define TALLY_HANDED_NS %lluULL\n",
		(unsigned long long)config->limit, (unsigned long long)config->memory);
	fprintf(out, "#define TALLY_STEP_OF(v) ");
	write_steps(out, config->steps, 0, config->step_count);
	fprintf(out, "\n");
}

static size_t counts_size(const struct tally *t)
{
	return sizeof(*t->counts) * t->cpus * TALLY_ROLES;
}

struct tally *tally_open(const int maps[TALLY_MAPS], uint64_t limit, tally_fn fn, void *context)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->fn = fn;
	t->context = context;
	t->limit = limit;
	t->cpus = (unsigned int)libbpf_num_possible_cpus();
	t->waiting =
		mapped_array(maps[TALLY_MAP_WAITING], sizeof(*t->waiting) * TALLY_WAITING_SETS);
	t->queries = mapped_array(maps[TALLY_MAP_QUERIES], sizeof(*t->queries) * TALLY_WAITING_MAX);
	t->handed = mapped_array(maps[TALLY_MAP_HANDED], sizeof(*t->handed) * TALLY_HANDED_SETS);
	t->counts = mapped_array(maps[TALLY_MAP_COUNTS], counts_size(t));
	if (t->waiting && t->queries && t->handed && t->counts)
		return t;
	tally_close(t);
	return NULL;
}

void tally_close(struct tally *t)
{
	if (!t)
		return;
	mapped_array_close(t->waiting, sizeof(*t->waiting) * TALLY_WAITING_SETS);
	mapped_array_close(t->queries, sizeof(*t->queries) * TALLY_WAITING_MAX);
	mapped_array_close(t->handed, sizeof(*t->handed) * TALLY_HANDED_SETS);
	mapped_array_close(t->counts, counts_size(t));
	free(t);
}

/* As mark_handed() of lib/tally.bpf.h. */
static void mark_handed(struct tally *t, uint64_t tag, uint64_t now)
{
	struct tally_handed *h = &t->handed[tag >> 32 & (TALLY_HANDED_SETS - 1)];
	uint64_t way = __sync_fetch_and_add(&h->count, 1) % TALLY_WAYS;

	((volatile struct tally_counts *)t->counts)->handed_last = now;
	h->times[way] = now;
	__sync_synchronize();
	h->tags[way] = tag;
}

/*
 * Marked first: what comes between the two is handed over there, or is still counted. The tag is
 * another one by then where the kernel was faster.
 */
static void take(struct tally *t, __u64 *tag, const struct tally_query *query, uint64_t now)
{
	uint64_t old = *(volatile __u64 *)tag;

	mark_handed(t, old, now);
	if (!__sync_bool_compare_and_swap(tag, old, TALLY_TAKEN))
		return;
	t->query = *query;
	__sync_bool_compare_and_swap(tag, TALLY_TAKEN, TALLY_FREE);
	t->fn(t->context, &t->query.record);
}

static void take_if_older(struct tally *t, uint32_t set, uint32_t way, uint64_t before,
			  uint64_t now)
{
	const volatile struct tally_query *query = &t->queries[set * TALLY_WAYS + way];
	__u64 *tag = &t->waiting[set].tags[way];

	if (*(volatile __u64 *)tag <= TALLY_TAKEN || query->record.time >= before)
		return;
	take(t, tag, (const struct tally_query *)query, now);
}

static void take_all_older(struct tally *t, uint64_t before, uint64_t now)
{
	for (uint32_t set = 0; set < TALLY_WAITING_SETS; set++)
		for (uint32_t way = 0; way < TALLY_WAYS; way++)
			take_if_older(t, set, way, before, now);
}

void tally_sweep(struct tally *t)
{
	uint64_t now = monotonic_ns();

	if (now < t->next_sweep)
		return;
	t->next_sweep = now + SWEEP_INTERVAL_NS;
	take_all_older(t, now - t->limit, now);
}

void tally_flush(struct tally *t)
{
	take_all_older(t, UINT64_MAX, monotonic_ns());
}

void tally_before(struct tally *t, const struct socket_record *record)
{
	if (!(record->flags & RECORD_UNPAIRED) || record->time < t->next_flush)
		return;
	t->next_flush = monotonic_ns() + FLUSH_INTERVAL_NS;
	take_all_older(t, record->time, t->next_flush);
}

static void add(struct tally_counts *sum, const volatile struct tally_counts *counts)
{
	sum->duplicates += counts->duplicates;
	sum->unattributed += counts->unattributed;
	sum->sum += counts->sum;
	for (unsigned int i = 1; i < TALLY_RCODES; i++)
		sum->rcodes[i] += counts->rcodes[i];
	for (unsigned int i = 0; i < TALLY_STEPS; i++)
		sum->steps[i] += counts->steps[i];
	for (unsigned int i = 0; i < TALLY_BUCKETS; i++)
		sum->histogram[i] += counts->histogram[i];
}

/* What the kernel leaves out, as it follows from the rest. */
static void complete(struct tally_counts *sum)
{
	for (unsigned int i = 0; i < TALLY_BUCKETS; i++)
		sum->answers += sum->histogram[i];
	sum->rcodes[0] = sum->answers;
	for (unsigned int i = 1; i < TALLY_RCODES; i++)
		sum->rcodes[0] -= sum->rcodes[i];
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

static void add_all(const struct tally *t, enum tally_role role, struct tally_counts *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (unsigned int cpu = 0; cpu < t->cpus; cpu++)
		add(sum, &t->counts[cpu * TALLY_ROLES + role]);
	complete(sum);
}

void tally_read(struct tally *t, enum tally_role role, struct tally_counts *counts)
{
	add_all(t, role, counts);
	for (unsigned int cpu = 0; cpu < t->cpus; cpu++)
		take_extremes(&counts->extremes[0], &t->counts[cpu * TALLY_ROLES + role]);
}

/* Those that wait are counted when they are taken. */
void tally_stats(const struct tally *t, struct source_stats *stats)
{
	struct tally_counts sum;

	for (enum tally_role role = 0; role < TALLY_ROLES; role++) {
		add_all(t, role, &sum);
		stats->captured += 2 * sum.answers + sum.duplicates;
		stats->unattributed += 2 * sum.unattributed;
	}
}
