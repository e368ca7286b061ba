/* SPDX-License-Identifier: Apache-2.0 */
#include "dnschain_files.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/caller_files.h"
#include "cli/clock.h"
#include "cli/process.h"
#include "dnschain_cache.h"
#include "track/hash.h"

#define NOTES_MAX	    4096 /* calls; powers of two */
#define THREADS_MAX	    1024
#define READINGS_MAX	    2048
#define SOON		    (100 * NS_PER_MS)
#define REQUESTS_PER_SECOND 1000
#define WAIT_MAX	    (10 * NS_PER_MS)  /* for one reply, */
#define WAIT_PER_SECOND	    (100 * NS_PER_MS) /* and for all of a second */

/* Which request a call's answer comes from. */
struct note {
	uint64_t time;
	uint32_t tid;
	uint32_t number; /* 0: none */
};

/* The last request for a thread. */
struct asked {
	uint32_t pid, tid;
	uint32_t number;
	uint64_t time;
};

struct reading {
	uint32_t number, pid, tid;
	uint64_t time, started;
	bool has_no_hosts;
	struct file_place files[CALLER_FILES];
};

struct chain_files {
	int channel;
	struct processes *processes;
	struct file_cache *cache;
	uint32_t number;  /* of the last request */
	uint32_t replied; /* and of the last one that was answered */
	uint64_t second;  /* when the budgets began */
	uint32_t requests;
	uint64_t waited;
	struct chain_files_stats stats;
	struct note notes[NOTES_MAX];
	struct asked asked[THREADS_MAX];
	struct reading readings[READINGS_MAX];
	struct reading unasked[THREADS_MAX]; /* what the child has sent by itself */
};

struct chain_files *chain_files_new(void)
{
	struct chain_files *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->channel = -1;
	f->processes = processes_new("/proc");
	f->cache = file_cache_new();
	if (f->processes && f->cache)
		return f;
	chain_files_free(f);
	return NULL;
}

void chain_files_free(struct chain_files *f)
{
	if (!f)
		return;
	file_cache_free(f->cache);
	processes_free(f->processes);
	free(f);
}

void chain_files_open(struct chain_files *f, int channel)
{
	f->channel = channel;
}

const struct chain_files_stats *chain_files_stats(const struct chain_files *f)
{
	return &f->stats;
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* res_query() and the like ask name servers, whatever the files say. */
static bool looks_into_files(const struct call *call)
{
	if (call->function < CALL_GETADDRINFO || call->function >= CALL_RES_QUERY)
		return false;
	return call->has_address || call->name[0];
}

static bool is_numeric(const struct call *call)
{
	return !call->has_address && is_numeric_address(call->name);
}

static struct note *note_of(struct chain_files *f, uint32_t tid, uint64_t time)
{
	return &f->notes[hash_mix(tid, time) % NOTES_MAX];
}

static struct reading *reading_of(struct chain_files *f, uint32_t number)
{
	return &f->readings[number % READINGS_MAX];
}

static struct reading *unasked_of(struct chain_files *f, uint32_t tid)
{
	return &f->unasked[tid % THREADS_MAX];
}

static void renew_budgets(struct chain_files *f, uint64_t now)
{
	if (now - f->second < NS_PER_SECOND)
		return;
	f->second = now;
	f->requests = 0;
	f->waited = 0;
}

/* What was asked a moment ago is an answer for all that the thread calls meanwhile. */
static uint32_t request(struct chain_files *f, const struct owner *owner)
{
	struct asked *asked = &f->asked[owner->tid % THREADS_MAX];
	uint32_t next = f->number + 1 ? f->number + 1 : 1;
	uint64_t now = clock_monotonic();

	if (asked->number && asked->pid == owner->pid && asked->tid == owner->tid &&
	    owner->since <= asked->time + processes_lasting(f->processes))
		return asked->number;
	renew_budgets(f, now);
	if (f->requests >= REQUESTS_PER_SECOND ||
	    !caller_files_ask(f->channel, next, owner->pid, owner->tid)) {
		f->stats.refused++;
		return 0;
	}
	f->requests++;
	f->stats.asked++;
	f->number = next;
	*asked = (struct asked){owner->pid, owner->tid, f->number, now};
	return f->number;
}

void chain_files_call(struct chain_files *f, const struct call *call)
{
	if (f->channel < 0 || !looks_into_files(call) || is_numeric(call))
		return;
	*note_of(f, call->owner.tid, call->time) = (struct note){
		.time = call->time,
		.tid = call->owner.tid,
		.number = request(f, &call->owner),
	};
}

/* ---- Replies --------------------------------------------------------------------------------- */

static bool is_missing(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

static void take_reply(struct chain_files *f, const struct caller_files_reply *reply,
		       const int files[CALLER_FILES])
{
	struct reading *r =
		reply->number ? reading_of(f, reply->number) : unasked_of(f, reply->tid);

	if (reply->number)
		f->replied = reply->number;
	*r = (struct reading){
		.number = reply->number, .pid = reply->pid, .tid = reply->tid, .time = reply->time};
	if (!processes_started(f->processes, reply->stat, reply->stat_size, &r->started)) {
		r->started = UINT64_MAX;
		return;
	}
	r->has_no_hosts = is_missing(reply->error[CALLER_HOSTS]);
	for (int i = 0; i < CALLER_FILES; i++)
		if (files[i] >= 0)
			r->files[i] = file_cache_take(f->cache, (enum caller_file)i, files[i]);
}

void chain_files_take(struct chain_files *f)
{
	struct caller_files_reply reply;
	int files[CALLER_FILES];

	while (f->channel >= 0 && caller_files_take(f->channel, &reply, files)) {
		take_reply(f, &reply, files);
		for (int i = 0; i < CALLER_FILES; i++)
			if (files[i] >= 0)
				close(files[i]);
	}
}

/* Replies keep the requests' order: what is not newer than the last one does not come any more. */
static bool may_still_come(const struct chain_files *f, uint32_t number)
{
	return (int32_t)(number - f->replied) > 0;
}

static void wait_for(struct chain_files *f, uint32_t number)
{
	uint64_t begin = clock_monotonic(), now = begin;

	renew_budgets(f, begin);
	chain_files_take(f);
	while (may_still_come(f, number) && now < begin + WAIT_MAX && f->waited < WAIT_PER_SECOND) {
		struct pollfd channel = {.fd = f->channel, .events = POLLIN};
		uint64_t left = begin + WAIT_MAX - now, from = now;

		if (poll(&channel, 1, (int)(left / NS_PER_MS) + 1) > 0 &&
		    !(channel.revents & POLLIN))
			f->channel = -1; /* the child has ended, and with it all replies */
		chain_files_take(f);
		now = clock_monotonic();
		f->waited += now - from;
		if (f->channel < 0)
			break;
	}
	f->stats.waited += now - begin;
}

/* ---- What they say --------------------------------------------------------------------------- */

static void say(struct chain_files *f, const struct reading *r, const struct call *call,
		struct chain_said *said)
{
	const struct file_content *hosts = file_cache_find(f->cache, &r->files[CALLER_HOSTS]);
	const struct file_content *nss = file_cache_find(f->cache, &r->files[CALLER_NSSWITCH]);

	said->has_no_file = r->has_no_hosts;
	said->has_hosts = r->has_no_hosts || (hosts && !call->name_cut);
	if (said->has_hosts && hosts && call->has_address)
		hosts_find_address(hosts->hosts, call->address.address, &said->hosts);
	/* All lines of a name count, but an address has the first one's names alone. */
	if (call->has_address && said->hosts.count)
		said->hosts.count = 1;
	if (said->has_hosts && hosts && !call->has_address)
		hosts_find_name(hosts->hosts, call->name, &said->hosts);
	if (nss)
		memcpy(said->nss, nss->nss, sizeof(said->nss));
}

static bool fits(struct chain_files *f, const struct reading *r, const struct owner *owner)
{
	return r->pid == owner->pid && r->tid == owner->tid &&
	       processes_is_same(f->processes, r->started, r->time, owner->since);
}

/* What the child has sent unasked was there sooner, or is of a later call. */
static bool fits_unasked(struct chain_files *f, const struct reading *r, const struct owner *owner)
{
	return fits(f, r, owner) && r->time < owner->since + SOON;
}

static const struct reading *find_reading(struct chain_files *f, const struct call *call)
{
	const struct reading *unasked = unasked_of(f, call->owner.tid);
	const struct note *note = note_of(f, call->owner.tid, call->time);
	const struct reading *r = reading_of(f, note->number);
	bool noted = note->number && note->tid == call->owner.tid && note->time == call->time;

	chain_files_take(f);
	if (noted && r->number != note->number && !fits_unasked(f, unasked, &call->owner) &&
	    may_still_come(f, note->number))
		wait_for(f, note->number);
	if (noted && r->number == note->number && fits(f, r, &call->owner))
		return r;
	return fits_unasked(f, unasked, &call->owner) ? unasked : NULL;
}

bool chain_files_say(struct chain_files *f, const struct chain *chain, struct chain_said *said)
{
	const struct call *call = chain->call;
	const struct reading *r;

	*said = (struct chain_said){.numeric = false};
	if (!call || !looks_into_files(call))
		return false;
	said->numeric = is_numeric(call);
	if (said->numeric)
		return true;
	r = find_reading(f, call);
	f->stats.known += r != NULL;
	f->stats.unknown += r == NULL;
	if (r)
		say(f, r, call, said);
	return said->has_hosts || said->nss[0];
}
