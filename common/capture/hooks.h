/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BPF programs of a source: loaded, those of the cgroup attached, and what they share: the
 * ring, the owner map, the look at older sockets.
 */
#ifndef COMMON_CAPTURE_HOOKS_H
#define COMMON_CAPTURE_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "capture/calls.h"
#include "capture/novelty.h"
#include "capture/owners.h"
#include "capture/probes.h"
#include "capture/program.h"
#include "capture/ring.h"
#include "capture/tally.h"

struct hooks {
	struct program_hook list[PROGRAM_HOOKS_MAX]; /* filled by the source before hooks_load() */
	size_t count;
	struct loader_result loaded;
	int links[PROGRAM_HOOKS_MAX]; /* -1: not attached to a cgroup */
	struct owners_result *owners;
	struct ring *ring;
	struct tally *tally;	 /* NULL: all packets are seen */
	struct novelty *novelty; /* NULL: so are all that repeat */
	struct probes probes;	 /* all zero: none; their programs are behind those of list[] */
	struct calls calls;	 /* likewise, behind those */
};

/* Nothing is loaded, attached or listed. */
void hooks_init(struct hooks *h);

/*
 * Loads list[] from `text`, which it frees (NULL: memory was short), and opens the ring. False
 * with one line in `error`.
 */
bool hooks_load(struct hooks *h, char *text, const struct capture_config *config,
		struct intake *intake, char error[SOURCE_ERROR_MAX]);

/* Attaches the first `count` of list[] to the cgroup. False with one line in `error`. */
bool hooks_attach(struct hooks *h, size_t count, const struct capture_config *config,
		  char error[SOURCE_ERROR_MAX]);

/* Attaches what was loaded of `probes` and `calls`, if anything. */
void hooks_attach_probes(struct hooks *h, const struct capture_config *config);

/* The processes of older sockets; call it when the hooks are attached. */
void hooks_scan_owners(struct hooks *h, const struct capture_config *config, bool servers);

/* Detaches from the cgroup what is attached. */
void hooks_detach(struct hooks *h);

/* Detaches and closes everything. */
void hooks_close(struct hooks *h);

#endif
