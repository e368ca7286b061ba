/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/byte_order.h"
#include "capture/link.h"
#include "capture/pcap.h"
#include "capture/pcapng.h"
#include "capture/window.h"

#define MAGIC_SIZE     4
#define NAME_MAX_SHOWN 255

struct reader {
	char name[NAME_MAX_SHOWN + 1];
	int fd;
	bool is_pcapng;
	uint64_t packets; /* that were handed out */
	uint64_t time;	  /* of the last one; pcapng.time in that format */
	struct window window;
	struct pcap pcap;
	struct pcapng pcapng;
};

static void explain(const struct reader *r, char *error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void explain(const struct reader *r, char *error, const char *format, ...)
{
	va_list arguments;
	int n = snprintf(error, SOURCE_ERROR_MAX, "%s: ", r->name);

	va_start(arguments, format);
	vsnprintf(error + n, SOURCE_ERROR_MAX - (size_t)n, format, arguments);
	va_end(arguments);
}

static bool open_descriptor(struct reader *r, const char *path, char *error)
{
	struct stat status;

	r->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0 || fstat(r->fd, &status) < 0) {
		explain(r, error, "%s", strerror(errno));
		return false;
	}
	if (S_ISDIR(status.st_mode)) {
		explain(r, error, "is a directory");
		return false;
	}
	if (window_open(&r->window, r->fd, !S_ISREG(status.st_mode)))
		return true;
	explain(r, error, "not enough memory");
	return false;
}

static const char *why_no_capture(const struct window *w)
{
	static const uint8_t gzip[] = {0x1f, 0x8b}, zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
	const uint8_t *octets = window_octets(w);

	if (window_size(w) == 0)
		return "is empty";
	if (window_size(w) >= sizeof(gzip) && memcmp(octets, gzip, sizeof(gzip)) == 0)
		return "is compressed: gzip -dc it into '-r -'";
	if (window_size(w) >= sizeof(zstd) && memcmp(octets, zstd, sizeof(zstd)) == 0)
		return "is compressed: zstd -dc it into '-r -'";
	return "is not a capture file (pcap or pcapng)";
}

/* The first octets, at least `n`. */
static bool want_beginning(struct reader *r, size_t n, const char *why, char *error)
{
	switch (window_want(&r->window, n, -1)) {
	case WINDOW_READY:
		return true;
	case WINDOW_FAILED:
		explain(r, error, "%s", strerror(r->window.error));
		return false;
	default:
		explain(r, error, "%s", why ? why : why_no_capture(&r->window));
		return false;
	}
}

static bool read_pcap_header(struct reader *r, char *error)
{
	char refusal[LINK_REFUSAL_MAX];
	const char *why;

	if (!want_beginning(r, PCAP_HEADER_SIZE, "cut short in its header", error))
		return false;
	why = pcap_header_read(&r->pcap, window_octets(&r->window));
	if (!why && !link_is_known(r->pcap.link, refusal))
		why = refusal;
	if (why)
		explain(r, error, "%s", why);
	window_take(&r->window, PCAP_HEADER_SIZE);
	return !why;
}

static bool read_beginning(struct reader *r, char *error)
{
	if (!want_beginning(r, MAGIC_SIZE, NULL, error))
		return false;
	r->is_pcapng = pcapng_is_magic(window_octets(&r->window));
	if (r->is_pcapng)
		return true;
	if (pcap_is_magic(window_octets(&r->window)))
		return read_pcap_header(r, error);
	explain(r, error, "%s", why_no_capture(&r->window));
	return false;
}

struct reader *reader_open(const char *path, char error[SOURCE_ERROR_MAX])
{
	struct reader *r = calloc(1, sizeof(*r));

	if (!r) {
		snprintf(error, SOURCE_ERROR_MAX, "not enough memory");
		return NULL;
	}
	snprintf(r->name, sizeof(r->name), "%s", strcmp(path, "-") ? path : "standard input");
	if (open_descriptor(r, path, error) && read_beginning(r, error))
		return r;
	reader_close(r);
	return NULL;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	window_close(&r->window);
	if (r->fd > STDIN_FILENO)
		close(r->fd);
	free(r);
}

static enum reader_result damaged(const struct reader *r, const char *why, char *error)
{
	explain(r, error, "damaged after packet %llu: %s", (unsigned long long)r->packets, why);
	return READER_FAILED;
}

/* Another interface's packets may follow, but these would be missing without a word. */
static enum reader_result refused(const struct reader *r, const char *why, char *error)
{
	explain(r, error, "packet %llu: %s", (unsigned long long)r->packets + 1, why);
	return READER_FAILED;
}

/* What ended was a packet's record, where that is known. */
static enum reader_result cut(const struct reader *r, bool packet, size_t wanted, char *error)
{
	explain(r, error, "cut short %s packet %llu: %zu of %zu octets are there",
		packet ? "in" : "after", (unsigned long long)r->packets + packet,
		window_size(&r->window), wanted);
	return READER_FAILED;
}

/*
 * `n` octets of a record; READER_FRAME when they are there. The file may end before the first
 * octet of a record; `begun`: within it, it is cut.
 */
static enum reader_result want(struct reader *r, size_t n, bool begun, bool packet, int timeout_ms,
			       char *error)
{
	switch (window_want(&r->window, n, timeout_ms)) {
	case WINDOW_READY:
		return READER_FRAME;
	case WINDOW_WAITING:
		return READER_WAITING;
	case WINDOW_ENDED:
		if (!begun && window_size(&r->window) == 0)
			return READER_END;
		return cut(r, packet, n, error);
	case WINDOW_FAILED:
		break;
	}
	if (r->window.error == EINTR)
		return READER_INTERRUPTED;
	explain(r, error, "reading after packet %llu: %s", (unsigned long long)r->packets,
		strerror(r->window.error));
	return READER_FAILED;
}

static enum reader_result next_pcap(struct reader *r, int timeout_ms, struct frame *frame,
				    char *error)
{
	enum reader_result result = want(r, PCAP_RECORD_SIZE, false, true, timeout_ms, error);
	size_t size;

	if (result != READER_FRAME)
		return result;
	if (!pcap_record_read(&r->pcap, window_octets(&r->window), frame))
		return damaged(r, "a packet of more than 16 MiB", error);
	size = PCAP_RECORD_SIZE + (size_t)frame->size;
	result = want(r, size, true, true, timeout_ms, error);
	if (result != READER_FRAME)
		return result;
	frame->octets = window_octets(&r->window) + PCAP_RECORD_SIZE;
	r->time = frame->time;
	window_take(&r->window, size);
	r->packets++;
	return READER_FRAME;
}

/* One block; `*packet`: it is a frame. */
static enum reader_result next_block(struct reader *r, int timeout_ms, struct frame *frame,
				     bool *packet, char *error)
{
	enum reader_result result = want(r, PCAPNG_BEGIN_SIZE, false, false, timeout_ms, error);
	char refusal[LINK_REFUSAL_MAX];
	uint32_t type, size;
	const char *why;

	if (result != READER_FRAME)
		return result;
	why = pcapng_block_begin(&r->pcapng, window_octets(&r->window), &type, &size);
	if (why)
		return damaged(r, why, error);
	*packet = pcapng_is_packet(type);
	result = want(r, size, true, *packet, timeout_ms, error);
	if (result != READER_FRAME)
		return result;
	why = pcapng_block_read(&r->pcapng, window_octets(&r->window), size, frame);
	if (why)
		return damaged(r, why, error);
	if (*packet && !link_is_known(frame->link, refusal))
		return refused(r, refusal, error);
	window_take(&r->window, size);
	r->packets += *packet;
	return READER_FRAME;
}

enum reader_result reader_next(struct reader *r, int timeout_ms, struct frame *frame,
			       char error[SOURCE_ERROR_MAX])
{
	enum reader_result result;
	bool packet = false;

	if (!r->is_pcapng)
		return next_pcap(r, timeout_ms, frame, error);
	do
		result = next_block(r, timeout_ms, frame, &packet, error);
	while (result == READER_FRAME && !packet);
	return result;
}

uint64_t reader_time(const struct reader *r)
{
	return r->is_pcapng ? r->pcapng.time : r->time;
}

const char *reader_interface(const struct reader *r, uint32_t number)
{
	return r->is_pcapng ? pcapng_interface_name(&r->pcapng, number) : NULL;
}
