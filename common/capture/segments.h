/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Octets of one TCP flow that cannot be used yet: an unfinished message, and what came after a
 * gap. Offsets count from the window's start, which moves on as messages are taken out.
 */
#ifndef COMMON_CAPTURE_SEGMENTS_H
#define COMMON_CAPTURE_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/framing.h"

/* The longest message, and what comes before a lost segment of it is sent again. */
#define SEGMENTS_WINDOW	    (FRAMING_MAX + 64 * 1024)
#define SEGMENTS_RANGES_MAX 64
/* By so much the window's start may move before anything is copied to the front again. */
#define SEGMENTS_SLACK (16 * 1024)

struct segments_range {
	uint32_t from;
	uint32_t to;
};

struct segments {
	uint32_t head; /* where the window begins in `octets` */
	uint32_t count;
	struct segments_range range[SEGMENTS_RANGES_MAX]; /* in order; none touches the next */
	uint8_t octets[SEGMENTS_WINDOW + SEGMENTS_SLACK];
};

static inline void segments_clear(struct segments *s)
{
	s->head = 0;
	s->count = 0;
}

/* How many octets there are from the window's start on, without a gap. */
static inline uint32_t segments_front(const struct segments *s)
{
	return s->count && s->range[0].from == 0 ? s->range[0].to : 0;
}

static inline const uint8_t *segments_octets(const struct segments *s)
{
	return s->octets + s->head;
}

/* True when something lies behind a gap; *from is where the first of it begins. */
bool segments_behind_gap(const struct segments *s, uint32_t *from);

/*
 * Keeps what is new of these octets; what was there stays. offset + size must not exceed
 * SEGMENTS_WINDOW. False when that needed more than SEGMENTS_RANGES_MAX ranges.
 */
bool segments_put(struct segments *s, uint32_t offset, const uint8_t *octets, uint32_t size);

/* Moves the window's start by n; what was before it is gone. */
void segments_advance(struct segments *s, uint32_t n);

#endif
