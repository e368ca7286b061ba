/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a file is the one that was read, by what stat(2) says.
 */
#ifndef COMMON_EXPORT_FILE_STATE_H
#define COMMON_EXPORT_FILE_STATE_H

#include <stdbool.h>
#include <sys/stat.h>

static inline bool file_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static inline bool file_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The same file, as far as its times can tell: they are as coarse as the kernel's ticks. */
static inline bool file_is_unchanged(const struct stat *a, const struct stat *b)
{
	return file_is_same(a, b) && a->st_size == b->st_size &&
	       file_same_time(&a->st_mtim, &b->st_mtim) && file_same_time(&a->st_ctim, &b->st_ctim);
}

#endif
