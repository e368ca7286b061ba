/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options_shared.h"

#include <stdio.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/parse.h"
#include "cli/user.h"
#include "dns/codes.h"

/* A year: longer is a mistake, and its nanoseconds still fit. */
#define DURATION_MAX (366 * 86400 * NS_PER_SECOND)
#define TIMEOUT_MAX  (3600 * NS_PER_SECOND)
#define PID_MAX	     4194304 /* PID_MAX_LIMIT of a 64-bit kernel */
#define RING_KIB_MAX (1U << 20)
#define PENDING_MAX  (1U << 22)

#define SETTER(name) bool set_##name(void *target, const char *value, char error[OPTION_ERROR_MAX])

static bool explain(char error[OPTION_ERROR_MAX], const char *why)
{
	snprintf(error, OPTION_ERROR_MAX, "%s", why);
	return false;
}

static struct shared_options *shared(void *target)
{
	return target;
}

static struct capture_config *capture(void *target)
{
	return &shared(target)->capture;
}

static bool set_number(uint32_t *number, const char *value, uint64_t minimum, uint64_t maximum,
		       char error[OPTION_ERROR_MAX])
{
	uint64_t n;

	if (!parse_unsigned(value, minimum, maximum, &n)) {
		snprintf(error, OPTION_ERROR_MAX, "is not a number from %llu to %llu",
			 (unsigned long long)minimum, (unsigned long long)maximum);
		return false;
	}
	*number = (uint32_t)n;
	return true;
}

SETTER(pid)
{
	capture(target)->has_pid = true;
	return set_number(&capture(target)->pid, value, 1, PID_MAX, error);
}

SETTER(tid)
{
	capture(target)->has_tid = true;
	return set_number(&capture(target)->tid, value, 1, PID_MAX, error);
}

SETTER(uid)
{
	capture(target)->has_uid = true;
	return user_parse(value, &capture(target)->uid) ||
	       explain(error, "is neither a user's name nor a number");
}

SETTER(comm)
{
	size_t n = strlen(value);

	if (n == 0 || n >= COMM_SIZE)
		return explain(error, "is not 1 to 15 bytes long, as the kernel's names are");
	memset(capture(target)->comm, 0, COMM_SIZE);
	memcpy(capture(target)->comm, value, n);
	capture(target)->has_comm = true;
	return true;
}

SETTER(role)
{
	bool client = strcmp(value, "client") == 0, server = strcmp(value, "server") == 0;

	if (!client && !server && strcmp(value, "both") != 0)
		return explain(error, "is not 'client', 'server' or 'both'");
	capture(target)->has_role = true;
	capture(target)->no_client = server;
	capture(target)->no_server = client;
	return true;
}

SETTER(name)
{
	return pattern_list_add(&shared(target)->filter.names, value) ||
	       explain(error, "is not a domain name or pattern");
}

SETTER(qtype)
{
	uint16_t type;

	if (!dns_type_from_name(value, &type))
		return explain(error, "is not a query type");
	return code_list_add(&shared(target)->filter.types, type) ||
	       explain(error, "is one type too many");
}

SETTER(rcode)
{
	uint16_t rcode;

	if (!dns_rcode_from_name(value, &rcode))
		return explain(error, "is not a response code");
	return code_list_add(&shared(target)->filter.rcodes, rcode) ||
	       explain(error, "is one code too many");
}

SETTER(latency)
{
	return parse_fraction(value, NS_PER_MS, TIMEOUT_MAX, &shared(target)->filter.latency) ||
	       explain(error, "is not a number of milliseconds");
}

SETTER(port)
{
	return parse_ports(value, capture(target)->ports, CAPTURE_PORTS_MAX,
			   &capture(target)->port_count) ||
	       explain(error, "is not a list of at most 16 ports, as in 53,5353");
}

SETTER(interface)
{
	struct capture_config *config = capture(target);

	if (*value == '\0')
		return explain(error, "is not an interface");
	if (config->interface_count == CAPTURE_INTERFACES_MAX)
		return explain(error, "is one interface too many: 'any' means all");
	config->interfaces[config->interface_count++] = value;
	return true;
}

SETTER(hook)
{
	static const char *const names[] = {
		[CAPTURE_HOOK_TCX] = "tcx",
		[CAPTURE_HOOK_SOCKET] = "socket",
		[CAPTURE_HOOK_XDP] = "xdp",
	};

	for (int hook = CAPTURE_HOOK_TCX; hook <= CAPTURE_HOOK_XDP; hook++) {
		if (strcmp(value, names[hook]) == 0) {
			capture(target)->hook = (enum capture_hook)hook;
			return true;
		}
	}
	return explain(error, "is not 'tcx', 'socket' or 'xdp'");
}

SETTER(cgroup)
{
	capture(target)->cgroup = value;
	return *value != '\0' || explain(error, "is not a directory");
}

SETTER(read)
{
	capture(target)->file = value;
	return *value != '\0' || explain(error, "is not a file");
}

SETTER(write)
{
	shared(target)->write = value;
	return *value != '\0' || explain(error, "is not a file");
}

SETTER(duration)
{
	return (parse_fraction(value, NS_PER_SECOND, DURATION_MAX, &shared(target)->duration) &&
		shared(target)->duration > 0) ||
	       explain(error, "is not a number of seconds above 0");
}

SETTER(timeout)
{
	return (parse_fraction(value, NS_PER_SECOND, TIMEOUT_MAX, &shared(target)->timeout) &&
		shared(target)->timeout > 0) ||
	       explain(error, "is not a number of seconds above 0 and up to 3600");
}

SETTER(ring)
{
	uint64_t kib;

	/* The kernel wants whole pages, and a power of two of them. */
	if (!parse_unsigned(value, 4, RING_KIB_MAX, &kib) || kib & (kib - 1))
		return explain(error, "is not a power of two from 4 to 1048576 (KiB)");
	capture(target)->ring_kib = (uint32_t)kib;
	return true;
}

SETTER(max_pending)
{
	return set_number(&shared(target)->max_pending, value, 1, PENDING_MAX, error);
}

#define SWITCH(name, member) OPTION_FLAG(name, struct shared_options, member)

SWITCH(failures, filter.failures)
SWITCH(ipv4, ipv4)
SWITCH(ipv6, ipv6)
SWITCH(udp, udp)
SWITCH(tcp, tcp)
SWITCH(wall_clock, wall_clock)
SWITCH(user, user)
SWITCH(show_cgroup, show_cgroup)
SWITCH(wide, wide)
SWITCH(json, json)
SWITCH(ebpf, ebpf)
SWITCH(verbose, capture.verbose)

void shared_options_finish(struct shared_options *options)
{
	static const uint16_t default_ports[] = {53, 5353, 5355};
	struct capture_config *s = &options->capture;

	s->no_ipv4 = options->ipv6 && !options->ipv4;
	s->no_ipv6 = options->ipv4 && !options->ipv6;
	s->no_udp = options->tcp && !options->udp;
	s->no_tcp = options->udp && !options->tcp;
	/* On the way from anywhere to anywhere there are no sides to choose from. */
	if (s->interface_count && !s->has_role)
		s->no_client = s->no_server = false;
	if (s->port_count == 0) {
		memcpy(s->ports, default_ports, sizeof(default_ports));
		s->port_count = sizeof(default_ports) / sizeof(default_ports[0]);
	}
}

void shared_options_free(struct shared_options *options)
{
	pattern_list_free(&options->filter.names);
}
