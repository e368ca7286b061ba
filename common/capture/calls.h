/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes at the C library's resolver functions, in every C library that any process has mapped.
 *
 * A child keeps the privileges that attaching to new libraries needs. It sees no packet and no
 * call, only what /proc and the libraries' files say; it ends when the tool does, and then all
 * probes are gone. A child of its own, with less, opens callers' files: capture/caller_files.h.
 */
#ifndef COMMON_CAPTURE_CALLS_H
#define COMMON_CAPTURE_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bpf/loader.h"
#include "capture/caller_files.h"

#define CALLS_PROGRAMS_MAX 12
#define CALLS_WHY_MAX	   128

struct calls_report {
	uint32_t libraries;   /* that have such functions, and are mapped */
	uint32_t functions;   /* that are probed, in all of them */
	uint32_t passed_over; /* libraries without room, or that could not be read; as last seen */
	uint32_t refused;     /* functions that could not be probed, ever */
	int32_t error;	      /* why the last one could not: an errno */
};

struct calls {
	bool wanted;
	char why_not[CALLS_WHY_MAX]; /* why none are seen; "": they are */
	int channel;		     /* to the child; -1: there is none */
	int files;		     /* of capture/caller_files.h; -1: there is none */
	bool ended;		     /* the child has, before its time */
	struct calls_report report;
};

/*
 * Looks what this kernel offers, and writes the #defines for it that common/bpf/sockets.bpf.c
 * takes. calls_close() is due afterwards.
 */
void calls_prepare(struct calls *calls, FILE *defines);

/* The programs to load, all optional; returns how many. */
size_t calls_programs(const struct calls *calls,
		      struct loader_program programs[CALLS_PROGRAMS_MAX]);

/*
 * Starts the child and waits until it has attached to all that is there: `programs` and, where the
 * kernel refused one, the errno in `refused`, in the order of calls_programs(). `wakeups` stay the
 * caller's.
 */
void calls_attach(struct calls *calls, const int *programs, const int *refused,
		  const struct caller_wakeups *wakeups);

/*
 * How many libraries, and functions of libraries, are not probed, as the child's newest report has
 * it; one more if the child has ended. Needs no privileges.
 */
uint64_t calls_not_probed(struct calls *calls);

/* Detaches. */
void calls_close(struct calls *calls);

#endif
