/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture/intake.h"
#include "capture/link.h"
#include "capture/reader.h"
#include "capture/wanted.h"

/* Handed over at a time: between two of these the tool looks after its output and signals. */
#define BATCH 256

struct file {
	struct source source;
	struct capture_config config;
	struct reader *reader;
};

static bool is_wanted(void *context, const struct packet *packet, enum ip_verdict verdict)
{
	return packet_is_wanted(&((const struct file *)context)->config, packet, verdict);
}

static void take_frame(struct file *f, struct frame *frame)
{
	struct packet packet = {.kind = PACKET_DNS, .time = frame->time};

	switch (link_read(frame)) {
	case LINK_IP:
		packet.direction = frame->direction;
		intake_ip(f->source.intake, &packet, frame->octets, frame->size, frame->wire_size);
		break;
	case LINK_OTHER:
		break;
	case LINK_DAMAGED:
		intake_unreadable(f->source.intake);
		break;
	}
}

static int file_poll(struct source *source, int timeout_ms, packet_fn fn, void *context)
{
	struct file *f = (struct file *)source;
	enum reader_result result = READER_FRAME;
	struct frame frame;

	intake_target(source->intake, fn, context);
	for (int i = 0; i < BATCH && result == READER_FRAME; i++) {
		result = reader_next(f->reader, i ? 0 : timeout_ms, &frame, source->error);
		if (result == READER_FRAME)
			take_frame(f, &frame);
	}
	switch (result) {
	case READER_FRAME:
	case READER_WAITING:
		return 0;
	case READER_INTERRUPTED:
		return -EINTR;
	case READER_END:
		intake_flush(source->intake);
		return SOURCE_END;
	case READER_FAILED:
		break;
	}
	intake_flush(source->intake);
	return -EIO;
}

static void file_stats(struct source *source, struct source_stats *stats)
{
	intake_stats(source->intake, stats);
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
	.close = file_close,
};

struct source *file_open(const struct capture_config *config, char error[SOURCE_ERROR_MAX])
{
	struct file *f = calloc(1, sizeof(*f));

	if (!f || !(f->source.intake = intake_new())) {
		snprintf(error, SOURCE_ERROR_MAX, "not enough memory");
		free(f);
		return NULL;
	}
	f->source.operations = &file_operations;
	f->config = *config;
	intake_filter(f->source.intake, is_wanted, f);
	f->reader = reader_open(config->file, error);
	if (f->reader)
		return &f->source;
	file_close(&f->source);
	return NULL;
}
