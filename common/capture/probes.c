/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpf/kernel_types.h"
#include "capture/cgroup.h"
#include "capture/kprobe.h"
#include "capture/note.h"
#include "capture/registers.h"

/* A member's place: DEFINE is its offset. */
struct place {
	const char *define;
	const char *type;
	const char *name;
};

static const struct place sock_places[] = {
	{"SOCK_COOKIE", "sock_common", "skc_cookie"},
	{"SOCK_NUM", "sock_common", "skc_num"},
	{NULL, NULL, NULL},
};

static const struct place cgroup_places[] = {
	{"SOCK_CGROUP", "sock", "sk_cgrp_data"},
	{"CGROUP_KN", "cgroup", "kn"},
	/* Of struct cgroup's first member; a cgroup begins where its own such state does. */
	{"CGROUP_PARENT", "cgroup_subsys_state", "parent"},
	{"KERNFS_ID", "kernfs_node", "id"},
	{NULL, NULL, NULL},
};

static const struct place send_places[] = {
	{"SOCK_FAMILY", "sock_common", "skc_family"},
	{"SOCK_DPORT", "sock_common", "skc_dport"},
	{"SOCK_DADDR", "sock_common", "skc_daddr"},
	{"SOCK_SADDR", "sock_common", "skc_rcv_saddr"},
	{"SOCK_V6_DADDR", "sock_common", "skc_v6_daddr"},
	{"SOCK_V6_SADDR", "sock_common", "skc_v6_rcv_saddr"},
	{"MSGHDR_NAME", "msghdr", "msg_name"},
	{"MSGHDR_ITER", "msghdr", "msg_iter"},
	{"ITER_SEGMENTS", "iov_iter", "nr_segs"},
	{"ITER_OFFSET", "iov_iter", "iov_offset"},
	{NULL, NULL, NULL},
};

static const struct place drop_places[] = {
	{"SKB_PROTOCOL", "sk_buff", "protocol"},
	{"SKB_HEAD", "sk_buff", "head"},
	{"SKB_DATA", "sk_buff", "data"},
	{"SKB_TAIL", "sk_buff", "tail"},
	{"SKB_LEN", "sk_buff", "len"},
	{"SKB_NETWORK_HEADER", "sk_buff", "network_header"},
	{"SKB_SK", "sk_buff", "sk"},
	{NULL, NULL, NULL},
};

enum send_program { SEND_BEGIN, CONNECT_BEGIN, UDP_END, TCP_END, SEND_PROGRAMS };

static const char *const udp_functions[] = {"udp_sendmsg", "udpv6_sendmsg", NULL};
static const char *const tcp_functions[] = {"tcp_v4_connect", "tcp_v6_connect", NULL};
/* The last two are UDP's own of newer kernels; the others are then for other protocols. */
static const char *const join_functions[] = {"ip4_datagram_connect", "ip6_datagram_connect",
					     "udp_connect", "udpv6_connect", NULL};

static bool give_reason(char why[PROBES_WHY_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool give_reason(char why[PROBES_WHY_MAX], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, PROBES_WHY_MAX, format, arguments);
	va_end(arguments);
	return false;
}

static bool write_places(FILE *out, const struct kernel_types *types, const struct place *place,
			 char why[PROBES_WHY_MAX])
{
	struct kernel_member member;

	for (; place->define; place++) {
		if (!kernel_types_member(types, place->type, place->name, &member))
			return give_reason(why, "its struct %s has no %s", place->type,
					   place->name);
		fprintf(out, "#define %s %u\n", place->define, member.offset);
	}
	return true;
}

/*
 * struct iov_iter: `type` with the direction in its lowest bit until 5.13, then `iter_type`; `iov`
 * until 6.3, then `__iov`; ITER_UBUF is of 6.0.
 */
static bool write_iterator(FILE *out, const struct kernel_types *types, char why[PROBES_WHY_MAX])
{
	struct kernel_member type, iov, ubuf;
	int32_t value;

	if (!kernel_types_member(types, "iov_iter", "iter_type", &type) &&
	    !kernel_types_member(types, "iov_iter", "type", &type))
		return give_reason(why, "its struct iov_iter has no iter_type");
	if (!kernel_types_member(types, "iov_iter", "__iov", &iov) &&
	    !kernel_types_member(types, "iov_iter", "iov", &iov))
		return give_reason(why, "its struct iov_iter has no iov");
	if (!kernel_types_enumerator(types, "iter_type", "ITER_IOVEC", &value))
		return give_reason(why, "its enum iter_type has no ITER_IOVEC");
	fprintf(out, "#define ITER_TYPE %u\n#define ITER_TYPE_SIZE %u\n#define ITER_IOV %u\n",
		type.offset, type.size, iov.offset);
	fprintf(out, "#define ITER_IOVEC %d\n", value);
	if (kernel_types_member(types, "iov_iter", "ubuf", &ubuf) &&
	    kernel_types_enumerator(types, "iter_type", "ITER_UBUF", &value))
		fprintf(out, "#define ITER_UBUF %d\n#define ITER_UBUF_DATA %u\n", value,
			ubuf.offset);
	return true;
}

static bool write_sends(FILE *out, const struct kernel_types *types, char why[PROBES_WHY_MAX])
{
	if (!kprobe_possible())
		return give_reason(why, "this kernel has no kprobes");
	if (!types)
		return give_reason(why, "this kernel has no BTF");
	if (!registers_write(out))
		return give_reason(why, "this architecture's registers are not known to this tool");
	if (!write_places(out, types, send_places, why) || !write_iterator(out, types, why))
		return false;
	fprintf(out, "#define WANT_SENDS 1\n");
	return true;
}

static void write_codes(FILE *out, const char *name, const int32_t *codes, unsigned int count)
{
	fprintf(out, "#define %s(reason) (0", name);
	for (unsigned int i = 0; i < count; i++)
		fprintf(out, " || (reason) == %d", codes[i]);
	fprintf(out, ")\n");
}

static bool write_drops(FILE *out, const struct kernel_types *types, struct drop_reasons **reasons,
			char why[PROBES_WHY_MAX])
{
	unsigned int arguments = types ? kernel_types_tracepoint(types, "kfree_skb") : 0;
	int32_t codes[DROP_REASONS_MAX];

	if (!types)
		return give_reason(why, "this kernel has no BTF");
	*reasons = drop_reasons_read(types);
	if (arguments < 3 || !*reasons)
		return give_reason(why, "this kernel tells no reasons (Linux 5.17 does)");
	if (!write_places(out, types, drop_places, why))
		return false;
	write_codes(out, "DROP_IS_NONE", codes, drop_reasons_none(*reasons, codes));
	write_codes(out, "DROP_IS_RECEIVERS", codes, drop_reasons_receiver(*reasons, codes));
	fprintf(out, "%s#define WANT_DROPS 1\n",
		arguments > 3 ? "#define DROP_HAS_RECEIVER 1\n" : "");
	return true;
}

/* What both need; also which cgroup is asked for, as the hooks see no others. */
static bool write_common(FILE *out, const struct kernel_types *types,
			 const struct capture_config *config, char why[PROBES_WHY_MAX])
{
	uint64_t cgroup;

	if (!write_places(out, types, sock_places, why))
		return false;
	if (config->cgroup && !config->whole_host) {
		cgroup = cgroup_id(config->cgroup);
		if (!cgroup || !write_places(out, types, cgroup_places, why))
			return false;
		fprintf(out, "#define FILTER_CGROUP %lluULL\n", (unsigned long long)cgroup);
	}
	fprintf(out, "#define WANT_SOCK 1\n");
	return true;
}

void probes_prepare(struct probes *probes, const struct capture_config *config, FILE *defines)
{
	struct kernel_types *types = kernel_types_load();
	char why[PROBES_WHY_MAX] = "";

	*probes = (struct probes){0};
	if (types && !write_common(defines, types, config, why)) {
		memcpy(probes->why_no_sends, why, sizeof(why));
		memcpy(probes->why_no_drops, why, sizeof(why));
	} else {
		/* A server's answers are its own affair. */
		probes->sends =
			!config->no_client && write_sends(defines, types, probes->why_no_sends);
		probes->drops = write_drops(defines, types, &probes->reasons, probes->why_no_drops);
	}
	kernel_types_free(types);
}

static void add(struct loader_program *programs, size_t *n, const char *function,
		enum bpf_prog_type type)
{
	programs[(*n)++] = (struct loader_program){.function = function, .type = type};
}

/* In the order of enum send_program. */
static const char *const send_programs[SEND_PROGRAMS] = {
	[SEND_BEGIN] = "on_send_begin",
	[CONNECT_BEGIN] = "on_connect_beg",
	[UDP_END] = "on_udp_end",
	[TCP_END] = "on_tcp_end",
};

size_t probes_programs(const struct probes *probes,
		       struct loader_program programs[PROBES_PROGRAMS_MAX])
{
	size_t n = 0;

	for (unsigned int i = 0; probes->sends && i < SEND_PROGRAMS; i++)
		add(programs, &n, send_programs[i], BPF_PROG_TYPE_KPROBE);
	if (probes->drops)
		add(programs, &n, "on_kfree_skb", BPF_PROG_TYPE_RAW_TRACEPOINT);
	return n;
}

static bool keep(struct probes *probes, int event)
{
	if (event < 0)
		return false;
	probes->events[probes->event_count++] = event;
	return true;
}

/* The end first: a beginning without one stays in the map. All but the first may be absent. */
static bool attach_functions(struct probes *probes, const char *const *functions, int begin,
			     int end)
{
	for (unsigned int i = 0; functions[i]; i++) {
		if (keep(probes, kprobe_attach(end, functions[i], true)) &&
		    keep(probes, kprobe_attach(begin, functions[i], false)))
			continue;
		if (i == 0 || errno != ENOENT)
			return give_reason(probes->why_no_sends, "no probe of %s: %s", functions[i],
					   strerror(errno));
	}
	return true;
}

static bool attach_sends(struct probes *probes, const struct capture_config *config,
			 const int *programs, const int *refused)
{
	for (unsigned int i = 0; i < SEND_PROGRAMS; i++)
		if (refused[i])
			return give_reason(probes->why_no_sends, "the kernel refused %s: %s",
					   send_programs[i], strerror(refused[i]));
	if (!config->no_udp &&
	    !(attach_functions(probes, udp_functions, programs[SEND_BEGIN], programs[UDP_END]) &&
	      attach_functions(probes, join_functions, programs[CONNECT_BEGIN], programs[UDP_END])))
		return false;
	return config->no_tcp ||
	       attach_functions(probes, tcp_functions, programs[CONNECT_BEGIN], programs[TCP_END]);
}

static bool attach_drops(struct probes *probes, int program, int refused)
{
	if (refused)
		return give_reason(probes->why_no_drops, "the kernel refused the program: %s",
				   strerror(refused));
	if (keep(probes, bpf_raw_tracepoint_open("kfree_skb", program)))
		return true;
	return give_reason(probes->why_no_drops, "no tracepoint: %s", strerror(errno));
}

static void say(const char *what, const char *why)
{
	if (why[0])
		note("%s: %s", what, why);
}

void probes_attach(struct probes *probes, const struct capture_config *config, const int *programs,
		   const int *refused)
{
	size_t drop = probes->sends ? SEND_PROGRAMS : 0;

	if (probes->sends)
		probes->sends = attach_sends(probes, config, programs, refused);
	if (probes->drops)
		probes->drops = attach_drops(probes, programs[drop], refused[drop]);
	if (!config->verbose)
		return;
	say("failed sends are not seen", probes->why_no_sends);
	say("packets that the kernel drops are not seen", probes->why_no_drops);
}

void probes_close(struct probes *probes)
{
	for (unsigned int i = 0; i < probes->event_count; i++)
		close(probes->events[i]);
	probes->event_count = 0;
	drop_reasons_free(probes->reasons);
	probes->reasons = NULL;
}
