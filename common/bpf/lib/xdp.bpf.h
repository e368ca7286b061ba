/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a frame at XDP. bpf_xdp_load_bytes() came with 5.18 (HAS_XDP_LOAD_BYTES); before, and
 * only then, the octets are copied here.
 */

#ifdef HAS_XDP_LOAD_BYTES
/* By number, as libbcc of some releases has no name for it. */
static long (*xdp_load_bytes)(void *context, u32 offset, void *to, u32 size) = (void *)189;

static __always_inline bool xdp_load(void *context, u32 offset, void *to, u32 size)
{
	return xdp_load_bytes(context, offset, to, size) == 0;
}
#else
#define XDP_COPY_MAX   2048
#define XDP_OFFSET_MAX 1023 /* of any header: the verifier wants a bound */

static __always_inline bool xdp_load(void *context, u32 offset, void *to, const u32 size)
{
	struct xdp_md *frame = context;
	u8 *data = (void *)(long)frame->data;
	u8 *end = (void *)(long)frame->data_end;

	if (offset > XDP_OFFSET_MAX || data + offset + size > end)
		return false;
	__builtin_memcpy(to, data + offset, size);
	return true;
}

#define COPY_STEP(type)                                                                            \
	if (size & sizeof(type)) {                                                                 \
		if (from + sizeof(type) > end)                                                     \
			return false;                                                              \
		*(type *)(to + (done & (room - sizeof(type)))) = *(type *)from;                    \
		from += sizeof(type);                                                              \
		done += sizeof(type);                                                              \
	}

/* In steps of eight octets, then what is left. 1 <= size <= room, a power of two. */
static __always_inline bool xdp_copy(void *context, u32 offset, u8 *to, u32 size, const u32 room)
{
	struct xdp_md *frame = context;
	u8 *from = (void *)(long)frame->data;
	u8 *end = (void *)(long)frame->data_end;
	u32 done = 0;

	if (offset > XDP_OFFSET_MAX)
		return false;
	from += offset;
	for (u32 i = 0; i < room / 8; i++) {
		if (done + 8 > size)
			break;
		if (from + 8 > end)
			return false;
		*(u64 *)(to + (done & (room - 8))) = *(u64 *)from;
		from += 8;
		done += 8;
	}
	if (done == room)
		return true;
	COPY_STEP(u32)
	COPY_STEP(u16)
	COPY_STEP(u8)
	return true;
}
#endif
