/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the running kernel allows, and what to tell a person when it does not.
 */
#ifndef COMMON_BPF_KERNEL_H
#define COMMON_BPF_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when the kernel's release is at least major.minor. */
bool kernel_at_least(unsigned int major, unsigned int minor);

/*
 * The floor is 5.8: ring buffer, identity helpers in cgroup hooks. False with one line in
 * `error` when the kernel is older. Where needed, lifts RLIMIT_MEMLOCK, which bounds BPF
 * memory before 5.11.
 */
bool kernel_check(char *error, size_t size);

/*
 * Writes "`what`: why: what to do" for a bpf(2) or mount call that failed with `code`: not
 * root, a missing capability, lockdown, or the plain message.
 */
void kernel_explain(char *error, size_t size, const char *what, int code);

/* Offsets in octets, of struct task_struct and struct cred. */
struct kernel_task_offsets {
	uint32_t group_leader, real_parent, tgid, pid, comm, cred;
	uint32_t cred_uid;
};

/*
 * From the kernel's BTF. False where it has none, where a field is missing, or where programs
 * at cgroup hooks may not read kernel memory (lockdown, kernels before 5.11).
 */
bool kernel_task_offsets(struct kernel_task_offsets *offsets);

#endif
