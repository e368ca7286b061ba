/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that common/bpf/embed puts into the binary at build time.
 * Each common/bpf/X.bpf.c and tools/X.bpf.c becomes `const char X_bpf_text[]`, with all its
 * local includes joined in; the tools' are declared where they are used.
 */
#ifndef COMMON_BPF_EMBEDDED_H
#define COMMON_BPF_EMBEDDED_H

extern const char sockets_bpf_text[];
extern const char interface_bpf_text[];

/*
 * The headers that libbcc wants in place of the kernel's. `path` is relative to the folder
 * that BCC_KERNEL_SOURCE names: "include/linux/types.h". Ends with a NULL path.
 */
struct kernel_stub {
	const char *path;
	const char *text;
};

extern const struct kernel_stub kernel_stubs[];

#endif
