/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks names up by the C library's functions, and says what it was told and when:
 *
 *	lookup [-p] [-w] FUNCTION:NAME...
 *
 * -p: all at once, each in a thread of its own. -w: says "ready", goes on after a line on stdin.
 * It prints one line a call:
 *
 *	FUNCTION NAME CODE PID TID START END ADDRESS...
 *
 * CODE is 0, EAI_..., or the name of an h_errno; times are CLOCK_REALTIME in ns. It is built with
 * glibc and with musl.
 */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TEXT_SIZE 16384
#define CALLS_MAX 256

struct call {
	const char *function, *name;
	const char *code;
	long long start, end;
	char addresses[TEXT_SIZE]; /* each after a blank */
	long tid;
	pthread_t thread;
};

static const char *eai_name(int code)
{
	static const struct {
		int code;
		const char *name;
	} names[] = {
		{0, "0"},
		{EAI_AGAIN, "EAI_AGAIN"},
		{EAI_BADFLAGS, "EAI_BADFLAGS"},
		{EAI_FAIL, "EAI_FAIL"},
		{EAI_FAMILY, "EAI_FAMILY"},
		{EAI_MEMORY, "EAI_MEMORY"},
		{EAI_NODATA, "EAI_NODATA"},
		{EAI_NONAME, "EAI_NONAME"},
		{EAI_OVERFLOW, "EAI_OVERFLOW"},
		{EAI_SERVICE, "EAI_SERVICE"},
		{EAI_SYSTEM, "EAI_SYSTEM"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].code == code)
			return names[i].name;
	return "EAI_?";
}

static const char *h_errno_name(int code)
{
	static const char *const names[] = {"0", "HOST_NOT_FOUND", "TRY_AGAIN", "NO_RECOVERY",
					    "NO_DATA"};

	return code >= 0 && code < 5 ? names[code] : "NETDB_INTERNAL";
}

static void add_address(struct call *call, int family, const void *address)
{
	size_t used = strlen(call->addresses);
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, address, text, sizeof(text));
	snprintf(call->addresses + used, TEXT_SIZE - used, " %s", text);
}

static void add_host(struct call *call, const struct hostent *host)
{
	for (char **address = host ? host->h_addr_list : NULL; address && *address; address++)
		add_address(call, host->h_addrtype, *address);
}

static const char *with_getaddrinfo(struct call *call)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found, *one;
	int code = getaddrinfo(call->name, "443", &hints, &found);

	if (code)
		return eai_name(code);
	for (one = found; one; one = one->ai_next)
		if (one->ai_family == AF_INET)
			add_address(call, AF_INET, &((struct sockaddr_in *)one->ai_addr)->sin_addr);
		else
			add_address(call, AF_INET6,
				    &((struct sockaddr_in6 *)one->ai_addr)->sin6_addr);
	freeaddrinfo(found);
	return "0";
}

static const char *with_getnameinfo(struct call *call)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	char name[NI_MAXHOST];
	int code;

	if (!inet_aton(call->name, &address.sin_addr))
		return "EAI_FAMILY";
	code = getnameinfo((struct sockaddr *)&address, sizeof(address), name, sizeof(name), NULL,
			   0, NI_NAMEREQD);
	if (!code)
		snprintf(call->addresses, TEXT_SIZE, " %s", name);
	return eai_name(code);
}

static const char *with_gethostbyname(struct call *call)
{
	struct hostent *host = gethostbyname(call->name);

	add_host(call, host);
	return host ? "0" : h_errno_name(h_errno);
}

static const char *with_gethostbyname2(struct call *call)
{
	struct hostent *host = gethostbyname2(call->name, AF_INET6);

	add_host(call, host);
	return host ? "0" : h_errno_name(h_errno);
}

static const char *with_gethostbyname_r(struct call *call)
{
	struct hostent host, *found = NULL;
	char buffer[TEXT_SIZE];
	int code = 0;

	gethostbyname_r(call->name, &host, buffer, sizeof(buffer), &found, &code);
	add_host(call, found);
	return found ? "0" : h_errno_name(code);
}

static const char *with_gethostbyname2_r(struct call *call)
{
	struct hostent host, *found = NULL;
	char buffer[TEXT_SIZE];
	int code = 0;

	gethostbyname2_r(call->name, AF_INET6, &host, buffer, sizeof(buffer), &found, &code);
	add_host(call, found);
	return found ? "0" : h_errno_name(code);
}

static const char *with_res_query(struct call *call)
{
	unsigned char answer[TEXT_SIZE];

	return res_query(call->name, ns_c_in, ns_t_a, answer, sizeof(answer)) < 0
		       ? h_errno_name(h_errno)
		       : "0";
}

static const char *with_res_search(struct call *call)
{
	unsigned char answer[TEXT_SIZE];

	return res_search(call->name, ns_c_in, ns_t_a, answer, sizeof(answer)) < 0
		       ? h_errno_name(h_errno)
		       : "0";
}

#ifdef __GLIBC__
static const char *with_res_nsearch(struct call *call)
{
	unsigned char answer[TEXT_SIZE];
	struct __res_state state = {0};
	int size;

	if (res_ninit(&state))
		return "NETDB_INTERNAL";
	size = res_nsearch(&state, call->name, ns_c_in, ns_t_a, answer, sizeof(answer));
	res_nclose(&state);
	return size < 0 ? h_errno_name(state.res_h_errno) : "0";
}
#endif

static const struct {
	const char *name;
	const char *(*call)(struct call *call);
} functions[] = {
	{"getaddrinfo", with_getaddrinfo},
	{"getnameinfo", with_getnameinfo},
	{"gethostbyname", with_gethostbyname},
	{"gethostbyname2", with_gethostbyname2},
	{"gethostbyname_r", with_gethostbyname_r},
	{"gethostbyname2_r", with_gethostbyname2_r},
	{"res_query", with_res_query},
	{"res_search", with_res_search},
#ifdef __GLIBC__
	{"res_nsearch", with_res_nsearch},
#endif
};

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void *run(void *argument)
{
	struct call *call = argument;

	call->tid = syscall(SYS_gettid);
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (!strcmp(functions[i].name, call->function)) {
			call->start = now();
			call->code = functions[i].call(call);
			call->end = now();
		}
	return NULL;
}

static void print(const struct call *call)
{
	printf("%s %s %s %d %ld %lld %lld%s\n", call->function, call->name,
	       call->code ? call->code : "no-such-function", getpid(), call->tid, call->start,
	       call->end, call->addresses);
}

static void run_all_at_once(struct call *calls, int count)
{
	for (int i = 0; i < count; i++)
		if (pthread_create(&calls[i].thread, NULL, run, &calls[i])) {
			perror("lookup: thread");
			exit(1);
		}
	for (int i = 0; i < count; i++)
		pthread_join(calls[i].thread, NULL);
}

static void wait_for_line(void)
{
	int c;

	puts("ready");
	fflush(stdout);
	do
		c = getchar();
	while (c != EOF && c != '\n');
}

static int usage(void)
{
	fprintf(stderr, "usage: lookup [-p] [-w] FUNCTION:NAME... (at most %d)\n", CALLS_MAX);
	return 2;
}

int main(int argc, char **argv)
{
	static struct call calls[CALLS_MAX];
	int option, count, all_at_once = 0, waits = 0;

	while ((option = getopt(argc, argv, "pw")) != -1) {
		all_at_once |= option == 'p';
		waits |= option == 'w';
		if (option == '?')
			return usage();
	}
	count = argc - optind;
	if (count < 1 || count > CALLS_MAX)
		return usage();
	for (int i = 0; i < count; i++) {
		calls[i].function = strtok(argv[optind + i], ":");
		calls[i].name = strtok(NULL, "");
		if (!calls[i].name)
			return usage();
	}
	if (waits)
		wait_for_line();
	if (all_at_once)
		run_all_at_once(calls, count);
	else
		for (int i = 0; i < count; i++)
			run(&calls[i]);
	for (int i = 0; i < count; i++)
		print(&calls[i]);
	return 0;
}
