/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to DNS inside the kernel, where no packet tells: sends that fail, and packets that
 * are dropped. Both need the kernel's BTF and more of the kernel than the hooks at a cgroup do: a
 * kernel that lacks it, or forbids it, is as good as any for all the rest.
 */
#ifndef COMMON_CAPTURE_PROBES_H
#define COMMON_CAPTURE_PROBES_H

#include <stdbool.h>
#include <stdio.h>

#include "bpf/loader.h"
#include "capture/config.h"
#include "capture/drop_reasons.h"

#define PROBES_PROGRAMS_MAX 5  /* sends and connects, UDP's and TCP's ends; drops */
#define PROBES_EVENTS_MAX   17 /* eight functions' begin and end; drops */
#define PROBES_WHY_MAX	    96 /* why there are none, without a newline */

struct probes {
	bool sends, drops;
	char why_no_sends[PROBES_WHY_MAX], why_no_drops[PROBES_WHY_MAX];
	struct drop_reasons *reasons; /* NULL where drops are not seen */
	int events[PROBES_EVENTS_MAX];
	unsigned int event_count;
};

/*
 * Looks what this kernel offers, and writes the #defines for it that common/bpf/sockets.bpf.c
 * takes, if any. Needs no privileges. probes_close() is due afterwards.
 */
void probes_prepare(struct probes *probes, const struct capture_config *config, FILE *defines);

/* The programs to load, all optional; returns how many. */
size_t probes_programs(const struct probes *probes,
		       struct loader_program programs[PROBES_PROGRAMS_MAX]);

/*
 * Attaches what was loaded: `programs` and, where the kernel refused one, the errno in `refused`,
 * in the order of probes_programs(). What cannot be had is said with -v, one line for each kind.
 */
void probes_attach(struct probes *probes, const struct capture_config *config, const int *programs,
		   const int *refused);

/* Detaches. */
void probes_close(struct probes *probes);

#endif
