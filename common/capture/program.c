/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/embedded.h"
#include "bpf/kernel.h"
#include "capture/hash_keys.h"
#include "capture/novelty.h"
#include "capture/tally.h"
#include "capture/wanted.h"

/* A host has far fewer sockets that do DNS at one time. */
#define OWNERS_MAX 16384

#define SOCK_ADDR BPF_PROG_TYPE_CGROUP_SOCK_ADDR
#define SOCK	  BPF_PROG_TYPE_CGROUP_SOCK
#define SKB	  BPF_PROG_TYPE_CGROUP_SKB

static const struct program_hook client_hooks[] = {
	{{"on_connect4", SOCK_ADDR, BPF_CGROUP_INET4_CONNECT}, false, NULL},
	{{"on_connect6", SOCK_ADDR, BPF_CGROUP_INET6_CONNECT}, false, NULL},
	{{"on_sendmsg4", SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG}, false, NULL},
	{{"on_sendmsg6", SOCK_ADDR, BPF_CGROUP_UDP6_SENDMSG}, false, NULL},
};

static const struct program_hook server_hooks[] = {
	{{"on_post_bind4", SOCK, BPF_CGROUP_INET4_POST_BIND}, false, NULL},
	{{"on_post_bind6", SOCK, BPF_CGROUP_INET6_POST_BIND}, false, NULL},
	{{"on_getpeername4", SOCK_ADDR, BPF_CGROUP_INET4_GETPEERNAME},
	 true,
	 "TCP servers' processes are unknown"},
	{{"on_getpeername6", SOCK_ADDR, BPF_CGROUP_INET6_GETPEERNAME},
	 true,
	 "TCP servers' processes are unknown"},
};

static const struct program_hook release_hook[] = {
	{{"on_sock_release", SOCK, BPF_CGROUP_INET_SOCK_RELEASE},
	 true,
	 "closed sockets leave the owner map only when it is full"},
};

static const struct program_hook packet_hooks[] = {
	{{"on_ingress", SKB, BPF_CGROUP_INET_INGRESS}, false, NULL},
	{{"on_egress", SKB, BPF_CGROUP_INET_EGRESS}, false, NULL},
};

#define ADD(hooks, n, set)                                                                         \
	do {                                                                                       \
		memcpy((hooks) + (n), (set), sizeof(set));                                         \
		(n) += sizeof(set) / sizeof((set)[0]);                                             \
	} while (0)

size_t program_owner_hooks(struct program_hook hooks[PROGRAM_HOOKS_MAX], bool servers)
{
	size_t n = 0;

	ADD(hooks, n, client_hooks);
	if (servers)
		ADD(hooks, n, server_hooks);
	ADD(hooks, n, release_hook);
	return n;
}

size_t program_hooks(struct program_hook hooks[PROGRAM_HOOKS_MAX],
		     const struct capture_config *config)
{
	size_t n = program_owner_hooks(hooks, !config->no_server);

	ADD(hooks, n, packet_hooks);
	return n;
}

static void write_ports(FILE *out, const struct capture_config *config)
{
	fprintf(out, "#define IS_DNS_PORT(port) (0");
	for (unsigned int i = 0; i < config->port_count; i++)
		fprintf(out, " || (port) == %u", config->ports[i]);
	fprintf(out, ")\n");
}

static void write_owner_filters(FILE *out, const struct capture_config *config)
{
	if (config->has_pid)
		fprintf(out, "#define FILTER_PID %u\n", config->pid);
	if (config->has_tid)
		fprintf(out, "#define FILTER_TID %u\n", config->tid);
	if (config->has_uid)
		fprintf(out, "#define FILTER_UID %u\n", config->uid);
	if (config->has_comm) {
		uint64_t words[2];

		memcpy(words, config->comm, sizeof(words));
		fprintf(out,
			"#define FILTER_COMM_LOW 0x%llxULL\n#define FILTER_COMM_HIGH 0x%llxULL\n",
			(unsigned long long)words[0], (unsigned long long)words[1]);
	}
}

static bool sees_all_sockets(const struct capture_config *config)
{
	return !config->no_client && !config->cgroup && owner_is_wanted(config, NULL);
}

/*
 * Where closed sockets cannot be noticed (before 5.9), the map drops the least recently used
 * ones itself.
 */
void program_write_defines(FILE *out, const struct capture_config *config)
{
	fprintf(out, "#define OWNER_TABLE \"%s\"\n#define OWNERS_MAX %d\n",
		kernel_at_least(5, 9) ? "hash" : "lru_hash", OWNERS_MAX);
	fprintf(out, "#define WANT_IPV4 %d\n#define WANT_IPV6 %d\n", !config->no_ipv4,
		!config->no_ipv6);
	fprintf(out, "#define WANT_UDP %d\n#define WANT_TCP %d\n", !config->no_udp,
		!config->no_tcp);
	fprintf(out, "#define WANT_CLIENT %d\n#define WANT_SERVER %d\n", !config->no_client,
		!config->no_server);
	if (config->no_loopback_answers && sees_all_sockets(config))
		fprintf(out, "#define SKIP_LOOPBACK_ANSWERS 1\n");
	write_ports(out, config);
	write_owner_filters(out, config);
	if (tally_is_possible(config) || novelty_is_possible(config))
		hash_keys_write_defines(out);
	if (tally_is_possible(config))
		tally_write_defines(out, &config->tally);
	if (novelty_is_possible(config))
		novelty_write_defines(out, &config->novelty);
}

char *program_text(const struct capture_config *config, struct probes *probes, struct calls *calls)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	program_write_defines(out, config);
	probes_prepare(probes, config, out);
	if (config->calls)
		calls_prepare(calls, out);
	if (config->connects)
		fprintf(out, "#define WANT_CONNECTS 1\n");
	fprintf(out, "\n%s", sockets_bpf_text);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

char *sockets_program_text(const struct capture_config *config)
{
	struct probes probes = {0};
	struct calls calls = {.channel = -1};
	char *text = program_text(config, &probes, &calls);

	probes_close(&probes);
	calls_close(&calls);
	return text;
}
