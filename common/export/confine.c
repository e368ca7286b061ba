/* SPDX-License-Identifier: Apache-2.0 */
#include "export/confine.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cap-ng.h>

#define NOBODY 65534 /* where passwd(5) does not name it */

static bool fail(char error[SOURCE_ERROR_MAX], const char *what, int code)
{
	snprintf(error, SOURCE_ERROR_MAX, "cannot give up privileges: %s: %s", what,
		 strerror(code));
	return false;
}

/* In some containers root may not become anybody else: it then stays, without capabilities. */
static bool become_nobody(void)
{
	const struct passwd *entry = getpwnam("nobody");
	uid_t uid = entry ? entry->pw_uid : NOBODY;
	gid_t gid = entry ? entry->pw_gid : NOBODY;

	return setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 &&
	       setresuid(uid, uid, uid) == 0;
}

static bool has_file_access(void)
{
	return capng_get_caps_process() == 0 &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_DAC_OVERRIDE);
}

static bool only_kept_are_left(bool kept)
{
	if (capng_get_caps_process() != 0)
		return false;
	if (!kept)
		return capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE;
	for (int c = 0; c <= CAP_LAST_CAP; c++)
		if (c != CAP_DAC_OVERRIDE && (capng_have_capability(CAPNG_PERMITTED, c) ||
					      capng_have_capability(CAPNG_INHERITABLE, c)))
			return false;
	return true;
}

/* The bounding set needs CAP_SETPCAP, and matters only to programs that are executed: none is. */
static bool drop_capabilities(bool keep_file_access, char error[SOURCE_ERROR_MAX])
{
	bool kept = keep_file_access && has_file_access();

	capng_clear(CAPNG_SELECT_ALL);
	if (kept)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_DAC_OVERRIDE);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return fail(error, "capabilities", errno);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return only_kept_are_left(kept) || fail(error, "capabilities are still there", EPERM);
}

bool confine_user(const struct confinement *confinement, char error[SOURCE_ERROR_MAX])
{
	if (!confinement->same_user && geteuid() == 0)
		(void)become_nobody();
	return drop_capabilities(confinement->any_file, error);
}

bool confine(const struct confinement *confinement, char error[SOURCE_ERROR_MAX])
{
	return confine_user(confinement, error) && confine_calls(confinement, error);
}
