/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets of a capture file, pcap or pcapng. Needs neither root nor BPF.
 */
#ifndef COMMON_CAPTURE_FILE_H
#define COMMON_CAPTURE_FILE_H

#include "capture/config.h"
#include "capture/source.h"

/*
 * Opens config->file; ports, families, protocols and roles of `config` are obeyed. NULL
 * on failure: then `error` is one line without a newline.
 *
 * Packet times are ns since the epoch. poll() never waits (but for the bytes of a pipe); it
 * returns SOURCE_END after the last whole packet, or a negative errno with source.error filled
 * when the file is damaged or cut there: all whole packets before have been handed over.
 */
struct source *file_open(const struct capture_config *config, char error[SOURCE_ERROR_MAX]);

#endif
