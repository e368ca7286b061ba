/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line for each BPF program of the system: id, type, name, runs, ns in all.
 * The last two count only while kernel.bpf_stats_enabled is 1.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void show(__u32 id)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd < 0)
		return; /* it has gone since its id was read */
	if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
		printf("%u %u %s %llu %llu\n", info.id, info.type, info.name[0] ? info.name : "-",
		       (unsigned long long)info.run_cnt, (unsigned long long)info.run_time_ns);
	close(fd);
}

int main(void)
{
	__u32 id = 0;

	while (bpf_prog_get_next_id(id, &id) == 0)
		show(id);
	if (errno != ENOENT) {
		fprintf(stderr, "bpf_stats: %s: run it as root\n", strerror(errno));
		return 1;
	}
	return 0;
}
