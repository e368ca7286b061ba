/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/intake.h"
#include "capture/link.h"
#include "capture/packet_comment.h"
#include "capture/reader.h"
#include "capture/wanted.h"

/* Frames between two looks at the signals and the output. */
#define BATCH 256

/* The kernel has about a hundred reasons for dropping a packet. */
#define REASONS_MAX 128

struct file {
	struct source source;
	struct capture_config config;
	struct cgroups *cgroups;
	struct reader *reader;
	int ended;	 /* what poll() returns from now on; 0: goes on */
	uint64_t first;	 /* time of the first packet */
	uint64_t cgroup; /* the last one that was added, with its path */
	struct packet_comment_texts texts;
	unsigned int reason_count;
	char reasons[REASONS_MAX][PACKET_REASON_MAX];
};

/* The packet's reason must live as long as the source. */
static const char *keep_reason(struct file *f, const char *reason)
{
	for (unsigned int i = 0; i < f->reason_count; i++)
		if (strcmp(f->reasons[i], reason) == 0)
			return f->reasons[i];
	if (f->reason_count == REASONS_MAX || !*reason)
		return "UNKNOWN";
	memcpy(f->reasons[f->reason_count], reason, PACKET_REASON_MAX);
	return f->reasons[f->reason_count++];
}

/* Most packets come from the cgroup of the packet before. */
static void learn_cgroup(struct file *f, uint64_t id, const char *path)
{
	if (f->cgroup == id && strcmp(f->texts.cgroup, path) == 0)
		return;
	f->cgroup = id;
	snprintf(f->texts.cgroup, sizeof(f->texts.cgroup), "%s", path);
	cgroups_add(f->cgroups, id, path);
}

/* Somebody else's comment says nothing. */
static void take_comment(struct file *f, struct packet *packet, const struct frame *frame)
{
	struct packet_comment_texts texts;

	if (!frame->comment ||
	    !packet_comment_read(packet, &texts, frame->comment, frame->comment_size))
		return;
	if (texts.cgroup[0])
		learn_cgroup(f, packet->owner.cgroup, texts.cgroup);
	if (packet->kind == PACKET_DROPPED)
		packet->reason = keep_reason(f, texts.reason);
}

static void take_frame(struct file *f, struct frame *frame)
{
	enum link_verdict verdict = link_read(frame);
	struct packet packet;

	if (!f->first)
		f->first = frame->time;
	if (verdict == LINK_DAMAGED)
		intake_unreadable(f->source.intake);
	if (verdict != LINK_IP)
		return;
	memset(&packet, 0, sizeof(packet));
	packet.time = frame->time;
	packet.direction = frame->direction;
	packet.ifindex = frame->interface;
	take_comment(f, &packet, frame);
	intake_ip(f->source.intake, &packet, frame->octets, frame->size, frame->wire_size);
}

/* The last packets are handed over now; the next poll() says why there are no more. */
static int end(struct file *f, int result)
{
	f->ended = result;
	intake_flush(f->source.intake);
	return 0;
}

static int file_poll(struct source *source, int timeout_ms, packet_fn fn, void *context)
{
	struct file *f = (struct file *)source;
	struct frame frame;

	intake_target(source->intake, fn, context);
	for (unsigned int i = 0; i < BATCH && !f->ended; i++) {
		switch (reader_next(f->reader, i ? 0 : timeout_ms, &frame, source->error)) {
		case READER_FRAME:
			take_frame(f, &frame);
			break;
		case READER_WAITING:
			return 0;
		case READER_INTERRUPTED:
			return -EINTR;
		case READER_END:
			return end(f, SOURCE_END);
		case READER_FAILED:
			return end(f, -EIO);
		}
	}
	return f->ended;
}

static void file_stats(struct source *source, struct source_stats *stats)
{
	intake_stats(source->intake, stats);
}

static const char *file_interface_name(struct source *source, uint32_t ifindex)
{
	return reader_interface(((struct file *)source)->reader, ifindex);
}

static void file_close(struct source *source)
{
	struct file *f = (struct file *)source;

	reader_close(f->reader);
	intake_free(source->intake);
	free(f);
}

static const struct source_operations file_operations = {
	.poll = file_poll,
	.stats = file_stats,
	.interface_name = file_interface_name,
	.close = file_close,
};

static bool is_wanted(void *context, const struct packet *packet, enum ip_verdict verdict)
{
	return packet_is_wanted(context, packet, verdict);
}

struct source *file_open(const struct capture_config *config, struct cgroups *cgroups,
			 char error[SOURCE_ERROR_MAX])
{
	struct file *f = calloc(1, sizeof(*f));

	snprintf(error, SOURCE_ERROR_MAX, "not enough memory");
	if (!f)
		return NULL;
	f->source.operations = &file_operations;
	f->config = *config;
	f->cgroups = cgroups;
	f->source.intake = intake_new();
	if (f->source.intake)
		f->reader = reader_open(config->file, error);
	if (!f->reader) {
		file_close(&f->source);
		return NULL;
	}
	intake_filter(f->source.intake, is_wanted, &f->config);
	return &f->source;
}

void file_times(const struct source *source, uint64_t *first, uint64_t *last)
{
	const struct file *f = (const struct file *)source;

	*first = f->first;
	*last = reader_time(f->reader);
}
