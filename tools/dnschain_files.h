/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the C library's own files say of a call: whether its name is in the caller's /etc/hosts, and
 * the services of its nsswitch.conf. Both are opened by the child of capture/caller_files.h when
 * the call begins; where they come too late, or may be another process', nothing is said.
 */
#ifndef TOOLS_DNSCHAIN_FILES_H
#define TOOLS_DNSCHAIN_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/hosts_file.h"
#include "cli/nsswitch.h"
#include "track/chain.h"

/* What there is to say of a call. All of it may be false: then there is nothing. */
struct chain_said {
	bool numeric;	  /* the name is an address: no file was looked at */
	bool has_hosts;	  /* its hosts file is known: */
	bool has_no_file; /* there is none */
	struct hosts_found hosts;
	char nss[NSSWITCH_TEXT_MAX]; /* "": not known */
};

struct chain_files_stats {
	uint64_t known;	  /* calls of which something was said */
	uint64_t unknown; /* and those that look into files, but nobody knows which */
	uint64_t asked;	  /* requests to the child */
	uint64_t refused; /* calls without one: there were too many in a second */
	uint64_t waited;  /* ns, until replies were there */
};

struct chain_files;

/* NULL when memory is short. */
struct chain_files *chain_files_new(void);
void chain_files_free(struct chain_files *f);

/* The child's channel, -1: there is none; it stays the caller's. */
void chain_files_open(struct chain_files *f, int channel);

/* A call begins, whose chain will perhaps be shown. */
void chain_files_call(struct chain_files *f, const struct call *call);

/* Takes what the child has opened meanwhile. */
void chain_files_take(struct chain_files *f);

/*
 * What is to be said of this chain; false: nothing. Waits up to 10 ms for a reply that is
 * still to come, as on a busy host, and at most 100 ms in each second. `said` is valid until the
 * next call of any of these functions.
 */
bool chain_files_say(struct chain_files *f, const struct chain *chain, struct chain_said *said);

const struct chain_files_stats *chain_files_stats(const struct chain_files *f);

#endif
