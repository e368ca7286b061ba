/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink, as the tool's process sees it.
 */
#ifndef COMMON_EXPORT_SINK_STATE_H
#define COMMON_EXPORT_SINK_STATE_H

#include "export/sink_backend.h"

/* What sink_notice() has said. */
struct said {
	bool trouble;
	uint64_t at; /* ns; 0: nothing yet */
	uint64_t lost;
	uint32_t reopen_failures;
};

struct sink {
	struct sink_target target;
	struct sink_limits limits;
	char *spec;
	char *name;
	uint64_t refused;
	bool ended; /* the child */
	struct said said;
};

/* What there is of it; the child is left alone. */
void sink_free(struct sink *sink);

#endif
