/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limit of what any tool at the cgroup hooks can reach: programs that return at once, on
 * both directions of every socket's packets. Runs until its standard input ends or a signal.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf/kernel.h"
#include "capture/cgroup.h"

static int attach_empty(int cgroup, enum bpf_attach_type type)
{
	static const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = type);
	int program = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, "empty", "GPL", pass,
				    sizeof(pass) / sizeof(pass[0]), &options);

	return program < 0 ? program : bpf_link_create(program, cgroup, type, NULL);
}

int main(void)
{
	char error[256];
	char octet;
	int cgroup;

	if (!kernel_check(error, sizeof(error))) {
		fprintf(stderr, "empty_cgroup: %s\n", error);
		return 1;
	}
	cgroup = cgroup_open(NULL, error, sizeof(error));
	if (cgroup < 0) {
		fprintf(stderr, "empty_cgroup: %s\n", error);
		return 1;
	}
	/* The links live as long as this process. */
	if (attach_empty(cgroup, BPF_CGROUP_INET_INGRESS) < 0 ||
	    attach_empty(cgroup, BPF_CGROUP_INET_EGRESS) < 0) {
		perror("empty_cgroup: attaching");
		return 1;
	}
	while (read(STDIN_FILENO, &octet, 1) > 0)
		;
	return 0;
}
