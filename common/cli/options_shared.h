/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options that mean the same in every tool. A tool's options struct begins with struct
 * shared_options; its table lists the macros of those it has.
 */
#ifndef COMMON_CLI_OPTIONS_SHARED_H
#define COMMON_CLI_OPTIONS_SHARED_H

#include "capture/sockets.h"
#include "cli/filter.h"
#include "cli/options.h"

enum shared_option_key {
	OPTION_UDP = OPTION_LONG_ONLY,
	OPTION_TCP,
	OPTION_ROLE,
	OPTION_TIMEOUT,
	OPTION_MAX_PENDING,
	OPTION_CGROUP,
	OPTION_EBPF,
	OPTION_OWN, /* a tool's own begin here */
};

struct shared_options {
	struct sockets_config sockets;
	struct filter filter;
	bool ipv4, ipv6, udp, tcp; /* as given; shared_options_finish() makes `sockets` of them */
	bool wall_clock, user, wide, json, ebpf;
	uint64_t duration; /* ns; 0: no end */
	uint64_t timeout;  /* ns */
	uint32_t max_pending;
};

#define SHARED_OPTIONS_DEFAULTS                                                                    \
	{                                                                                          \
		.sockets = {.no_server = true, .ring_kib = 2048}, .timeout = 5 * 1000000000ULL,    \
		.max_pending = 65536                                                               \
	}

/* To be called when all options are read. */
void shared_options_finish(struct shared_options *options);
void shared_options_free(struct shared_options *options);

#define SHARED_OPTION_SETTERS(X)                                                                   \
	X(pid)                                                                                     \
	X(tid)                                                                                     \
	X(uid)                                                                                     \
	X(comm)                                                                                    \
	X(role)                                                                                    \
	X(name)                                                                                    \
	X(qtype)                                                                                   \
	X(rcode)                                                                                   \
	X(failures)                                                                                \
	X(latency)                                                                                 \
	X(port)                                                                                    \
	X(ipv4)                                                                                    \
	X(ipv6)                                                                                    \
	X(udp)                                                                                     \
	X(tcp)                                                                                     \
	X(cgroup)                                                                                  \
	X(wall_clock)                                                                              \
	X(user)                                                                                    \
	X(wide)                                                                                    \
	X(json)                                                                                    \
	X(duration)                                                                                \
	X(timeout)                                                                                 \
	X(ring)                                                                                    \
	X(max_pending)                                                                             \
	X(ebpf)                                                                                    \
	X(verbose)
#define X(name) bool set_##name(void *target, const char *value, char error[OPTION_ERROR_MAX]);
SHARED_OPTION_SETTERS(X)
#undef X

/* clang-format off */
#define SHARED_PID {'p', "pid", "PID", OPTIONS_WHO, "this process", set_pid}
#define SHARED_TID {'t', "tid", "TID", OPTIONS_WHO, "this thread", set_tid}
#define SHARED_UID {'u', "uid", "USER", OPTIONS_WHO, "this user, by name or number", set_uid}
#define SHARED_COMM {'c', "comm", "COMM", OPTIONS_WHO, "processes of this command name", set_comm}
#define SHARED_ROLE {OPTION_ROLE, "role", "ROLE", OPTIONS_WHO, \
	"'client': who asks (the default),\n'server': who answers, or 'both'", set_role}
#define SHARED_NAME {'N', "name", "PATTERN", OPTIONS_WHAT, \
	"'example.com': it and all names below;\nwith * or ? a glob; !PATTERN excludes; may repeat", \
	set_name}
#define SHARED_QTYPE {'q', "qtype", "TYPE", OPTIONS_WHAT, \
	"query type, by name or number; may repeat", set_qtype}
#define SHARED_RCODE {'R', "rcode", "RCODE", OPTIONS_WHAT, \
	"response code, by name or number; may repeat", set_rcode}
#define SHARED_FAILURES {'x', "failures", NULL, OPTIONS_WHAT, \
	"failures only: error codes, timeouts,\nrefusals, responses that match no query", \
	set_failures}
#define SHARED_LATENCY {'m', "min-latency", "MS", OPTIONS_WHAT, \
	"only what took at least MS milliseconds", set_latency}
#define SHARED_PORT {'P', "port", "PORT[,PORT...]", OPTIONS_SOURCE, \
	"DNS ports (53,5353,5355)", set_port}
#define SHARED_IPV4 {'4', "ipv4", NULL, OPTIONS_SOURCE, "IPv4 only; with -6: both", set_ipv4}
#define SHARED_IPV6 {'6', "ipv6", NULL, OPTIONS_SOURCE, "IPv6 only; with -4: both", set_ipv6}
#define SHARED_UDP {OPTION_UDP, "udp", NULL, OPTIONS_SOURCE, \
	"UDP only; with --tcp: both", set_udp}
#define SHARED_TCP {OPTION_TCP, "tcp", NULL, OPTIONS_SOURCE, \
	"TCP only; with --udp: both", set_tcp}
#define SHARED_CGROUP {OPTION_CGROUP, "cgroup", "PATH", OPTIONS_SOURCE, \
	"only processes in this cgroup (v2) directory", set_cgroup}
#define SHARED_WALL_CLOCK {'T', "time", NULL, OPTIONS_OUTPUT, \
	"wall-clock time", set_wall_clock}
#define SHARED_USER {'U', "user", NULL, OPTIONS_OUTPUT, "a column with the user", set_user}
#define SHARED_WIDE {'W', "wide", NULL, OPTIONS_OUTPUT, \
	"nothing is shortened to fit the terminal", set_wide}
#define SHARED_JSON {'j', "json", NULL, OPTIONS_OUTPUT, "JSON, one object a line", set_json}
#define SHARED_DURATION {'d', "duration", "SEC", OPTIONS_LIMITS, \
	"stop after SEC seconds", set_duration}
#define SHARED_TIMEOUT {OPTION_TIMEOUT, "timeout", "SEC", OPTIONS_LIMITS, \
	"a query unanswered for this long timed out (5)", set_timeout}
#define SHARED_RING {'b', "buffer", "KIB", OPTIONS_LIMITS, \
	"ring buffer, a power of two (2048)", set_ring}
#define SHARED_MAX_PENDING {OPTION_MAX_PENDING, "max-pending", "N", OPTIONS_LIMITS, \
	"queries waiting for an answer at once (65536)", set_max_pending}
#define SHARED_EBPF {OPTION_EBPF, "ebpf", NULL, OPTIONS_OTHER, \
	"print the BPF program and exit; needs no root", set_ebpf}
#define SHARED_VERBOSE {'v', "verbose", NULL, OPTIONS_OTHER, \
	"say on stderr what is going on", set_verbose}
/* clang-format on */

#endif
