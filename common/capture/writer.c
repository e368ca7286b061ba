/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "capture/packet_comment.h"
#include "capture/pcapng.h"

#define BUFFER_SIZE (256 * 1024)

#define LINK_RAW	101
#define RESOLUTION_NS	9
#define OPTION_HARDWARE 2
#define OPTION_OS	3
#define OPTION_PROGRAM	4

/* Of IPv6: what capture hands over is never longer. A jumbogram is cut. */
#define PACKET_SIZE_MAX (40 + 65535)

/* A packet block with everything that it can have, and its interface's, rounded up. */
#define BLOCK_MAX (PACKET_SIZE_MAX + PACKET_COMMENT_MAX + 128)
_Static_assert(BLOCK_MAX < BUFFER_SIZE, "a block fits into the empty buffer");

struct writer {
	int fd;
	bool regular;
	int error;	 /* of the first write that failed; a positive errno */
	uint64_t offset; /* of the clock, see writer_clock() */
	off_t written;	 /* octets of whole blocks in the file */
	struct source *source;
	struct cgroups *cgroups;
	uint32_t interfaces[PCAPNG_INTERFACES_MAX]; /* ifindex of each that is described; 0: none */
	uint32_t interface_count;
	size_t used;
	uint8_t buffer[BUFFER_SIZE]; /* whole blocks */
};

/* ---- Blocks: numbers are in this machine's byte order ---- */

static uint8_t *put_u16(uint8_t *out, unsigned int value)
{
	uint16_t v = (uint16_t)value;

	memcpy(out, &v, sizeof(v));
	return out + sizeof(v);
}

static uint8_t *put_u32(uint8_t *out, uint32_t value)
{
	memcpy(out, &value, sizeof(value));
	return out + sizeof(value);
}

/* With zeros up to the next multiple of four. */
static uint8_t *put_padded(uint8_t *out, const void *octets, size_t size)
{
	size_t padding = -size & 3;

	memcpy(out, octets, size);
	memset(out + size, 0, padding);
	return out + size + padding;
}

static uint8_t *put_option(uint8_t *out, unsigned int code, const void *value, size_t size)
{
	out = put_u16(put_u16(out, code), (unsigned int)size);
	return put_padded(out, value, size);
}

static uint8_t *begin_block(struct writer *w, uint32_t type)
{
	return put_u32(w->buffer + w->used, type) + sizeof(uint32_t);
}

/* The length, before and behind; then the block counts. */
static void end_block(struct writer *w, uint8_t *out)
{
	uint8_t *begin = w->buffer + w->used;
	uint32_t size = (uint32_t)(out - begin) + sizeof(size);

	put_u32(begin + 4, size);
	put_u32(out, size);
	w->used += size;
}

static void put_section(struct writer *w)
{
	static const char program[] = "dnssnoop " VERSION;
	struct utsname machine;
	char system[sizeof(machine.sysname) + sizeof(machine.release) + 1];
	uint8_t *out = begin_block(w, PCAPNG_SECTION);

	out = put_u32(out, PCAPNG_ORDER_MAGIC);
	out = put_u16(put_u16(out, 1), 0);
	out = put_u32(put_u32(out, UINT32_MAX), UINT32_MAX); /* its length: not known */
	if (uname(&machine) == 0) {
		snprintf(system, sizeof(system), "%s %s", machine.sysname, machine.release);
		out = put_option(out, OPTION_HARDWARE, machine.machine, strlen(machine.machine));
		out = put_option(out, OPTION_OS, system, strlen(system));
	}
	out = put_option(out, OPTION_PROGRAM, program, sizeof(program) - 1);
	end_block(w, put_u32(out, PCAPNG_OPTION_END));
}

/* `name` may be NULL. */
static void put_interface(struct writer *w, uint32_t ifindex, const char *name)
{
	static const uint8_t resolution = RESOLUTION_NS;
	uint8_t *out = begin_block(w, PCAPNG_INTERFACE);

	out = put_u32(put_u16(put_u16(out, LINK_RAW), 0), 0);
	if (name)
		out = put_option(out, PCAPNG_OPTION_NAME, name, strnlen(name, PCAPNG_NAME_MAX));
	out = put_option(out, PCAPNG_OPTION_RESOLUTION, &resolution, sizeof(resolution));
	end_block(w, put_u32(out, PCAPNG_OPTION_END));
	w->interfaces[w->interface_count++] = ifindex;
}

/* The number of a packet's interface, which is described before its first packet. */
static uint32_t interface_of(struct writer *w, const struct packet *packet)
{
	const char *name = NULL;
	uint32_t i = 0;

	while (i < w->interface_count && w->interfaces[i] != packet->ifindex)
		i++;
	if (i < w->interface_count)
		return i;
	if (w->source->operations->interface_name)
		name = w->source->operations->interface_name(w->source, packet->ifindex);
	if (!name || i == PCAPNG_INTERFACES_MAX)
		return 0;
	put_interface(w, packet->ifindex, name);
	return i;
}

static uint8_t *put_direction(uint8_t *out, enum packet_direction direction)
{
	uint32_t flags = direction == PACKET_OUT ? PCAPNG_FLAG_OUT : PCAPNG_FLAG_IN;

	if (direction == PACKET_DIRECTION_UNKNOWN)
		return out;
	return put_option(out, PCAPNG_OPTION_FLAGS, &flags, sizeof(flags));
}

/* The moment of the owner is told in the file's clock, like all other times. */
static uint8_t *put_comment(struct writer *w, uint8_t *out, const struct packet *packet)
{
	char text[PACKET_COMMENT_MAX];
	struct packet copy = *packet;
	const char *cgroup = NULL;
	size_t size;

	if (copy.has_owner) {
		copy.owner.since += w->offset;
		cgroup = cgroups_path(w->cgroups, copy.owner.cgroup, packet->time);
	}
	size = packet_comment_write(text, &copy, cgroup);
	return size ? put_option(out, PCAPNG_OPTION_COMMENT, text, size) : out;
}

static void put_packet(struct writer *w, const struct packet *packet, const uint8_t *octets,
		       size_t size, size_t wire_size)
{
	uint64_t time = packet->time + w->offset;
	uint32_t interface = interface_of(w, packet);
	uint8_t *out = begin_block(w, PCAPNG_PACKET);

	out = put_u32(out, interface);
	out = put_u32(put_u32(out, (uint32_t)(time >> 32)), (uint32_t)time);
	out = put_u32(put_u32(out, (uint32_t)size), (uint32_t)wire_size);
	out = put_padded(out, octets, size);
	out = put_comment(w, out, packet);
	out = put_direction(out, packet->direction);
	end_block(w, put_u32(out, PCAPNG_OPTION_END));
}

/* ---- The file ---- */

static bool wait_until_writable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

/* Returns how many octets were written: less than all after an error. */
static size_t write_all(struct writer *w)
{
	size_t done = 0;

	while (done < w->used) {
		ssize_t n = write(w->fd, w->buffer + done, w->used - done);

		if (n > 0) {
			done += (size_t)n;
		} else if (n < 0 && errno == EAGAIN && wait_until_writable(w->fd)) {
			continue;
		} else if (n == 0 || errno != EINTR) {
			w->error = n ? errno : ENOSPC;
			break;
		}
	}
	return done;
}

/* How much of the first `size` octets in the buffer is whole blocks. */
static size_t whole_blocks(const struct writer *w, size_t size)
{
	size_t at = 0;
	uint32_t block;

	while (at + 8 <= size) {
		memcpy(&block, w->buffer + at + 4, sizeof(block));
		if (size - at < block)
			break;
		at += block;
	}
	return at;
}

int writer_flush(struct writer *w)
{
	size_t done;

	if (w->error)
		return -w->error;
	done = write_all(w);
	w->written += (off_t)whole_blocks(w, done);
	w->used = 0;
	/* A disk that is full takes a part: what is no whole block goes again. */
	if (w->error && w->regular && ftruncate(w->fd, w->written) < 0)
		return -w->error;
	return -w->error;
}

void writer_packet(void *writer, const struct packet *packet, const uint8_t *octets, size_t size,
		   size_t wire_size)
{
	struct writer *w = writer;

	if (size > PACKET_SIZE_MAX)
		size = PACKET_SIZE_MAX;
	if (BUFFER_SIZE - w->used < BLOCK_MAX)
		writer_flush(w);
	if (!w->error)
		put_packet(w, packet, octets, size, wire_size);
}

/* Statistics, of which only their time is known. */
void writer_end(struct writer *w, uint64_t time)
{
	uint8_t *out;

	if (BUFFER_SIZE - w->used < BLOCK_MAX)
		writer_flush(w);
	if (w->error)
		return;
	time += w->offset;
	out = put_u32(begin_block(w, PCAPNG_STATISTICS), 0);
	end_block(w, put_u32(put_u32(out, (uint32_t)(time >> 32)), (uint32_t)time));
}

void writer_clock(struct writer *w, uint64_t offset)
{
	w->offset = offset;
}

static bool open_descriptor(struct writer *w, const char *path)
{
	struct stat status;

	w->fd = strcmp(path, "-") == 0 ? STDOUT_FILENO
				       : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (w->fd < 0 || fstat(w->fd, &status) < 0)
		return false;
	/* Where stdout was handed over in the middle of a file, or appends to it, nothing is cut.
	 */
	w->regular = w->fd != STDOUT_FILENO && S_ISREG(status.st_mode);
	return true;
}

struct writer *writer_open(const char *path, struct source *source, struct cgroups *cgroups,
			   char error[SOURCE_ERROR_MAX])
{
	struct writer *w = calloc(1, sizeof(*w));
	int failed = ENOMEM;

	if (w) {
		w->source = source;
		w->cgroups = cgroups;
		errno = 0;
		if (open_descriptor(w, path)) {
			put_section(w);
			put_interface(w, 0, NULL);
			failed = -writer_flush(w);
		} else {
			failed = errno;
		}
	}
	if (!failed)
		return w;
	snprintf(error, SOURCE_ERROR_MAX, "%s: %s", strcmp(path, "-") ? path : "standard output",
		 strerror(failed));
	if (w)
		writer_close(w);
	return NULL;
}

int writer_close(struct writer *w)
{
	int error = w->fd < 0 ? 0 : writer_flush(w);

	if (w->fd > STDOUT_FILENO && close(w->fd) < 0 && !error)
		error = -errno;
	free(w);
	return error;
}
