/* SPDX-License-Identifier: Apache-2.0 */
#include "bpf/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

static void kernel_version(unsigned int *major, unsigned int *minor)
{
	struct utsname name;

	*major = *minor = 0;
	if (uname(&name) == 0 && sscanf(name.release, "%u.%u", major, minor) != 2)
		*major = *minor = 0;
}

bool kernel_at_least(unsigned int major, unsigned int minor)
{
	unsigned int have_major, have_minor;

	kernel_version(&have_major, &have_minor);
	return have_major > major || (have_major == major && have_minor >= minor);
}

bool kernel_check(char *error, size_t size)
{
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	struct utsname name;

	if (!kernel_at_least(5, 8)) {
		uname(&name);
		snprintf(error, size,
			 "Linux %s is too old: the BPF ring buffer needs 5.8 or later: "
			 "use a newer kernel",
			 name.release);
		return false;
	}
	if (!kernel_at_least(5, 11))
		setrlimit(RLIMIT_MEMLOCK, &unlimited);
	return true;
}

/* The file marks the mode in force with brackets: "none [integrity] confidentiality". */
static bool is_locked_down(void)
{
	char text[128] = "";
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");

	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return text[0] && !strstr(text, "[none]");
}

static uint64_t effective_capabilities(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long set = 0;
	char line[256];

	if (!file)
		return ~0ULL;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %llx", &set) == 1)
			break;
	fclose(file);
	return set;
}

/* Names what is missing of the three that BPF at cgroups needs; "" when it is not that. */
static void missing_capabilities(char *names, size_t size)
{
	static const struct {
		int number;
		const char *name;
	} needed[] = {{39, "CAP_BPF"}, {12, "CAP_NET_ADMIN"}, {38, "CAP_PERFMON"}};
	const uint64_t sys_admin = 1ULL << 21;
	uint64_t have = effective_capabilities();
	size_t n = 0;

	names[0] = '\0';
	if (have & sys_admin)
		return;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]) && n < size; i++)
		if (!(have >> needed[i].number & 1))
			n += (size_t)snprintf(names + n, size - n, " %s", needed[i].name);
}

/* Older kernels count what BPF allocates as locked memory (5.11 counts it for the cgroup). */
static bool is_memory_limited(void)
{
	struct rlimit limit;

	return !kernel_at_least(5, 11) && getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
	       limit.rlim_cur != RLIM_INFINITY;
}

void kernel_explain(char *error, size_t size, const char *what, int code)
{
	char advice[160] = "", missing[64];

	missing_capabilities(missing, sizeof(missing));
	if (code == ENOSYS)
		snprintf(advice, sizeof(advice),
			 ": this kernel was built without bpf(2): use one with CONFIG_BPF_SYSCALL");
	else if (missing[0] && geteuid() != 0)
		snprintf(advice, sizeof(advice), ": run it as root (sudo)");
	else if (missing[0])
		snprintf(advice, sizeof(advice),
			 ": root lacks%s here (in a container: --privileged)", missing);
	else if (code == EPERM && is_memory_limited())
		snprintf(advice, sizeof(advice),
			 ": before Linux 5.11 it needs CAP_SYS_RESOURCE too, or "
			 "'ulimit -l unlimited'");
	else if (code == EPERM && is_locked_down())
		snprintf(advice, sizeof(advice),
			 ": the kernel is locked down: see kernel_lockdown(7)");
	else if (code == ENOMEM)
		snprintf(advice, sizeof(advice), ": a smaller ring buffer may help (-b)");
	snprintf(error, size, "%s: %s%s", what, strerror(code), advice);
}

static bool member_offset(const struct btf *btf, const char *type_name, const char *member_name,
			  uint32_t *offset)
{
	int id = btf__find_by_name_kind(btf, type_name, BTF_KIND_STRUCT);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;

	if (!type)
		return false;
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *member = btf_members(type) + i;
		const char *name = btf__name_by_offset(btf, member->name_off);

		if (name && strcmp(name, member_name) == 0) {
			*offset = btf_member_bit_offset(type, i) / 8;
			return true;
		}
	}
	return false;
}

/*
 * Two programs of a few instructions tell whether the helpers are allowed at the hook:
 * bpf_get_current_task(), then bpf_probe_read_kernel() of no octets' worth of harm.
 */
static bool may_read_tasks(void)
{
	const struct bpf_insn program[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_task},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 3, .src_reg = 0},
		{.code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 10, .off = -8, .imm = 0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 10},
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 1, .imm = -8},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 8},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_CGROUP_INET_EGRESS);
	int fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, "may_read_tasks", "GPL", program,
			       sizeof(program) / sizeof(program[0]), &options);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

bool kernel_task_offsets(struct kernel_task_offsets *offsets)
{
	struct btf *btf;
	bool found;

	if (!may_read_tasks())
		return false;
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return false;
	found = member_offset(btf, "task_struct", "group_leader", &offsets->group_leader) &&
		member_offset(btf, "task_struct", "real_parent", &offsets->real_parent) &&
		member_offset(btf, "task_struct", "tgid", &offsets->tgid) &&
		member_offset(btf, "task_struct", "pid", &offsets->pid) &&
		member_offset(btf, "task_struct", "comm", &offsets->comm) &&
		member_offset(btf, "task_struct", "cred", &offsets->cred) &&
		member_offset(btf, "cred", "uid", &offsets->cred_uid);
	btf__free(btf);
	/* The BPF side reads both in one. */
	return found && offsets->tgid == offsets->pid + sizeof(uint32_t);
}
