/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink's child: takes alerts from the queue, one after the other, and tries each again until it
 * is delivered or given up.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/monotonic.h"
#include "export/sink_backend.h"

#define NS_PER_SECOND 1000000000ULL
#define NS_PER_MS     1000000ULL

/* After the tool's death, which told nobody how long to go on. */
#define ORPHANS_TIME (2 * NS_PER_SECOND)

uint64_t sink_now(void)
{
	return monotonic_ns();
}

uint64_t sink_target_end(struct sink_target *target)
{
	uint64_t close_by = atomic_load(&target->queue->close_by);

	if (close_by)
		return close_by;
	if (!target->end && child_other_ended(&target->process))
		target->end = sink_now() + ORPHANS_TIME;
	return target->end ? target->end : UINT64_MAX;
}

/* When to try again, and how often that has been in vain. */
struct patience {
	unsigned int failures;
	uint64_t until;
	bool ending; /* the end is known: there was a last attempt at once */
	uint32_t hangups;
};

/* A quarter of it is left to chance, so that many hosts do not come back at the same moment. */
static uint64_t delay(const struct sink_limits *limits, unsigned int failures, uint64_t chance)
{
	uint64_t ns = limits->first_retry;

	while (failures-- > 0 && ns < limits->longest_retry)
		ns *= 2;
	if (ns > limits->longest_retry)
		ns = limits->longest_retry;
	return ns - chance % (ns / 4 + 1);
}

static void fail(struct sink_target *target, struct sink_failure failure)
{
	atomic_store(&target->queue->last, failure);
	atomic_store(&target->queue->failure, failure);
}

static void wait_again(struct sink_target *target, struct patience *p,
		       const struct sink_attempt *attempt)
{
	uint64_t now = sink_now(), ns = delay(target->limits, p->failures++, now);

	if (attempt->retry_after > ns)
		ns = attempt->retry_after;
	p->until = now + ns;
	fail(target, attempt->failure);
}

static bool is_too_old(const struct sink_target *target, const struct sink_alert *alert)
{
	return target->backend->forgets && sink_now() - alert->time > target->limits->oldest;
}

static void try_first(struct sink_target *target, struct patience *p, struct sink_attempt *attempt)
{
	enum sink_outcome outcome = target->backend->deliver(target, attempt);

	if (outcome == SINK_DELIVERED) {
		atomic_store(&target->queue->failure, sink_failure(SINK_WORKS, 0));
		sink_queue_take(target->queue, true);
		p->failures = 0;
	} else if (outcome == SINK_HOPELESS) {
		fail(target, attempt->failure);
		sink_queue_take(target->queue, false);
		p->failures = 0;
	} else {
		wait_again(target, p, attempt);
	}
}

/* Until something happens, or the time has come. */
static void wait_until(const struct sink_target *target, uint64_t until)
{
	struct pollfd fds[2] = {{.fd = target->wake, .events = POLLIN},
				{.fd = target->end ? -1 : target->process.other, .events = POLLIN}};
	uint64_t now = sink_now(), ms = until > now ? (until - now) / NS_PER_MS + 1 : 0, count;

	if (poll(fds, 2, until == UINT64_MAX ? -1 : (int)(ms < 60000 ? ms : 60000)) > 0 &&
	    fds[0].revents && read(target->wake, &count, sizeof(count)) < 0)
		return; /* somebody has read it: nobody else does */
}

static void reopen_if_asked(struct sink_target *target, struct patience *p)
{
	uint32_t hangups = atomic_load(&target->queue->hangups);
	int error;

	if (hangups == p->hangups)
		return;
	p->hangups = hangups;
	if (!target->backend->reopen)
		return;
	error = target->backend->reopen(target);
	if (error) {
		atomic_store(&target->queue->last, sink_failure(SINK_REOPEN, error));
		atomic_fetch_add(&target->queue->reopen_failures, 1);
	}
	p->until = 0;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* One turn; false: it is over. */
static bool turn(struct sink_target *target, struct patience *p)
{
	struct sink_attempt attempt = {.retry_after = 0};
	uint64_t end = sink_target_end(target);

	reopen_if_asked(target, p);
	if (end != UINT64_MAX && !p->ending) {
		p->ending = true;
		p->until = 0;
	}
	if (sink_now() >= end)
		return false;
	if (!sink_queue_first(target->queue, &attempt.alert)) {
		if (p->ending)
			return false;
		wait_until(target, UINT64_MAX);
	} else if (is_too_old(target, &attempt.alert)) {
		sink_queue_take(target->queue, false);
	} else if (sink_now() < p->until) {
		wait_until(target, earlier(p->until, end));
	} else {
		try_first(target, p, &attempt);
	}
	return true;
}

static bool confine_target(struct sink_target *target)
{
	const struct sink_backend *backend = target->backend;
	char error[SOURCE_ERROR_MAX];

	return confine_user(&backend->confinement, error) &&
	       (!backend->start || backend->start(target)) &&
	       confine_calls(&backend->confinement, error);
}

void sink_target_run(struct sink_target *target)
{
	struct patience p = {.failures = 0};

	if (!confine_target(target)) {
		fail(target, sink_failure(SINK_CONFINE, errno));
		_exit(1);
	}
	while (turn(target, &p))
		;
	sink_queue_give_up(target->queue);
	_exit(0);
}
