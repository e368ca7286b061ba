/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which process uses a socket for DNS. The hooks run in the process: at connect() and at a
 * sendto() that names a DNS server; with WANT_SERVER also at bind() and accept().
 */

/* libbcc 0.26 declares the result as u32: cookies would lose their upper half. */
static u64 (*socket_cookie)(void *context) = (void *)BPF_FUNC_get_socket_cookie;

/* By number, as libbcc of some releases has no name for it. */
static u64 (*current_cgroup)(void) = (void *)BPF_FUNC_get_current_cgroup_id;

BPF_F_TABLE(OWNER_TABLE, u64, struct socket_owner, owners, OWNERS_MAX, 0);
/* Read and reset by user space without a system call: also after privileges are gone. */
BPF_F_TABLE("array", u32, u64, losses, LOSS_CPUS_MAX *LOSS_CAUSES, BPF_F_MMAPABLE);

static __always_inline void count_loss(enum loss_cause cause)
{
	u32 index = (bpf_get_smp_processor_id() & (LOSS_CPUS_MAX - 1)) * LOSS_CAUSES + cause;
	u64 *count = losses.lookup(&index);

	if (count)
		__sync_fetch_and_add(count, 1);
}

#ifdef TASK_GROUP_LEADER
/*
 * The TASK_ and CRED_ offsets come from the kernel's BTF and are set by the loader where there
 * is one and lockdown does not forbid the reading.
 */
/* By number: libbcc replaces the name when it cannot find it in /proc/kallsyms. */
static long (*read_kernel)(void *place, u32 size,
			   const void *from) = (void *)BPF_FUNC_probe_read_kernel;
static long (*read_kernel_str)(void *place, u32 size,
			       const void *from) = (void *)BPF_FUNC_probe_read_kernel_str;

static __always_inline void *read_pointer(const void *object, u32 offset)
{
	void *value = NULL;

	read_kernel(&value, sizeof(value), (const char *)object + offset);
	return value;
}

static __always_inline u32 read_u32(const void *object, u32 offset)
{
	u32 value = 0;

	read_kernel(&value, sizeof(value), (const char *)object + offset);
	return value;
}

/*
 * Zeros after its end, as bpf_get_current_comm() has it: names are compared as 16 octets. The
 * kernel's own field keeps what is left of a longer name (on 5.10 "dig" is followed by the rest of
 * "python3").
 */
static __always_inline void read_task_comm(char comm[16], const void *task)
{
	__builtin_memset(comm, 0, 16);
	read_kernel_str(comm, 16, (const char *)task + TASK_COMM);
}
#endif

/* A thread may have a name of its own ("isc-net-0000" in dig): the process' name is wanted. */
static __always_inline void read_comm(char comm[16], u64 pid_tgid)
{
	bpf_get_current_comm(comm, 16);
#ifdef TASK_GROUP_LEADER
	if ((u32)pid_tgid != (u32)(pid_tgid >> 32)) {
		void *task = (void *)bpf_get_current_task();

		read_task_comm(comm, read_pointer(task, TASK_GROUP_LEADER));
	}
#endif
}

/* The process that runs; not which server it named. */
static __always_inline void note_caller(struct socket_owner *owner)
{
	u64 pid_tgid = bpf_get_current_pid_tgid();

	owner->pid = owner->creator = pid_tgid >> 32;
	owner->tid = (u32)pid_tgid;
	owner->uid = (u32)bpf_get_current_uid_gid();
	owner->cgroup = current_cgroup();
	owner->since = bpf_ktime_get_ns();
	read_comm(owner->comm, pid_tgid);
}

static __always_inline bool same_16(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return x[0] == y[0] && x[1] == y[1];
}

/*
 * True when `old` says all that is to be said. A thread that is not the first cannot have
 * executed another program meanwhile, so its process' name need not be read again.
 */
static __always_inline bool is_noted(const struct socket_owner *old, struct socket_owner *new)
{
	if (old->pid != new->pid || old->tid != new->tid || old->uid != new->uid ||
	    old->cgroup != new->cgroup || !same_16(old->asked_address, new->asked_address) ||
	    *(u64 *)old->asked_port != *(u64 *)new->asked_port)
		return false;
	if (new->tid != new->pid)
		return true;
	bpf_get_current_comm(new->comm, sizeof(new->comm));
	return same_16(old->comm, new->comm);
}

/*
 * Looks before it writes: an update costs far more than a look-up, and `since` stays what
 * it was for a socket that is used again and again.
 */
static __always_inline void note_owner(u64 cookie, struct socket_owner *new)
{
	struct socket_owner *old = owners.lookup(&cookie);
	u64 pid_tgid = bpf_get_current_pid_tgid();

	new->pid = new->creator = pid_tgid >> 32;
	new->tid = (u32)pid_tgid;
	new->uid = (u32)bpf_get_current_uid_gid();
	new->cgroup = current_cgroup();
	if (old && is_noted(old, new))
		return;
	read_comm(new->comm, pid_tgid);
	new->since = bpf_ktime_get_ns();
	if (owners.update(&cookie, new) != 0)
		count_loss(LOSS_OWNER);
}

static __always_inline void put_port(u8 place[2], u16 port)
{
	place[0] = port >> 8;
	place[1] = port & 0xff;
}

static __always_inline void note_asked(struct bpf_sock_addr *address, bool ipv6)
{
	struct socket_owner owner = {};
	u16 port = bpf_ntohs((u16)address->user_port);
	u32 *word = (u32 *)owner.asked_address;

	if (!IS_DNS_PORT(port))
		return;
	put_port(owner.asked_port, port);
	if (ipv6) {
		word[0] = address->user_ip6[0];
		word[1] = address->user_ip6[1];
		word[2] = address->user_ip6[2];
		word[3] = address->user_ip6[3];
	} else {
		word[2] = bpf_htonl(0xffff);
		word[3] = address->user_ip4;
	}
	note_owner(socket_cookie(address), &owner);
}

#ifdef TASK_GROUP_LEADER
/* True when `pid` is the parent, or parent's parent (to three generations), of `task`. */
static __always_inline bool descends_from(void *task, u32 pid)
{
#pragma unroll
	for (int i = 0; i < 3; i++) {
		task = read_pointer(task, TASK_REAL_PARENT);
		if (read_u32(task, TASK_TGID) == pid)
			return true;
	}
	return false;
}

/* The process may have executed another program since: see is_noted(). */
static __always_inline void follow_program(struct socket_owner *owner, void *task)
{
	u64 comm[2];

	read_task_comm((char *)comm, task);
	if (!same_16(owner->comm, comm))
		__builtin_memcpy(owner->comm, comm, sizeof(comm));
}

/*
 * No hook runs for send() on a connected socket, so a child that inherited the socket is only
 * seen as the task that is sending. That task is believed when it is the creator or descends
 * from it, and not otherwise: a packet that went through NFQUEUE is sent on by the task that
 * judged it.
 */
static __always_inline struct socket_owner *follow_sender(u64 cookie, struct socket_owner *owner)
{
	void *task = (void *)bpf_get_current_task(), *leader;
	u32 ids[2], pid, tid;
	struct socket_owner sender;

	/* task_struct has pid (the thread) and tgid (the process) side by side. */
	read_kernel(ids, sizeof(ids), (char *)task + TASK_PID);
	tid = ids[0];
	pid = ids[1];
	if (pid == owner->pid) {
		if (owner->tid != tid)
			owner->tid = tid;
		if (tid == pid)
			follow_program(owner, task);
		return owner;
	}
	leader = read_pointer(task, TASK_GROUP_LEADER);
	if (pid != owner->creator && !descends_from(leader, owner->creator))
		return owner;
	sender = *owner;
	sender.since = bpf_ktime_get_ns();
	sender.pid = pid;
	sender.tid = tid;
	sender.uid = read_u32(read_pointer(task, TASK_CRED), CRED_UID);
	read_task_comm(sender.comm, leader);
	if (owners.update(&cookie, &sender) != 0)
		count_loss(LOSS_OWNER);
	return owners.lookup(&cookie);
}
#endif

#ifdef WANT_CONNECTS
/* lib/connect.bpf.h */
static __always_inline void record_connect(struct bpf_sock_addr *address, bool ipv6);
#define RECORD_CONNECT_OF(address, ipv6) record_connect(address, ipv6)
#else
#define RECORD_CONNECT_OF(address, ipv6)
#endif

/* Verdict 1 of every hook: go on. These tools only watch. */
int on_connect4(void *context)
{
	note_asked(context, false);
	RECORD_CONNECT_OF(context, false);
	return 1;
}

int on_connect6(void *context)
{
	note_asked(context, true);
	RECORD_CONNECT_OF(context, true);
	return 1;
}

int on_sendmsg4(void *context)
{
	note_asked(context, false);
	return 1;
}

int on_sendmsg6(void *context)
{
	note_asked(context, true);
	return 1;
}

int on_sock_release(void *context)
{
	u64 cookie = socket_cookie(context);

	owners.delete(&cookie);
	return 1;
}

#if WANT_SERVER
static __always_inline int note_server(void *context, u16 local_port)
{
	struct socket_owner owner = {};

	if (IS_DNS_PORT(local_port))
		note_owner(socket_cookie(context), &owner);
	return 1;
}

/* After bind(): UDP servers, and TCP's listening sockets. */
int on_post_bind4(void *context)
{
	struct bpf_sock *sk = context;

	return note_server(context, (u16)sk->src_port);
}

int on_post_bind6(void *context)
{
	struct bpf_sock *sk = context;

	return note_server(context, (u16)sk->src_port);
}

/* Runs inside accept() when the caller asks for the peer's address. */
static __always_inline int note_accepted(struct bpf_sock_addr *address)
{
	struct bpf_sock *sk = address->sk;

	return sk ? note_server(address, (u16)sk->src_port) : 1;
}

int on_getpeername4(void *context)
{
	return note_accepted(context);
}

int on_getpeername6(void *context)
{
	return note_accepted(context);
}
#endif
