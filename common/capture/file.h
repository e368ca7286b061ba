/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets of a capture file: pcap, or pcapng with the processes that capture/writer.h put
 * into it. Needs neither root nor BPF.
 */
#ifndef COMMON_CAPTURE_FILE_H
#define COMMON_CAPTURE_FILE_H

#include "capture/cgroup_paths.h"
#include "capture/config.h"
#include "capture/source.h"

/*
 * Opens config->file; ports, families, protocols and roles of `config` are obeyed. Cgroups that
 * the file names are added to `cgroups`, which outlives the source. NULL on failure: then
 * `error` is one line without a newline.
 *
 * Packet times are ns since the epoch. poll() never waits (but for the bytes of a pipe); it
 * returns SOURCE_END after the last whole packet, or a negative errno with source.error filled
 * when the file is damaged or cut there: all whole packets before have been handed over, and
 * what TCP flows still held.
 */
struct source *file_open(const struct capture_config *config, struct cgroups *cgroups,
			 char error[SOURCE_ERROR_MAX]);

/*
 * The time of the file's first packet, and up to when it is known to see packets so far: that of
 * the last one that was read, or of its end; whether they belong to DNS or not. 0 before there
 * was one. They stand for the clock.
 */
void file_times(const struct source *source, uint64_t *first, uint64_t *last);

#endif
