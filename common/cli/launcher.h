/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process between a tool and the command that it traces: see cli/command.h. It ends when the
 * command has ended and the cgroup could be removed.
 */
#ifndef COMMON_CLI_LAUNCHER_H
#define COMMON_CLI_LAUNCHER_H

#define LAUNCHER_PATH_MAX 4096

/* What the tool says, one octet each. */
enum launcher_word { LAUNCHER_START = 'S', LAUNCHER_TERMINATE = 'T' };

enum launcher_event {
	LAUNCHER_READY,	       /* the command is in its cgroup and waits */
	LAUNCHER_NOT_MOVED,    /* it could not be put there: `value` is the errno */
	LAUNCHER_NOT_EXECUTED, /* `value` is execvp()'s errno */
	LAUNCHER_ENDED,	       /* `value` is the exit status, 128 + n after signal n */
};

struct launcher_message {
	enum launcher_event kind;
	int value;
};

/*
 * Forks the launcher, and it the command, which waits for LAUNCHER_START in the cgroup `folder`.
 * Returns the caller's end of a SOCK_SEQPACKET pair, from which messages are read; -1: errno.
 * Closing it leaves the command alone: it goes on.
 */
int launcher_start(const char *folder, char *const argv[]);

#endif
