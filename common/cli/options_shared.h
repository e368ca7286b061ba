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
	OPTION_HOOK,
	OPTION_SHOW_CGROUP,
	OPTION_EBPF,
	OPTION_OWN, /* a tool's own begin here */
};

struct shared_options {
	struct capture_config capture;
	struct filter filter;
	bool ipv4, ipv6, udp, tcp; /* as given; shared_options_finish() makes `capture` of them */
	bool wall_clock, user, show_cgroup, wide, json, ebpf;
	uint64_t duration; /* ns; 0: no end */
	uint64_t timeout;  /* ns */
	uint32_t max_pending;
	const char *write; /* a capture file to write; NULL: none */
};

#define SHARED_OPTIONS_DEFAULTS                                                                    \
	{                                                                                          \
		.capture = {.no_server = true, .ring_kib = 2048}, .timeout = 5 * 1000000000ULL,    \
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
	X(interface)                                                                               \
	X(hook)                                                                                    \
	X(cgroup)                                                                                  \
	X(read)                                                                                    \
	X(write)                                                                                   \
	X(wall_clock)                                                                              \
	X(user)                                                                                    \
	X(show_cgroup)                                                                             \
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
#define SHARED_PID {'p', OPTIONS_WHO, "pid", "PID", "this process", set_pid}
#define SHARED_TID {'t', OPTIONS_WHO, "tid", "TID", "this thread", set_tid}
#define SHARED_UID {'u', OPTIONS_WHO, "uid", "USER", "this user, by name or number", set_uid}
#define SHARED_COMM {'c', OPTIONS_WHO, "comm", "COMM", "processes of this command name", set_comm}
#define SHARED_ROLE {OPTION_ROLE, OPTIONS_WHO, "role", "ROLE", \
	"'client': who asks (the default),\n'server': who answers, or 'both'", set_role}
#define SHARED_NAME {'N', OPTIONS_WHAT, "name", "PATTERN", \
	"'example.com': it and all names below;\nwith * or ? a glob; !PATTERN excludes; may repeat", \
	set_name}
#define SHARED_QTYPE {'q', OPTIONS_WHAT, "qtype", "TYPE", \
	"query type, by name or number; may repeat", set_qtype}
#define SHARED_RCODE {'R', OPTIONS_WHAT, "rcode", "RCODE", \
	"response code, by name or number; may repeat", set_rcode}
#define SHARED_FAILURES {'x', OPTIONS_WHAT, "failures", NULL, \
	"failures only: error codes, timeouts, refusals\nand the like", \
	set_failures}
#define SHARED_LATENCY {'m', OPTIONS_WHAT, "min-latency", "MS", \
	"only what took at least MS milliseconds", set_latency}
#define SHARED_PORT {'P', OPTIONS_SOURCE, "port", "PORT[,PORT...]", \
	"DNS ports (53,5353,5355)", set_port}
#define SHARED_INTERFACE {'i', OPTIONS_SOURCE, "interface", "IFACE", \
	"packets of this interface, not of sockets;\n'any': of all; may repeat", set_interface}
#define SHARED_HOOK {OPTION_HOOK, OPTIONS_SOURCE, "hook", "HOOK", \
	"with -i: 'tcx' (from Linux 6.6 on),\n'socket' or 'xdp' (incoming only)", set_hook}
#define SHARED_IPV4 {'4', OPTIONS_SOURCE, "ipv4", NULL, "IPv4 only; with -6: both", set_ipv4}
#define SHARED_IPV6 {'6', OPTIONS_SOURCE, "ipv6", NULL, "IPv6 only; with -4: both", set_ipv6}
#define SHARED_UDP {OPTION_UDP, OPTIONS_SOURCE, "udp", NULL, \
	"UDP only; with --tcp: both", set_udp}
#define SHARED_TCP {OPTION_TCP, OPTIONS_SOURCE, "tcp", NULL, \
	"TCP only; with --udp: both", set_tcp}
#define SHARED_CGROUP {OPTION_CGROUP, OPTIONS_SOURCE, "cgroup", "PATH", \
	"only processes in this cgroup (v2) directory", set_cgroup}
#define SHARED_READ {'r', OPTIONS_SOURCE, "read", "FILE", \
	"the packets of a pcap or pcapng file, '-': stdin;\nneeds no root", set_read}
#define SHARED_WRITE {'w', OPTIONS_SOURCE, "write", "FILE", \
	"write the packets to a pcapng file, with their\nprocesses; '-r' replays it", set_write}
#define SHARED_WALL_CLOCK {'T', OPTIONS_OUTPUT, "time", NULL, \
	"wall-clock time", set_wall_clock}
#define SHARED_USER {'U', OPTIONS_OUTPUT, "user", NULL, "a column with the user", set_user}
#define SHARED_SHOW_CGROUP {OPTION_SHOW_CGROUP, OPTIONS_OUTPUT, "show-cgroup", NULL, \
	"columns with the container and the cgroup", set_show_cgroup}
#define SHARED_WIDE {'W', OPTIONS_OUTPUT, "wide", NULL, \
	"nothing is shortened to fit the terminal", set_wide}
#define SHARED_JSON {'j', OPTIONS_OUTPUT, "json", NULL, "JSON, one object a line", set_json}
#define SHARED_DURATION {'d', OPTIONS_LIMITS, "duration", "SEC", \
	"stop after SEC seconds", set_duration}
#define SHARED_TIMEOUT {OPTION_TIMEOUT, OPTIONS_LIMITS, "timeout", "SEC", \
	"a query unanswered for this long timed out (5)", set_timeout}
#define SHARED_RING {'b', OPTIONS_LIMITS, "buffer", "KIB", \
	"ring buffer, a power of two (2048)", set_ring}
#define SHARED_MAX_PENDING {OPTION_MAX_PENDING, OPTIONS_LIMITS, "max-pending", "N", \
	"queries waiting for an answer at once (65536)", set_max_pending}
#define SHARED_EBPF {OPTION_EBPF, OPTIONS_OTHER, "ebpf", NULL, \
	"print the BPF program and exit; needs no root", set_ebpf}
#define SHARED_VERBOSE {'v', OPTIONS_OTHER, "verbose", NULL, \
	"say on stderr what is going on", set_verbose}
#define SHARED_CONFIG {'C', OPTIONS_OTHER, "config", "FILE", \
	"options from a YAML file: 'json: true';\nthe command line has the last word", set_config}
/* Those of each kind that go together. */
#define SHARED_WHO SHARED_PID, SHARED_TID, SHARED_UID, SHARED_COMM, SHARED_ROLE
#define SHARED_WHAT SHARED_NAME, SHARED_QTYPE, SHARED_RCODE, SHARED_FAILURES
#define SHARED_SOURCE SHARED_PORT, SHARED_IPV4, SHARED_IPV6, SHARED_UDP, SHARED_TCP, \
	SHARED_INTERFACE, SHARED_HOOK, SHARED_CGROUP, SHARED_READ, SHARED_WRITE
#define SHARED_OUTPUT SHARED_WALL_CLOCK, SHARED_USER, SHARED_SHOW_CGROUP, SHARED_WIDE, SHARED_JSON
#define SHARED_LIMITS SHARED_DURATION, SHARED_TIMEOUT, SHARED_RING, SHARED_MAX_PENDING
#define SHARED_OTHER SHARED_EBPF, SHARED_VERBOSE
/* The names of those that may repeat, for struct tool's `lists`. */
#define SHARED_LISTS "name", "qtype", "rcode", "port", "interface"
/* clang-format on */

#endif
