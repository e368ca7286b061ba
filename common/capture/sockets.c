/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sockets.h"

#include <stdio.h>
#include <stdlib.h>

#include "capture/hooks.h"
#include "capture/intake.h"
#include "capture/note.h"
#include "capture/program.h"

struct sockets {
	struct source source;
	struct hooks hooks;
};

static int sockets_poll(struct source *source, int timeout_ms, packet_fn fn, void *context)
{
	struct sockets *s = (struct sockets *)source;

	int error;

	intake_target(source->intake, fn, context);
	error = ring_poll(s->hooks.ring, timeout_ms);
	source->behind = ring_behind(s->hooks.ring);
	if (s->hooks.tally && !source->behind)
		tally_sweep(s->hooks.tally);
	return error;
}

static void sockets_flush(struct source *source)
{
	struct sockets *s = (struct sockets *)source;

	ring_flush(s->hooks.ring);
	source->behind = 0;
	if (s->hooks.tally)
		tally_flush(s->hooks.tally);
}

static bool sockets_tally(struct source *source, enum tally_role role, struct tally_counts *counts)
{
	struct sockets *s = (struct sockets *)source;

	if (s->hooks.tally)
		tally_read(s->hooks.tally, role, counts);
	return s->hooks.tally;
}

static void sockets_stats(struct source *source, struct source_stats *stats)
{
	struct sockets *s = (struct sockets *)source;

	intake_stats(source->intake, stats);
	ring_add_losses(s->hooks.ring, stats);
	if (s->hooks.tally)
		tally_stats(s->hooks.tally, stats);
	if (s->hooks.novelty)
		novelty_stats(s->hooks.novelty, stats);
	stats->not_probed = calls_not_probed(&s->hooks.calls);
}

static int sockets_caller_files(struct source *source)
{
	return ((struct sockets *)source)->hooks.calls.files;
}

static void sockets_close(struct source *source)
{
	struct sockets *s = (struct sockets *)source;

	hooks_close(&s->hooks);
	intake_free(source->intake);
	free(s);
}

static const struct source_operations sockets_operations = {
	.poll = sockets_poll,
	.flush = sockets_flush,
	.tally = sockets_tally,
	.stats = sockets_stats,
	.caller_files = sockets_caller_files,
	.close = sockets_close,
};

static struct sockets *sockets_new(const struct capture_config *config)
{
	struct sockets *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->source.intake = intake_new();
	if (!s->source.intake) {
		free(s);
		return NULL;
	}
	s->source.operations = &sockets_operations;
	hooks_init(&s->hooks);
	s->hooks.count = program_hooks(s->hooks.list, config);
	return s;
}

struct source *sockets_open(const struct capture_config *config, char error[SOURCE_ERROR_MAX])
{
	struct sockets *s = sockets_new(config);

	if (!s) {
		snprintf(error, SOURCE_ERROR_MAX, "out of memory");
		return NULL;
	}
	/* The hooks first, then the look at older sockets: so none falls between. */
	if (!hooks_load(&s->hooks, program_text(config, &s->hooks.probes, &s->hooks.calls), config,
			s->source.intake, error) ||
	    !hooks_attach(&s->hooks, s->hooks.count, config, error)) {
		sockets_close(&s->source);
		return NULL;
	}
	hooks_attach_probes(&s->hooks, config);
	if (config->verbose && config->tally.wanted)
		note(s->hooks.tally
			     ? "ordinary lookups are counted in the kernel"
			     : "this kernel or LLVM is too old to count lookups: all packets are "
			       "handed over");
	if (config->verbose && s->hooks.novelty)
		note("what repeats is counted in the kernel");
	hooks_scan_owners(&s->hooks, config, !config->no_server);
	return &s->source;
}
