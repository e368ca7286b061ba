/* SPDX-License-Identifier: Apache-2.0 */
#include "bpf/kernel_types.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

#define NESTING_MAX 8

static const struct btf *btf_of(const struct kernel_types *types)
{
	return (const struct btf *)types;
}

struct kernel_types *kernel_types_load(void)
{
	return (struct kernel_types *)btf__load_vmlinux_btf();
}

void kernel_types_free(struct kernel_types *types)
{
	btf__free((struct btf *)types);
	/* As much as the tool itself needs would stay resident. */
	malloc_trim(0);
}

static const struct btf_type *find(const struct btf *btf, const char *name, uint32_t kind)
{
	int id = btf__find_by_name_kind(btf, name, kind);

	return id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;
}

/* Behind typedefs, const and the like. */
static const struct btf_type *resolve(const struct btf *btf, uint32_t id)
{
	int resolved = btf__resolve_type((struct btf *)btf, id);

	return resolved > 0 ? btf__type_by_id(btf, (__u32)resolved) : NULL;
}

static void set_member(const struct btf *btf, const struct btf_type *type, uint32_t i,
		       uint32_t base, struct kernel_member *member)
{
	long long size = btf__resolve_size(btf, btf_members(type)[i].type);

	member->offset = base + btf_member_bit_offset(type, i) / 8;
	member->size = size < 0 || btf_member_bitfield_size(type, i) ? 0 : (uint32_t)size;
}

static bool find_member(const struct btf *btf, const struct btf_type *type, const char *name,
			uint32_t base, unsigned int nesting, struct kernel_member *member)
{
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *m = btf_members(type) + i;
		const char *own = btf__name_by_offset(btf, m->name_off);
		const struct btf_type *inner;

		if (own && own[0] && strcmp(own, name) == 0) {
			set_member(btf, type, i, base, member);
			return true;
		}
		if ((own && own[0]) || nesting == NESTING_MAX)
			continue;
		inner = resolve(btf, m->type);
		if (inner && btf_is_composite(inner) &&
		    find_member(btf, inner, name, base + btf_member_bit_offset(type, i) / 8,
				nesting + 1, member))
			return true;
	}
	return false;
}

bool kernel_types_member(const struct kernel_types *types, const char *type, const char *name,
			 struct kernel_member *member)
{
	const struct btf *btf = btf_of(types);
	const struct btf_type *found = find(btf, type, BTF_KIND_STRUCT);

	return found && find_member(btf, found, name, 0, 0, member);
}

bool kernel_types_enumerators(const struct kernel_types *types, const char *type,
			      kernel_enumerator_fn fn, void *context)
{
	const struct btf *btf = btf_of(types);
	const struct btf_type *found = find(btf, type, BTF_KIND_ENUM);

	if (!found)
		return false;
	for (uint32_t i = 0; i < btf_vlen(found); i++) {
		const struct btf_enum *e = btf_enum(found) + i;

		fn(context, btf__name_by_offset(btf, e->name_off), e->val);
	}
	return true;
}

struct wanted_enumerator {
	const char *name;
	int32_t *value;
	bool found;
};

static void compare(void *context, const char *name, int32_t value)
{
	struct wanted_enumerator *wanted = context;

	if (strcmp(name, wanted->name) != 0)
		return;
	*wanted->value = value;
	wanted->found = true;
}

bool kernel_types_enumerator(const struct kernel_types *types, const char *type, const char *name,
			     int32_t *value)
{
	struct wanted_enumerator wanted = {.name = name, .value = value};

	return kernel_types_enumerators(types, type, compare, &wanted) && wanted.found;
}

/* btf_trace_NAME points to a function whose first parameter is the program's own data. */
unsigned int kernel_types_tracepoint(const struct kernel_types *types, const char *name)
{
	const struct btf *btf = btf_of(types);
	const struct btf_type *type;
	char full[64];

	if (snprintf(full, sizeof(full), "btf_trace_%s", name) >= (int)sizeof(full))
		return 0;
	type = find(btf, full, BTF_KIND_TYPEDEF);
	type = type ? btf__type_by_id(btf, type->type) : NULL;
	type = type && btf_is_ptr(type) ? btf__type_by_id(btf, type->type) : NULL;
	return type && btf_is_func_proto(type) && btf_vlen(type) ? btf_vlen(type) - 1u : 0;
}
