/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/loop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "cli/clock.h"

#define POLL_LONGEST_MS 100 /* a signal between the look at it and the poll waits this long */

static volatile sig_atomic_t stop_asked, report_asked, hangup_asked;
static volatile sig_atomic_t hangup_goes_on; /* the loop that runs takes SIGHUP for a word */

static void ask_stop(int signal)
{
	(void)signal;
	stop_asked = 1;
}

static void ask_report(int signal)
{
	(void)signal;
	report_asked = 1;
}

/* Where it is to stop, the second one kills, as with SA_RESETHAND. */
static void ask_hangup(int number)
{
	if (hangup_goes_on) {
		hangup_asked = 1;
		return;
	}
	stop_asked = 1;
	signal(number, SIG_DFL);
}

static void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;

	if (sigaction(signal, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
		return;
	sigaction(signal, &action, NULL);
}

void loop_signals(void)
{
	stop_asked = 0;
	report_asked = 0;
	hangup_asked = 0;
	hangup_goes_on = 0;
	handle(SIGINT, ask_stop, (int)SA_RESETHAND);
	handle(SIGTERM, ask_stop, (int)SA_RESETHAND);
	handle(SIGHUP, ask_hangup, 0);
	handle(SIGUSR1, ask_report, SA_RESTART);
	handle(SIGPIPE, SIG_IGN, 0);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Rounded up, so that what is waited for is due afterwards. */
static int wait_ms(uint64_t now, uint64_t until)
{
	uint64_t ms;

	if (until <= now)
		return 0;
	ms = (until - now + NS_PER_MS - 1) / NS_PER_MS;
	return (int)earlier(ms, POLL_LONGEST_MS);
}

static void report_if_asked(struct loop *loop)
{
	if (!report_asked)
		return;
	report_asked = 0;
	if (loop->report)
		loop->report(loop->context);
}

static void hang_up_if_asked(struct loop *loop)
{
	if (!hangup_asked || !loop->hangup)
		return;
	hangup_asked = 0;
	loop->hangup(loop->context);
}

static bool is_over(struct loop *loop)
{
	bool asked = stop_asked;

	stop_asked = 0;
	if (asked && (!loop->interrupted || loop->interrupted(loop->context)))
		return true;
	return loop->ended && loop->ended(loop->context);
}

/* What came up to the end belongs to it. */
static int finish(struct loop *loop)
{
	const struct source_operations *operations = loop->source->operations;
	int error = operations->poll(loop->source, 0, loop->packet, loop->context);

	if (operations->flush)
		operations->flush(loop->source);
	loop->batch(loop->context, clock_monotonic());
	return error == -EINTR || error == SOURCE_END ? 0 : error;
}

int loop_run(struct loop *loop)
{
	uint64_t now = clock_monotonic();
	uint64_t end = loop->duration ? now + loop->duration : UINT64_MAX;

	hangup_goes_on = loop->hangup != NULL;
	while (!is_over(loop) && now < end) {
		uint64_t due = loop->deadline ? loop->deadline(loop->context) : UINT64_MAX;
		int error = loop->source->operations->poll(
			loop->source, wait_ms(now, earlier(due, end)), loop->packet, loop->context);

		if (error < 0 && error != -EINTR)
			return error;
		report_if_asked(loop);
		hang_up_if_asked(loop);
		now = clock_monotonic();
		if (!loop->batch(loop->context, now) || error == SOURCE_END)
			return 0;
	}
	return finish(loop);
}
