/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of sinks, as their child process sees them.
 */
#ifndef COMMON_EXPORT_SINK_BACKEND_H
#define COMMON_EXPORT_SINK_BACKEND_H

#include "export/child.h"
#include "export/confine.h"
#include "export/sink_queue.h"

enum sink_outcome { SINK_DELIVERED, SINK_AGAIN, SINK_HOPELESS };

/* One attempt to deliver an alert. */
struct sink_attempt {
	struct sink_alert alert;
	struct sink_failure failure; /* unless it was delivered */
	uint64_t retry_after;	     /* ns that the other side asks for; 0: it does not */
};

struct sink_target {
	const struct sink_backend *backend;
	const struct sink_limits *limits;
	struct sink_queue *queue;
	const char *argument; /* what follows "KIND:" in the spec; "": nothing */
	struct child process; /* in the child: the tool */
	int fd;		      /* -1: none */
	int wake;	      /* an eventfd: the queue, or its counters, have changed */
	uint64_t end;	      /* in the child, when the tool is dead: not after this */
	void *state;	      /* of the backend */
};

struct sink_backend {
	const char *kind;
	bool people;  /* wants the line for people, not the JSON object */
	bool forgets; /* gives up what is older than limits.oldest */
	struct confinement confinement;
	/* Is the argument one for this kind? False with "is not …" in `error`. */
	bool (*check)(const char *argument, char error[SINK_ERROR_MAX]);
	/* In the tool, with its privileges. May be NULL. False with "why" in `error`. */
	bool (*open)(struct sink_target *target, char error[SINK_ERROR_MAX]);
	/* In the child, without privileges, before the system calls are confined. May be NULL. */
	bool (*start)(struct sink_target *target);
	/* In the child: takes no longer than a second or so once sink_target_end() is near. */
	enum sink_outcome (*deliver)(struct sink_target *target, struct sink_attempt *attempt);
	/* In the child, after SIGHUP: 0, or errno where all stays as it was. May be NULL. */
	int (*reopen)(struct sink_target *target);
};

extern const struct sink_backend sink_file, sink_syslog, sink_webhook;

/* CLOCK_MONOTONIC, ns. */
uint64_t sink_now(void);

/* In the child: no attempt shall last longer; UINT64_MAX: as long as it takes. */
uint64_t sink_target_end(struct sink_target *target);

/* The child's whole life. */
_Noreturn void sink_target_run(struct sink_target *target);

static inline struct sink_failure sink_failure(enum sink_failure_kind kind, int detail)
{
	return (struct sink_failure){.kind = kind, .detail = detail};
}

/* What it says to people; "" where nothing fails. */
void sink_failure_text(struct sink_failure failure, char text[SINK_REASON_MAX]);

#endif
