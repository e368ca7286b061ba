/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/caller_files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/capability.h>

#include "bpf/lib/record.h"
#include "capture/kept.h"
#include "capture/monotonic.h"

#define PATIENCE_S 1 /* with a file system */

/* Numbers and values that older headers lack. */
#define SYS_CLOSE_RANGE	     436
#define SYS_OPENAT2	     437
#define RESOLVE_MAGICLINKS   0x02 /* RESOLVE_NO_MAGICLINKS */
#define RESOLVE_BELOW_A_ROOT 0x10 /* RESOLVE_IN_ROOT */

struct how_to_open { /* struct open_how */
	uint64_t flags, mode, resolve;
};

union control {
	struct cmsghdr header;
	char octets[CMSG_SPACE(CALLER_FILES * sizeof(int))];
};

/* ---- The tool -------------------------------------------------------------------------------- */

bool caller_files_ask(int channel, uint32_t number, uint32_t pid, uint32_t tid)
{
	const struct caller_files_request request = {.number = number, .pid = pid, .tid = tid};
	ssize_t n;

	/* write(), as the tool may not send any more. */
	do
		n = write(channel, &request, sizeof(request));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(request);
}

static unsigned int received(struct msghdr *message, int fds[CALLER_FILES])
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);
	size_t size;

	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len < CMSG_LEN(0))
		return 0;
	size = header->cmsg_len - CMSG_LEN(0);
	if (size > CALLER_FILES * sizeof(int))
		size = CALLER_FILES * sizeof(int);
	memcpy(fds, CMSG_DATA(header), size);
	return (unsigned int)(size / sizeof(int));
}

/* Descriptors come in the order of the files, without those that could not be opened. */
static void sort_out(struct caller_files_reply *reply, int files[CALLER_FILES], const int *fds,
		     unsigned int count)
{
	unsigned int taken = 0;

	for (int i = 0; i < CALLER_FILES; i++) {
		if (reply->error[i])
			continue;
		if (taken < count)
			files[i] = fds[taken++];
		else
			reply->error[i] = EMFILE; /* there was no room for it here */
	}
	while (taken < count)
		close(fds[taken++]);
	if (reply->stat_size > CALLER_STAT_MAX)
		reply->stat_size = CALLER_STAT_MAX;
}

bool caller_files_take(int channel, struct caller_files_reply *reply, int files[CALLER_FILES])
{
	union control control;
	struct iovec part = {.iov_base = reply, .iov_len = sizeof(*reply)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fds[CALLER_FILES];
	unsigned int count;
	ssize_t n;

	for (int i = 0; i < CALLER_FILES; i++)
		files[i] = -1;
	do
		n = recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	count = received(&message, fds);
	if (n == (ssize_t)sizeof(*reply)) {
		sort_out(reply, files, fds, count);
		return true;
	}
	while (count > 0)
		close(fds[--count]);
	return false;
}

/* ---- The child ------------------------------------------------------------------------------- */

/* A device or a pipe would wait, or do something, when it is opened: it is looked at before. */
static int open_if_regular(int place)
{
	char path[64];
	struct stat status;

	if (fstat(place, &status) < 0)
		return -1;
	if (!S_ISREG(status.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Links lead wherever they do for a process with this root, and nowhere else. */
static int open_below(int root, const char *path, int32_t *error)
{
	const struct how_to_open how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_BELOW_A_ROOT | RESOLVE_MAGICLINKS,
	};
	int place = (int)syscall(SYS_OPENAT2, root, path, &how, sizeof(how)), fd = -1;

	if (place >= 0)
		fd = open_if_regular(place);
	*error = fd < 0 ? errno : 0;
	if (place >= 0)
		close(place);
	return fd;
}

static void read_stat(int thread, struct caller_files_reply *reply)
{
	int fd = openat(thread, "stat", O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, reply->stat, sizeof(reply->stat));
		close(fd);
	}
	reply->stat_size = n > 0 ? (uint32_t)n : 0;
}

/* The folder, once opened, stays that thread's: if it ends, nothing can be opened from there. */
static void open_files(const char *proc, struct caller_files_reply *reply, int files[CALLER_FILES])
{
	static const char *const paths[CALLER_FILES] = {"etc/hosts", "etc/nsswitch.conf"};
	int thread, root = -1;
	char path[96];

	snprintf(path, sizeof(path), "%s/%u/task/%u", proc, reply->pid, reply->tid);
	thread = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (thread >= 0)
		root = openat(thread, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < CALLER_FILES; i++) {
		reply->error[i] = errno;
		files[i] = root < 0 ? -1 : open_below(root, paths[i], &reply->error[i]);
	}
	if (root >= 0) {
		read_stat(thread, reply);
		close(root);
	}
	if (thread >= 0)
		close(thread);
}

/* A tool that does not take its replies loses them. */
static void send_reply(int channel, struct caller_files_reply *reply, const int *files)
{
	union control control = {.octets = {0}};
	struct iovec part = {.iov_base = reply, .iov_len = sizeof(*reply)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	size_t count = 0;
	int fds[CALLER_FILES];

	for (int i = 0; i < CALLER_FILES; i++)
		if (files[i] >= 0)
			fds[count++] = files[i];
	if (count) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	}
	(void)!sendmsg(channel, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void answer(int channel, const char *proc, const struct caller_files_request *request)
{
	struct caller_files_reply reply = {
		.number = request->number,
		.pid = request->pid,
		.tid = request->tid,
		.time = monotonic_ns(),
	};
	int files[CALLER_FILES];

	open_files(proc, &reply, files);
	send_reply(channel, &reply, files);
	for (int i = 0; i < CALLER_FILES; i++)
		if (files[i] >= 0)
			close(files[i]);
}

/* ---- Its life -------------------------------------------------------------------------------- */

struct server {
	int channel;
	const char *proc;
	int epoll;			  /* of the ring and the channel */
	const volatile uint64_t *control; /* enum control_word; NULL: there is none */
	uint64_t callers;		  /* that were looked at */
};

static void look_at(const struct server *s, const struct caller_files_request *request)
{
	alarm(PATIENCE_S);
	answer(s->channel, s->proc, request);
	alarm(0);
}

/* Those that have been overwritten are asked for, if anybody wants them. */
static void look_at_callers(struct server *s)
{
	uint64_t count = s->control ? s->control[CONTROL_CALLERS] : 0;

	if (count - s->callers > CALLERS_MAX)
		s->callers = count - CALLERS_MAX;
	for (; s->callers < count; s->callers++) {
		uint64_t who = s->control[CONTROL_CALLER + s->callers % CALLERS_MAX];
		const struct caller_files_request request = {
			.pid = (uint32_t)(who >> 32),
			.tid = (uint32_t)who,
		};

		look_at(s, &request);
	}
}

/* False: the tool has ended. */
static bool serve_requests(struct server *s)
{
	struct caller_files_request request;
	ssize_t n;

	for (;;) {
		look_at_callers(s);
		n = recv(s->channel, &request, sizeof(request), MSG_TRUNC | MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		if (n == (ssize_t)sizeof(request))
			look_at(s, &request);
	}
}

static bool watch(int epoll, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Probes would live as long as a descriptor of theirs does here. */
static void close_above(int last)
{
	if (syscall(SYS_CLOSE_RANGE, last + 1, ~0U, 0) == 0)
		return;
	for (int fd = (int)sysconf(_SC_OPEN_MAX); fd > last; fd--)
		close(fd);
}

/* Of the others only the lowest numbers are kept: the channel, what waits, and the ring. */
static void take_over(struct server *s, int channel, const struct caller_wakeups *wakeups)
{
	const size_t size = sizeof(uint64_t) * CONTROL_WORDS;
	const int lowest = STDERR_FILENO + 1;
	void *control = MAP_FAILED;
	int ring = -1;

	if (wakeups->control >= 0)
		control = mmap(NULL, size, PROT_READ, MAP_SHARED, wakeups->control, 0);
	s->control = control == MAP_FAILED ? NULL : control;
	s->callers = s->control ? s->control[CONTROL_CALLERS] : 0;
	s->channel = fcntl(channel, F_DUPFD, lowest + 3);
	if (wakeups->ring >= 0)
		ring = fcntl(wakeups->ring, F_DUPFD, lowest + 3);
	s->channel = dup2(s->channel, lowest);
	if (ring >= 0)
		ring = dup2(ring, lowest + 2);
	s->epoll = dup2(epoll_create1(0), lowest + 1);
	close_above(ring >= 0 ? ring : s->epoll);
	if (!watch(s->epoll, s->channel, EPOLLIN))
		_exit(1);
	if (ring >= 0)
		watch(s->epoll, ring, EPOLLIN | EPOLLET);
}

void caller_files_serve(int channel, const char *proc, const struct caller_wakeups *wakeups)
{
	static const unsigned int needed[] = {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH};
	struct server s = {.proc = proc};
	struct epoll_event event;

	keep_capabilities(needed, sizeof(needed) / sizeof(needed[0]));
	take_over(&s, channel, wakeups);
	signal(SIGALRM, SIG_DFL);
	while (serve_requests(&s))
		epoll_wait(s.epoll, &event, 1, -1);
	_exit(0);
}
