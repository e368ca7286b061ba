/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a capture file's packets cannot tell, as the text of their comments:
 *
 *   pid=1 tid=2 uid=0 comm=dig since=7 cgroup_id=9 cgroup=/a.slice cookie=5 asked=127.0.0.11#53
 *   kind=send_failed errno=1
 *   kind=dropped reason=NO_SOCKET
 *
 * Only what is known is there. In values every octet but printable ASCII, and the backslash, is
 * \DDD, so that no blank or line end is inside one. Pure: any text may come.
 */
#ifndef COMMON_CAPTURE_PACKET_COMMENT_H
#define COMMON_CAPTURE_PACKET_COMMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "capture/cgroup_paths.h"
#include "capture/packet.h"

#define PACKET_REASON_MAX 48 /* with its NUL */

/* Every octet of the longest path escaped, and all numbers at their longest. */
#define PACKET_COMMENT_MAX (4 * CGROUP_PATH_MAX + 1024)

/*
 * `cgroup` is the path of owner.cgroup, or NULL. Returns the length: 0 when nothing is known.
 * There is no NUL at the end.
 */
size_t packet_comment_write(char text[PACKET_COMMENT_MAX], const struct packet *packet,
			    const char *cgroup);

/* Texts of a comment that a packet has no room for; "": none. */
struct packet_comment_texts {
	char cgroup[CGROUP_PATH_MAX];
	char reason[PACKET_REASON_MAX];
};

/*
 * Fills has_owner, owner, cookie, has_asked, asked, kind and code of what the comment says, and
 * leaves `reason` to the caller. The comment must be as above to the last octet: somebody
 * else's changes nothing and gives false.
 */
bool packet_comment_read(struct packet *packet, struct packet_comment_texts *texts,
			 const char *text, size_t size);

#endif
