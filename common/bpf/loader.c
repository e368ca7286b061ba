/* SPDX-License-Identifier: Apache-2.0 */
#include "bpf/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bcc/bcc_common.h>
#include <bpf/bpf.h>

#include "bpf/kernel.h"
#include "bpf/stubs.h"

#define VERIFIER_LOG_SIZE (1 << 20)
#define DEFINES_MAX	  1024
#define FDS_MAX		  (1 + LOADER_PROGRAMS_MAX + LOADER_MAPS_MAX)

/*
 * What the child sends, with the descriptors: ring, programs, maps. Of libbcc only what
 * compiles is used, by name: its load call differs from release to release (11 parameters up
 * to 0.24, 12 from 0.25 on, under one soname), libbpf's does not.
 */
struct child_message {
	bool failed;
	bool has_task_offsets;
	int refused[LOADER_PROGRAMS_MAX]; /* an errno, with the ring in the program's place */
	char error[LOADER_ERROR_MAX];
};

struct compiler {
	__typeof__(&bpf_module_create_c_from_string) create;
	__typeof__(&bpf_function_start) start;
	__typeof__(&bpf_function_size) size;
	__typeof__(&bpf_table_fd) table_fd;
};

static bool fail(char error[LOADER_ERROR_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool fail(char error[LOADER_ERROR_MAX], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, LOADER_ERROR_MAX, format, arguments);
	va_end(arguments);
	return false;
}

static bool open_compiler(struct compiler *compiler, char error[LOADER_ERROR_MAX])
{
	void *library = dlopen("libbcc.so.0", RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		fail(error, "libbcc: %s: install it (Debian: libbpfcc)", dlerror());
		return false;
	}
	compiler->create = dlsym(library, "bpf_module_create_c_from_string");
	compiler->start = dlsym(library, "bpf_function_start");
	compiler->size = dlsym(library, "bpf_function_size");
	compiler->table_fd = dlsym(library, "bpf_table_fd");
	if (compiler->create && compiler->start && compiler->size && compiler->table_fd)
		return true;
	fail(error, "libbcc: a function is missing: install libbcc 0.18 or later");
	return false;
}

static int create_ring(uint32_t size, char error[LOADER_ERROR_MAX])
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "dns_ring", 0, 0, size, NULL);

	if (fd < 0)
		kernel_explain(error, LOADER_ERROR_MAX, "cannot create the ring buffer", errno);
	return fd;
}

static void write_defines(char defines[DEFINES_MAX], int ring, uint32_t ring_size, bool *has_task)
{
	struct kernel_task_offsets task;
	int n = snprintf(defines, DEFINES_MAX, "#define RING_FD %d\n#define RING_SIZE %u\n", ring,
			 ring_size);

	*has_task = kernel_task_offsets(&task);
	if (*has_task)
		snprintf(defines + n, DEFINES_MAX - (size_t)n,
			 "#define TASK_GROUP_LEADER %u\n#define TASK_REAL_PARENT %u\n"
			 "#define TASK_TGID %u\n#define TASK_PID %u\n#define TASK_COMM %u\n"
			 "#define TASK_CRED %u\n#define CRED_UID %u\n",
			 task.group_leader, task.real_parent, task.tgid, task.pid, task.comm,
			 task.cred, task.cred_uid);
}

/*
 * libbcc reads all of /proc/kallsyms to choose the helper for dereferences that it rewrites.
 * These programs leave it none to rewrite, and the reading takes as long as the compiling: so
 * this child sees an empty file. Where that cannot be had, it only takes longer.
 */
static void hide_kernel_symbols(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return;
	mount("/dev/null", "/proc/kallsyms", NULL, MS_BIND, NULL);
}

static void *compile(const struct compiler *compiler, const char *defines, const char *text)
{
	size_t size = strlen(defines) + strlen(text) + 1;
	char *source = malloc(size);
	void *module;

	if (!source)
		return NULL;
	snprintf(source, size, "%s%s", defines, text);
	module = compiler->create(source, 0, NULL, 0, true, NULL);
	free(source);
	return module;
}

static int load_program(const struct compiler *compiler, void *module,
			const struct loader_program *program, char *log)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = program->attach);

	if (log) {
		options.log_buf = log;
		options.log_size = VERIFIER_LOG_SIZE;
		options.log_level = 1;
	}
	return bpf_prog_load(
		program->type, program->function, "GPL", compiler->start(module, program->function),
		compiler->size(module, program->function) / sizeof(struct bpf_insn), &options);
}

static void show_verifier_log(const struct compiler *compiler, void *module,
			      const struct loader_program *program)
{
	char *log = calloc(1, VERIFIER_LOG_SIZE);

	if (log && load_program(compiler, module, program, log) < 0)
		fprintf(stderr, "%s\n", log);
	free(log);
}

/* fds[0] is the ring, then come the programs. */
static bool load_programs(const struct compiler *compiler, void *module,
			  const struct loader_request *request, int *fds,
			  struct child_message *message)
{
	char what[128];

	for (size_t i = 0; i < request->program_count; i++) {
		fds[1 + i] = load_program(compiler, module, &request->programs[i], NULL);
		if (fds[1 + i] >= 0)
			continue;
		if (i + request->optional_count >= request->program_count) {
			message->refused[i] = errno;
			fds[1 + i] = fds[0];
			continue;
		}
		snprintf(what, sizeof(what), "the kernel refused the BPF program %s%s",
			 request->programs[i].function,
			 request->verbose ? "" : " (-v shows the verifier's log)");
		kernel_explain(message->error, LOADER_ERROR_MAX, what, errno);
		if (request->verbose)
			show_verifier_log(compiler, module, &request->programs[i]);
		return false;
	}
	return true;
}

/* The ring takes the place of what is not there, as a descriptor must be sent. */
static int map_fd(const struct compiler *compiler, void *module, const char *name, int ring)
{
	int fd = compiler->table_fd(module, name);

	return fd < 0 ? ring : fd;
}

static bool compile_and_load(const struct loader_request *request, int fds[FDS_MAX],
			     struct child_message *message)
{
	char defines[DEFINES_MAX], stub_folder[STUBS_PATH_MAX];
	struct compiler compiler;
	void *module;

	fds[0] = create_ring(request->ring_size, message->error);
	if (fds[0] < 0 || !open_compiler(&compiler, message->error))
		return false;
	write_defines(defines, fds[0], request->ring_size, &message->has_task_offsets);
	if (!stubs_write(stub_folder, message->error, sizeof(message->error)))
		return false;
	hide_kernel_symbols();
	module = compile(&compiler, defines, request->text);
	stubs_remove(stub_folder);
	if (!module)
		return fail(message->error, "libbcc could not compile the BPF program or create "
					    "its maps: see the lines above");
	if (!load_programs(&compiler, module, request, fds, message))
		return false;
	for (size_t i = 0; i < request->map_count; i++)
		fds[1 + request->program_count + i] =
			map_fd(&compiler, module, request->maps[i], fds[0]);
	return true;
}

static void send_message(int channel, const struct child_message *message, const int *fds,
			 size_t fd_count)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	} control = {0};
	struct iovec data = {.iov_base = (void *)message, .iov_len = sizeof(*message)};
	struct msghdr packet = {.msg_iov = &data, .msg_iovlen = 1};

	if (fd_count) {
		packet.msg_control = &control;
		packet.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * fd_count);
	}
	while (sendmsg(channel, &packet, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static size_t count_fds(const struct loader_request *request)
{
	return 1 + request->program_count + request->map_count;
}

/*
 * libbcc puts the current directory first on its include path: from "/", nobody but root can
 * plant a header there.
 */
static void run_child(int channel, const struct loader_request *request)
{
	struct child_message message = {0};
	int fds[FDS_MAX];

	/* libbcc prints its errors on stdout, which belongs to the tool's own output. */
	bool redirected = dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;

	/* Ctrl-C shall not leave the folder of headers behind; this takes a moment only. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	if (!redirected || chdir("/") < 0)
		message.failed =
			!fail(message.error, "cannot prepare the compiler: %s", strerror(errno));
	else
		message.failed = !compile_and_load(request, fds, &message);
	send_message(channel, &message, fds, message.failed ? 0 : count_fds(request));
	/* Without exit handlers: they are the parent's, and LLVM's take long. */
	fflush(stderr);
	_exit(0);
}

static bool receive_message(int channel, struct child_message *message, int *fds, size_t fd_count)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	} control;
	struct iovec data = {.iov_base = message, .iov_len = sizeof(*message)};
	struct msghdr packet = {.msg_iov = &data,
				.msg_iovlen = 1,
				.msg_control = &control,
				.msg_controllen = sizeof(control)};
	struct cmsghdr *header;
	ssize_t n;

	do
		n = recvmsg(channel, &packet, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(*message))
		return false;
	if (message->failed)
		return true;
	if (packet.msg_flags & MSG_CTRUNC) {
		fail(message->error, "too many open files: raise the limit (ulimit -n)");
		message->failed = true;
		return true;
	}
	header = CMSG_FIRSTHDR(&packet);
	if (!header || header->cmsg_len != CMSG_LEN(sizeof(int) * fd_count))
		return false;
	memcpy(fds, CMSG_DATA(header), sizeof(int) * fd_count);
	return true;
}

static void wait_for(pid_t child)
{
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

static void sort_fds(struct loader_result *result, const struct loader_request *request,
		     const int *fds, const int *refused)
{
	result->ring = fds[0];
	memcpy(result->programs, fds + 1, sizeof(int) * request->program_count);
	memcpy(result->refused, refused, sizeof(int) * request->program_count);
	for (size_t i = 0; i < request->program_count; i++) {
		if (!refused[i])
			continue;
		close(result->programs[i]);
		result->programs[i] = -1;
	}
	memcpy(result->maps, fds + 1 + request->program_count, sizeof(int) * request->map_count);
}

bool loader_load(struct loader_result *result, const struct loader_request *request,
		 char error[LOADER_ERROR_MAX])
{
	struct child_message message;
	int channel[2], fds[FDS_MAX];
	bool received;
	pid_t child;

	if (!kernel_check(error, LOADER_ERROR_MAX))
		return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) < 0)
		return fail(error, "socketpair: %s", strerror(errno));
	fflush(NULL);
	child = fork();
	if (child < 0) {
		close(channel[0]);
		close(channel[1]);
		return fail(error, "fork: %s", strerror(errno));
	}
	if (child == 0)
		run_child(channel[1], request);
	close(channel[1]);
	received = receive_message(channel[0], &message, fds, count_fds(request));
	close(channel[0]);
	wait_for(child);
	if (!received)
		return fail(error, "the compiler ended without a result (out of memory?)");
	if (message.failed)
		return fail(error, "%s", message.error);
	sort_fds(result, request, fds, message.refused);
	result->has_task_offsets = message.has_task_offsets;
	return true;
}
