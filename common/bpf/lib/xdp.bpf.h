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

	if (offset > XDP_OFFSET_MAX)
		return false;
	/* Changes nothing, but shows the verifier the bound. */
	asm volatile("" : "+r"(offset));
	data += offset & XDP_OFFSET_MAX;
	if (data + size > end)
		return false;
	__builtin_memcpy(to, data, size);
	return true;
}

/*
 * The octets that one bit of `size` stands for, behind those of the bits above it: so the verifier
 * sees few ways through this, and a bound for each.
 */
static __always_inline bool copy_bit(u8 *to, const u8 *from, const u8 *end, u32 size, const u32 bit,
				     const u32 room)
{
	u32 done = size & (2 * room - 1) & ~(2 * bit - 1);

	if (!(size & bit))
		return true;
	asm volatile("" : "+r"(done));
	done &= room - 1;
	to += done;
	from += done;
	/* Changes nothing, but keeps what is compared and what is read in one register. */
	asm volatile("" : "+r"(from));
	if (from + bit > end)
		return false;
	if (bit >= 8) {
		for (u32 i = 0; i < bit; i += 8)
			*(u64 *)(to + i) = *(const u64 *)(from + i);
	} else if (bit == 4) {
		*(u32 *)to = *(const u32 *)from;
	} else if (bit == 2) {
		*(u16 *)to = *(const u16 *)from;
	} else {
		*to = *from;
	}
	return true;
}

/* 1 <= size <= room, a power of two from 128 to XDP_COPY_MAX. */
static __always_inline bool xdp_copy(void *context, u32 offset, u8 *to, u32 size, const u32 room)
{
	struct xdp_md *frame = context;
	u8 *from = (void *)(long)frame->data;
	u8 *end = (void *)(long)frame->data_end;

	if (offset > XDP_OFFSET_MAX)
		return false;
	asm volatile("" : "+r"(offset));
	from += offset & XDP_OFFSET_MAX;
#pragma unroll
	for (u32 shift = 0; shift < 12; shift++)
		if (room >> shift && !copy_bit(to, from, end, size, room >> shift, room))
			return false;
	return true;
}
#endif
