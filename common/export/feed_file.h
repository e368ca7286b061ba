/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists that are files. They are opened with the rights that the tool was started with, and read
 * without: what is opened stays so. Inside common/export's feeds only.
 */
#ifndef COMMON_EXPORT_FEED_FILE_H
#define COMMON_EXPORT_FEED_FILE_H

#include "export/feeds_child.h"

struct feed_files {
	unsigned int count; /* of descriptors */
	int fds[FEEDS_LISTS_MAX + 1];
	int of[FEEDS_LISTS_MAX]; /* by tag; -1: a URL */
};

bool feed_is_url(const char *source);

/* False with one line in `error`; feed_files_close() is due in any case. */
bool feed_files_open(struct feed_files *files, const struct feeds_config *config,
		     char error[SOURCE_ERROR_MAX]);
void feed_files_close(struct feed_files *files);

/* Sees to it that changes in the file's folder are told. */
void feed_file_watch(struct loader *loader, const struct feed *feed);
/* Reads it, from the beginning. */
void feed_file_load(struct loader *loader, struct feed *feed);
/*
 * Reads it if it is another than before, or has changed; `anyway`: in any case. True: it is being
 * written just now, and should be looked at again soon.
 */
bool feed_file_check(struct loader *loader, struct feed *feed, bool anyway);

#endif
