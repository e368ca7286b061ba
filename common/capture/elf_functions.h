/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where functions are in a shared library: offsets in its file, as probes take them.
 */
#ifndef COMMON_CAPTURE_ELF_FUNCTIONS_H
#define COMMON_CAPTURE_ELF_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

struct elf_function {
	size_t name;	 /* which of the names */
	uint64_t offset; /* in the file */
};

/*
 * Looks for `count` names among the dynamic symbols of the ELF file `fd`, which may hold any
 * octets: of this machine's own kind and word size alone. Each place is told once, of two names for
 * it the first of the file. Returns how many were found, at most `room`; 0 also where it is no such
 * file.
 */
size_t elf_functions(int fd, const char *const *names, size_t count, struct elf_function *found,
		     size_t room);

#endif
