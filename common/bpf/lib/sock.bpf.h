/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets as the kernel has them, for programs that are not run for a packet of a hook of ours.
 * The places of members (SOCK_, CGROUP_, KERNFS_) come from the kernel's BTF: capture/probes.c.
 */

#define FAMILY_INET  2
#define FAMILY_INET6 10

/* By number: libbcc replaces the names when it cannot find them in /proc/kallsyms. */
static long (*probe_kernel)(void *place, u32 size,
			    const void *from) = (void *)BPF_FUNC_probe_read_kernel;

static __always_inline u64 probe_u64(const void *object, u32 offset)
{
	u64 value = 0;

	probe_kernel(&value, sizeof(value), (const char *)object + offset);
	return value;
}

static __always_inline u32 probe_u32(const void *object, u32 offset)
{
	u32 value = 0;

	probe_kernel(&value, sizeof(value), (const char *)object + offset);
	return value;
}

static __always_inline u16 probe_u16(const void *object, u32 offset)
{
	u16 value = 0;

	probe_kernel(&value, sizeof(value), (const char *)object + offset);
	return value;
}

static __always_inline u64 sock_cookie(const void *sk)
{
	return probe_u64(sk, SOCK_COOKIE);
}

/* Host order; 0: not bound. */
static __always_inline u16 sock_local_port(const void *sk)
{
	return probe_u16(sk, SOCK_NUM);
}

/*
 * The hooks at a cgroup run for its sockets and those of all cgroups below. The lowest bits of
 * the pointer are flags of kernels before 5.15.
 */
static __always_inline bool sock_is_wanted(const void *sk)
{
#ifdef FILTER_CGROUP
	void *cgroup = (void *)(probe_u64(sk, SOCK_CGROUP) & ~3ULL);

	for (int i = 0; i < 16; i++) {
		if (!cgroup)
			return false;
		if (probe_u64((void *)probe_u64(cgroup, CGROUP_KN), KERNFS_ID) == FILTER_CGROUP)
			return true;
		cgroup = (void *)probe_u64(cgroup, CGROUP_PARENT);
	}
	return false;
#else
	return true;
#endif
}
