/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists that are downloaded, by libcurl: several at once, none waited for. Inside common/export's
 * feeds only.
 */
#ifndef COMMON_EXPORT_FEED_WEB_H
#define COMMON_EXPORT_FEED_WEB_H

#include "export/feeds_child.h"

struct pollfd;

/* With privileges and all system calls; NULL: no memory. */
struct feed_web *feed_web_open(void);

/* Only if it has changed, where the server can tell. */
void feed_web_start(struct loader *loader, struct feed *feed);
/* Waits up to `ms`, also for `fds`. */
void feed_web_wait(struct loader *loader, struct pollfd *fds, unsigned int count, int ms);
/* Goes on with the downloads; takes those that have ended. */
void feed_web_go_on(struct loader *loader);

#endif
