/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tool that has nothing but alerts: opens the sinks that its arguments name, gives up its
 * privileges, and does what its standard input says:
 *   put COUNT SIZE    as many alerts of that many octets to each sink; prints the longest put, in
 * ns hup               as after SIGHUP stats             a JSON line for each sink notice SECONDS
 * what each has to say, at CLOCK_MONOTONIC plus that time close MS          the last counters, and
 * the end leave             ends at once Arguments NAME=VALUE before the sinks change limits; times
 * are in ms.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/privileges.h"
#include "export/sink_state.h"

#define SINKS_MAX 4
#define MS	  1000000ULL

static struct sink_limits limits = {
	.syslog = "/dev/log",
	.queue = 1 << 20,
	.first_retry = 1000 * MS,
	.longest_retry = 60000 * MS,
	.oldest = 300000 * MS,
	.answer = 10000 * MS,
};

static struct sink *sinks[SINKS_MAX];
static unsigned int sink_count;

static bool set_limit(const char *argument)
{
	const struct {
		const char *name;
		uint64_t *ns;
	} times[] = {
		{"first=", &limits.first_retry},
		{"longest=", &limits.longest_retry},
		{"oldest=", &limits.oldest},
		{"answer=", &limits.answer},
	};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		size_t length = strlen(times[i].name);

		if (strncmp(argument, times[i].name, length) == 0) {
			*times[i].ns = strtoull(argument + length, NULL, 10) * MS;
			return true;
		}
	}
	if (strncmp(argument, "log=", 4) == 0)
		limits.syslog = argument + 4;
	else if (strncmp(argument, "queue=", 6) == 0)
		limits.queue = strtoul(argument + 6, NULL, 10);
	else
		return false;
	return true;
}

static void print_stats(const char *name, pid_t pid, const struct sink_stats *s)
{
	printf("{\"name\":\"%s\",\"pid\":%d,\"accepted\":%" PRIu64 ",\"refused\":%" PRIu64
	       ",\"delivered\":%" PRIu64 ",\"given_up\":%" PRIu64 ",\"queued\":%" PRIu64
	       ",\"reason\":\"%s\"}\n",
	       name, (int)pid, s->accepted, s->refused, s->delivered, s->given_up, s->queued,
	       s->reason);
}

/* {"serial":N,"pad":"…"} and "alert N", of `size` octets if that is enough. */
static void put(unsigned long count, size_t size)
{
	static unsigned long serial;
	static char json[SINK_ALERT_MAX + 64], line[64];
	uint64_t longest = 0;
	unsigned int slow = 0;

	for (; count > 0; count--, serial++) {
		int n = snprintf(json, sizeof(json), "{\"serial\":%lu,\"pad\":\"", serial);

		snprintf(line, sizeof(line), "alert %lu", serial);
		while ((size_t)n + 2 < size && (size_t)n + 3 < sizeof(json))
			json[n++] = 'x';
		json[n] = '"';
		json[n + 1] = '}';
		for (unsigned int i = 0; i < sink_count; i++) {
			uint64_t began = sink_now(), ns;

			sink_put(sinks[i], (enum sink_severity)(serial % 3), json, (size_t)n + 2,
				 line);
			ns = sink_now() - began;
			longest = ns > longest ? ns : longest;
			slow += ns > MS;
		}
	}
	printf("%u %" PRIu64 "\n", slow, longest);
}

static void close_all(uint64_t patience)
{
	for (unsigned int i = 0; i < sink_count; i++)
		sink_finish(sinks[i], patience);
	for (unsigned int i = 0; i < sink_count; i++) {
		pid_t pid = sinks[i]->target.process.pid;
		struct sink_stats last;
		char name[512];

		snprintf(name, sizeof(name), "%s", sink_name(sinks[i]));
		sink_close(sinks[i], patience, &last);
		print_stats(name, pid, &last);
	}
}

static void each_stats(void)
{
	for (unsigned int i = 0; i < sink_count; i++) {
		struct sink_stats stats;

		sink_stats(sinks[i], &stats);
		print_stats(sink_name(sinks[i]), sinks[i]->target.process.pid, &stats);
	}
}

static void each_notice(uint64_t later)
{
	char line[SINK_LINE_MAX];

	for (unsigned int i = 0; i < sink_count; i++)
		puts(sink_notice(sinks[i], sink_now() + later, line) ? line : "");
}

/* False: it is over. */
static bool obey(const char *command)
{
	unsigned long a = 0, b = 0;

	if (sscanf(command, "put %lu %lu", &a, &b) == 2)
		put(a, b);
	else if (strcmp(command, "hup\n") == 0)
		for (unsigned int i = 0; i < sink_count; i++)
			sink_hangup(sinks[i]);
	else if (strcmp(command, "stats\n") == 0)
		each_stats();
	else if (sscanf(command, "notice %lu", &a) == 1)
		each_notice(a * 1000 * MS);
	else if (sscanf(command, "close %lu", &a) == 1)
		close_all(a * MS);
	fflush(stdout);
	return strncmp(command, "close", 5) != 0 && strcmp(command, "leave\n") != 0;
}

int main(int argc, char **argv)
{
	char error[SINK_ERROR_MAX]; /* as SOURCE_ERROR_MAX */
	char command[128];

	signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i < argc; i++) {
		if (set_limit(argv[i]))
			continue;
		sinks[sink_count] = sink_open_with(argv[i], &limits, error);
		if (!sinks[sink_count++] || sink_count == SINKS_MAX) {
			fprintf(stderr, "sinks: %s\n", error);
			return 1;
		}
	}
	if (!privileges_drop(false, error)) {
		fprintf(stderr, "sinks: %s\n", error);
		return 1;
	}
	each_stats();
	fflush(stdout);
	while (fgets(command, sizeof(command), stdin) && obey(command))
		;
	return 0;
}
