/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to the C library's resolver functions: probes where they begin and where they return.
 * ARGUMENT_, RETURN_VALUE and STACK_POINTER are places in struct pt_regs: capture/calls.c.
 *
 * Nothing is kept here: user space finds the return that belongs to a call by the thread and the
 * place on its stack.
 */

static long (*read_user)(void *place, u32 size,
			 const void *from) = (void *)BPF_FUNC_probe_read_user;
static long (*read_user_str)(void *place, u32 size,
			     const void *from) = (void *)BPF_FUNC_probe_read_user_str;

static __always_inline u64 register_of(void *context, u32 place)
{
	return *(u64 *)((char *)context + place);
}

static __always_inline void fill_call(struct socket_record *r, u32 size)
{
	r->cookie = 0;
	r->size = r->wire_size = size;
	r->flags = RECORD_CALL | RECORD_HAS_OWNER;
	r->ifindex = 0;
	r->code = 0;
	__builtin_memset(&r->owner, 0, sizeof(r->owner));
	note_caller(&r->owner);
	r->time = r->owner.since;
}

static __always_inline void leave_caller(u64 who)
{
	u32 place = CONTROL_CALLERS;
	u64 *count = control.lookup(&place), *caller;

	if (!count)
		return;
	place = CONTROL_CALLER + *count % CALLERS_MAX;
	caller = control.lookup(&place);
	if (caller)
		*(volatile u64 *)caller = who;
	*(volatile u64 *)count += 1;
}

/* Whoever looks at the caller must come before it has ended. */
static __always_inline void submit_begin(struct socket_record *r)
{
	u64 wakeup = wakeup_beyond(READER_PAUSED);

	if (wakeup == BPF_RB_FORCE_WAKEUP)
		leave_caller((u64)r->owner.pid << 32 | r->owner.tid);
	ring_submit(r, wakeup);
}

#define CALL_SIZE (sizeof(struct call_record) + CALL_TEXT_MAX)

static __always_inline struct socket_record *begin_call(void *context, u16 function)
{
	struct socket_record *r = ring_reserve(RING, sizeof(*r) + CALL_SIZE, 0);
	struct call_record *call;

	if (!r) {
		count_loss(LOSS_RING);
		return 0;
	}
	fill_call(r, CALL_SIZE);
	call = (struct call_record *)r->packet;
	__builtin_memset(call, 0, sizeof(*call));
	call->stack = register_of(context, STACK_POINTER);
	call->function = function;
	return r;
}

/* The size of a string that was read, without its NUL. */
static __always_inline u16 text_size(long read)
{
	return read > 0 ? read - 1 : 0;
}

static __always_inline int call_by_name(void *context, u16 function, u32 name, u32 type)
{
	struct socket_record *r = begin_call(context, function);
	struct call_record *call;

	if (!r)
		return 0;
	call = (struct call_record *)r->packet;
	call->name_size = text_size(
		read_user_str(call->text, CALL_NAME_MAX, (void *)register_of(context, name)));
	if (type)
		call->type = register_of(context, type);
	if (function == CALL_GETADDRINFO)
		call->service_size =
			text_size(read_user_str(call->text + CALL_NAME_MAX, CALL_SERVICE_MAX,
						(void *)register_of(context, ARGUMENT_2)));
	submit_begin(r);
	return 0;
}

/* `type` of a bare address is its family. */
static __always_inline int call_by_address(void *context, u16 function)
{
	struct socket_record *r = begin_call(context, function);
	const void *address = (void *)register_of(context, ARGUMENT_1);
	struct call_record *call;

	if (!r)
		return 0;
	call = (struct call_record *)r->packet;
	if (function == CALL_GETHOSTBYADDR)
		call->type = register_of(context, ARGUMENT_3);
	/* The end of the shorter one may be the end of the process' memory. */
	if (read_user(call->text, CALL_SOCKADDR, address) == 0)
		call->name_size = CALL_SOCKADDR;
	else if (read_user(call->text, 16, address) == 0)
		call->name_size = 16;
	submit_begin(r);
	return 0;
}

int on_getaddrinfo(void *context)
{
	return call_by_name(context, CALL_GETADDRINFO, ARGUMENT_1, 0);
}

int on_getnameinfo(void *context)
{
	return call_by_address(context, CALL_GETNAMEINFO);
}

int on_gethost(void *context)
{
	return call_by_name(context, CALL_GETHOSTBYNAME, ARGUMENT_1, 0);
}

int on_gethost2(void *context)
{
	return call_by_name(context, CALL_GETHOSTBYNAME2, ARGUMENT_1, 0);
}

int on_gethost_r(void *context)
{
	return call_by_name(context, CALL_GETHOSTBYNAME_R, ARGUMENT_1, 0);
}

int on_gethost2_r(void *context)
{
	return call_by_name(context, CALL_GETHOSTBYNAME2_R, ARGUMENT_1, 0);
}

int on_gethostaddr(void *context)
{
	return call_by_address(context, CALL_GETHOSTBYADDR);
}

int on_res_query(void *context)
{
	return call_by_name(context, CALL_RES_QUERY, ARGUMENT_1, ARGUMENT_3);
}

int on_res_search(void *context)
{
	return call_by_name(context, CALL_RES_SEARCH, ARGUMENT_1, ARGUMENT_3);
}

int on_res_nquery(void *context)
{
	return call_by_name(context, CALL_RES_NQUERY, ARGUMENT_2, ARGUMENT_4);
}

int on_res_nsearch(void *context)
{
	return call_by_name(context, CALL_RES_NSEARCH, ARGUMENT_2, ARGUMENT_4);
}

int on_call_return(void *context)
{
	struct socket_record *r = ring_reserve(RING, sizeof(*r) + sizeof(struct call_record), 0);
	struct call_record *call;

	if (!r) {
		count_loss(LOSS_RING);
		return 0;
	}
	fill_call(r, sizeof(*call));
	call = (struct call_record *)r->packet;
	__builtin_memset(call, 0, sizeof(*call));
	call->stack = register_of(context, STACK_POINTER) - RETURN_STACK_SKEW;
	call->result = register_of(context, RETURN_VALUE);
	call->function = CALL_RETURN;
	ring_submit(r, wakeup_flag());
	return 0;
}
