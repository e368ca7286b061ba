/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes packets to a pcapng file (draft-ietf-opsawg-pcapng), each as it was captured from its IP
 * header on (LINKTYPE_RAW), with what the source knew of it in a comment: process, cgroup, socket.
 */
#ifndef COMMON_CAPTURE_WRITER_H
#define COMMON_CAPTURE_WRITER_H

#include <stdint.h>

#include "capture/cgroup_paths.h"
#include "capture/source.h"

struct writer;

/*
 * Creates `path` ("-": stdout) for the packets of `source`, which gives the names of interfaces;
 * `cgroups` gives the paths. Both outlive the writer. NULL on failure: then `error` is one line
 * without a newline.
 */
struct writer *writer_open(const char *path, struct source *source, struct cgroups *cgroups,
			   char error[SOURCE_ERROR_MAX]);

/*
 * CLOCK_REALTIME - CLOCK_MONOTONIC in ns, added to packet times from now on; 0 for packets of a
 * file.
 */
void writer_clock(struct writer *w, uint64_t offset);

/* An intake_tap_fn; `writer` is a struct writer. Errors are kept for writer_flush(). */
void writer_packet(void *writer, const struct packet *packet, const uint8_t *octets, size_t size,
		   size_t wire_size);

/* Notes that nothing was missed up to `time`, in the packets' clock: timeouts can be told. */
void writer_end(struct writer *w, uint64_t time);

/*
 * Writes what is buffered. Returns 0 or a negative errno: of the first write that failed. From
 * then on nothing is written; the file ends with its last whole block.
 */
int writer_flush(struct writer *w);

/* Flushes and frees; as writer_flush(). */
int writer_close(struct writer *w);

#endif
