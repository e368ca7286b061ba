/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process that loads lists and the tool say to each other. Inside common/export's feeds
 * only.
 */
#ifndef COMMON_EXPORT_FEEDS_MESSAGE_H
#define COMMON_EXPORT_FEEDS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "export/feeds.h"

enum feeds_message_kind {
	FEEDS_SET,	/* with the descriptor of a sealed memfd */
	FEEDS_READY,	/* all files have been loaded */
	FEEDS_FAILED,	/* they could not; the line says why */
	FEEDS_SAID,	/* a line */
	FEEDS_TROUBLED, /* one that matters */
};

struct feeds_message {
	enum feeds_message_kind kind;
	char line[FEEDS_LINE_MAX];
};

enum feeds_received { FEEDS_MESSAGE, FEEDS_NOTHING, FEEDS_ENDED };

/* `fd`: to go with it; -1: none. False: the other side has gone. */
bool feeds_send(int channel, const struct feeds_message *message, int fd);
/* *fd is -1, or the caller's to close. FEEDS_NOTHING: not `wait`, or a signal came. */
enum feeds_received feeds_receive(int channel, bool wait, struct feeds_message *message, int *fd);

#endif
