/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sockets.h"

#include <stdio.h>
#include <stdlib.h>

#include "capture/hooks.h"
#include "capture/intake.h"
#include "capture/program.h"

struct sockets {
	struct source source;
	struct hooks hooks;
};

static int sockets_poll(struct source *source, int timeout_ms, packet_fn fn, void *context)
{
	struct sockets *s = (struct sockets *)source;

	intake_target(source->intake, fn, context);
	return ring_poll(s->hooks.ring, timeout_ms);
}

static void sockets_stats(struct source *source, struct source_stats *stats)
{
	struct sockets *s = (struct sockets *)source;

	intake_stats(source->intake, stats);
	ring_add_losses(s->hooks.ring, stats);
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
	.stats = sockets_stats,
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
	if (!hooks_load(&s->hooks, program_text(config, &s->hooks.probes), config, s->source.intake,
			error) ||
	    !hooks_attach(&s->hooks, s->hooks.count, config, error)) {
		sockets_close(&s->source);
		return NULL;
	}
	hooks_attach_probes(&s->hooks, config);
	hooks_scan_owners(&s->hooks, config, !config->no_server);
	return &s->source;
}
