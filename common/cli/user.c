/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/user.h"

#include <pwd.h>
#include <string.h>

#include "cli/escape.h"
#include "cli/format.h"
#include "cli/parse.h"

#define CACHE_SIZE 64 /* a power of two */

bool user_parse(const char *text, uint32_t *uid)
{
	const struct passwd *entry;
	uint64_t number;

	/* (uid_t)-1 is nobody's: the kernel takes it for "no user". */
	if (parse_unsigned(text, 0, UINT32_MAX - 1, &number)) {
		*uid = (uint32_t)number;
		return true;
	}
	entry = *text ? getpwnam(text) : NULL;
	if (entry)
		*uid = entry->pw_uid;
	return entry != NULL;
}

struct cached_user {
	uint32_t uid;
	bool valid;
	char name[USER_TEXT_MAX];
};

static void look_up(struct cached_user *user, uint32_t uid)
{
	const struct passwd *entry = getpwuid(uid);

	user->uid = uid;
	user->valid = true;
	if (entry)
		escape_text(user->name, sizeof(user->name), entry->pw_name, strlen(entry->pw_name),
			    ESCAPE_ASCII, NULL);
	else
		format_unsigned(user->name, uid);
}

const char *user_name(uint32_t uid)
{
	static struct cached_user cache[CACHE_SIZE];
	struct cached_user *user = &cache[uid % CACHE_SIZE];

	if (!user->valid || user->uid != uid)
		look_up(user, uid);
	return user->name;
}
