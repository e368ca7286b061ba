/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kprobes and uprobes by perf_event_open(2) alone: no mount of tracefs, and none is left behind.
 */
#ifndef COMMON_CAPTURE_KPROBE_H
#define COMMON_CAPTURE_KPROBE_H

#include <stdbool.h>
#include <stdint.h>

/* True where the kernel has them. */
bool kprobe_possible(void);

/*
 * Runs a BPF program (BPF_PROG_TYPE_KPROBE) whenever the kernel's `function` begins or, with
 * `at_return`, ends. A descriptor that detaches it when it is closed; -1 with errno (ENOENT: no
 * such function).
 */
int kprobe_attach(int program, const char *function, bool at_return);

/* True where the kernel has uprobes. */
bool uprobe_possible(void);

/*
 * Runs a BPF program (BPF_PROG_TYPE_KPROBE) whenever any process executes the instruction at
 * `offset` of the file `path` or, with `at_return`, when the function returns that begins there.
 * As kprobe_attach().
 */
int uprobe_attach(int program, const char *path, uint64_t offset, bool at_return);

#endif
