/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the running kernel's structs have their members: from its BTF, for the BPF programs that
 * read kernel memory. No kernel header is used anywhere.
 */
#ifndef COMMON_BPF_KERNEL_TYPES_H
#define COMMON_BPF_KERNEL_TYPES_H

#include <stdbool.h>
#include <stdint.h>

struct kernel_types;

/* NULL where the kernel has no BTF. Takes some 10 ms and 6 MB until it is freed. */
struct kernel_types *kernel_types_load(void);
void kernel_types_free(struct kernel_types *types);

struct kernel_member {
	uint32_t offset; /* octets, in the outermost struct */
	uint32_t size;	 /* octets; 0: a bit field */
};

/* Also a member of structs and unions without a name inside `type`. */
bool kernel_types_member(const struct kernel_types *types, const char *type, const char *name,
			 struct kernel_member *member);

/* The value of `name` in `enum type`. */
bool kernel_types_enumerator(const struct kernel_types *types, const char *type, const char *name,
			     int32_t *value);

typedef void (*kernel_enumerator_fn)(void *context, const char *name, int32_t value);
/* Calls `fn` for each; false where there is no such enum. The names go with `types`. */
bool kernel_types_enumerators(const struct kernel_types *types, const char *type,
			      kernel_enumerator_fn fn, void *context);

/* How many arguments a tracepoint gives to a raw program; 0: there is none, or it is not told. */
unsigned int kernel_types_tracepoint(const struct kernel_types *types, const char *name);

#endif
