/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child process that works beside the tool, as a deliverer of alerts or a loader of lists: it
 * ends with the tool, and nothing else ends it.
 */
#ifndef COMMON_EXPORT_CHILD_H
#define COMMON_EXPORT_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: this is the child */
	/*
	 * A pidfd of the other process: readable once that has ended. PR_SET_PDEATHSIG would not
	 * do: the kernel forgets it when the child changes its user, and a tool that has become
	 * nobody may not signal a child that is still root.
	 */
	int other;
};

/*
 * fork(), before the tool's seccomp filter is there. The child has descriptors 0 to 2 on
 * /dev/null, `other` and the `count` of `keep`; all others are closed. It ignores the signals that
 * reach a whole process group or control group: it shall end after the tool, not with it. False:
 * errno.
 */
bool child_fork(struct child *child, const int *keep, size_t count);

/* Without waiting: has the other process ended? */
bool child_other_ended(const struct child *child);

#endif
