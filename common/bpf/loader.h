/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From BPF C to descriptors of loaded programs and maps. Compiling maps LLVM, about 100 MB:
 * it is done in a child that ends, and only the descriptors come back.
 */
#ifndef COMMON_BPF_LOADER_H
#define COMMON_BPF_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/bpf.h>

#define LOADER_ERROR_MAX    512
#define LOADER_PROGRAMS_MAX 40
#define LOADER_MAPS_MAX	    8

struct loader_program {
	const char *function; /* in the text */
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
};

struct loader_request {
	const char *text; /* BPF C; sees RING_FD and RING_SIZE, and the TASK_ offsets if had */
	const struct loader_program *programs;
	size_t program_count;
	size_t optional_count;	 /* of these, the last: that the kernel refuses one is no failure */
	const char *const *maps; /* names of tables in the text */
	size_t map_count;
	uint32_t ring_size; /* octets, a power of two and a multiple of the page size */
	bool verbose;	    /* the verifier's log on stderr when a program is refused */
};

/* Descriptors in the order of the request; all are the caller's to close. */
struct loader_result {
	int ring;
	int programs[LOADER_PROGRAMS_MAX]; /* -1: optional, and refused */
	int refused[LOADER_PROGRAMS_MAX];  /* then why: an errno; else 0 */
	int maps[LOADER_MAPS_MAX]; /* one that the text leaves out is the ring, a second time */
	bool has_task_offsets;	   /* process names, and children that use a parent's socket */
};

/*
 * Compiles and loads. Returns false with one line in `error` (without a newline): what failed,
 * why, and what to do. The compiler's own messages are on stderr by then.
 */
bool loader_load(struct loader_result *result, const struct loader_request *request,
		 char error[LOADER_ERROR_MAX]);

#endif
