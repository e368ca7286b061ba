/* SPDX-License-Identifier: Apache-2.0 */
#include "export/feeds_message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

bool feeds_send(int channel, const struct feeds_message *message, int fd)
{
	union control control = {0};
	struct iovec data = {.iov_base = (void *)message, .iov_len = sizeof(*message)};
	struct msghdr packet = {.msg_iov = &data, .msg_iovlen = 1};
	ssize_t n;

	if (fd >= 0) {
		packet.msg_control = &control;
		packet.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	}
	do
		n = sendmsg(channel, &packet, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*message);
}

static int descriptor_of(struct msghdr *packet)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(packet);
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(header), sizeof(int));
	return fd;
}

enum feeds_received feeds_receive(int channel, bool wait, struct feeds_message *message, int *fd)
{
	union control control = {0};
	struct iovec data = {.iov_base = message, .iov_len = sizeof(*message)};
	struct msghdr packet = {.msg_iov = &data,
				.msg_iovlen = 1,
				.msg_control = &control,
				.msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(channel, &packet, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));

	*fd = n > 0 ? descriptor_of(&packet) : -1;
	if (n == (ssize_t)sizeof(*message)) {
		message->line[sizeof(message->line) - 1] = '\0';
		return FEEDS_MESSAGE;
	}
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? FEEDS_NOTHING : FEEDS_ENDED;
}
