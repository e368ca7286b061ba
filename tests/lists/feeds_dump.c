/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of lists: a tool that does nothing but keep them.
 *   feeds_dump [-p] [-n NAMES] [-s OCTETS] [-i|-r|-t MS] [-b LIST] [-a LIST] ...
 * -p gives up privileges as the tools do. Says "set ENTRIES EXCEPTIONS", "info ..." or
 * "trouble ..." as it comes; answers "find NAME" and "reload" on its standard input, and ends with
 * it; after "close" it has no lists any more.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/privileges.h"
#include "export/feeds.h"

#define NS_PER_MS 1000000ULL

struct arguments {
	const char *block[FEEDS_LISTS_MAX + 1];
	const char *allow[FEEDS_LISTS_MAX + 1];
	struct feeds_config config;
	bool drop;
};

static void say(void *context, bool trouble, const char *line)
{
	(void)context;
	printf("%s %s\n", trouble ? "trouble" : "info", line);
}

static void say_set(const struct feeds *feeds)
{
	printf("set %llu %llu\n", (unsigned long long)name_set_count(feeds_set(feeds)),
	       (unsigned long long)name_set_allowed(feeds_set(feeds)));
}

static void find(const struct feeds *feeds, const char *text)
{
	struct name_set_match match;
	struct dns_name name;

	if (!dns_name_from_text(&name, text))
		printf("no name\n");
	else if (!name_set_find(feeds_set(feeds), &name, &match))
		printf("none\n");
	else
		printf("found %u%s%s%s %s\n", match.labels,
		       match.scope & NAME_SET_EXACT ? " exact" : "",
		       match.scope & NAME_SET_BELOW ? " below" : "",
		       match.scope & NAME_SET_ALLOW ? " allow" : "", feeds_list(feeds, match.tag));
}

/* False: the end. */
static bool obey(struct feeds *feeds)
{
	static char line[2048];
	size_t n = 0;

	while (n < sizeof(line) - 1) {
		if (read(STDIN_FILENO, line + n, 1) != 1)
			return false;
		if (line[n] == '\n')
			break;
		n++;
	}
	line[n] = '\0';
	if (strcmp(line, "reload") == 0)
		feeds_reload(feeds);
	else if (strcmp(line, "close") == 0)
		return false;
	else if (strncmp(line, "find ", 5) == 0)
		find(feeds, line + 5);
	return true;
}

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 10);
}

static bool read_arguments(struct arguments *a, int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv, "pn:s:i:r:t:b:a:")) >= 0) {
		switch (option) {
		case 'p':
			a->drop = true;
			break;
		case 'n':
			a->config.names_max = number(optarg);
			break;
		case 's':
			a->config.size_max = number(optarg);
			break;
		case 'i':
			a->config.interval_ns = number(optarg) * NS_PER_MS;
			break;
		case 'r':
			a->config.retry_ns = number(optarg) * NS_PER_MS;
			break;
		case 't':
			a->config.timeout_ns = number(optarg) * NS_PER_MS;
			break;
		case 'b':
			a->block[a->config.block_count++] = optarg;
			break;
		case 'a':
			a->allow[a->config.allow_count++] = optarg;
			break;
		default:
			return false;
		}
	}
	a->config.block = a->block;
	a->config.allow = a->allow;
	return true;
}

static void run(struct feeds *feeds)
{
	struct pollfd fds[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.events = POLLIN},
	};

	say_set(feeds);
	for (;;) {
		fds[1].fd = feeds_descriptor(feeds);
		if (poll(fds, 2, -1) < 0)
			return;
		if (fds[1].revents && feeds_take(feeds, say, NULL))
			say_set(feeds);
		if (fds[0].revents && !obey(feeds))
			return;
	}
}

int main(int argc, char *argv[])
{
	static struct arguments arguments;
	char error[SOURCE_ERROR_MAX];
	struct feeds *feeds;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	if (!read_arguments(&arguments, argc, argv))
		return 2;
	feeds = feeds_open(&arguments.config, error);
	if (!feeds || (arguments.drop && !privileges_drop(false, error))) {
		fprintf(stderr, "feeds_dump: %s\n", error);
		return 1;
	}
	run(feeds);
	feeds_close(feeds);
	while (read(STDIN_FILENO, error, sizeof(error)) > 0)
		;
	return 0;
}
