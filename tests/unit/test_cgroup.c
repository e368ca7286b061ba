/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of cgroups by their ids, and the containers in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "capture/cgroup_paths.h"
#include "cli/container.h"

#define ID    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static void expect(const char *path, const char *expected)
{
	char id[CONTAINER_ID_SIZE + 1] = "";
	bool found = container_id(id, path);

	if (found != (expected != NULL))
		fail_msg("%s: %s", path, found ? id : "none");
	if (expected)
		assert_string_equal(id, expected);
}

static void containers(void **state)
{
	(void)state;
	expect("/system.slice/docker-" ID ".scope", ID);
	expect("/docker/" ID, ID);
	expect("/docker/" ID "/init", ID);
	expect("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod7_8.slice/"
	       "cri-containerd-" ID ".scope",
	       ID);
	expect("/kubepods/besteffort/pod11-22/" ID, ID);
	expect("/system.slice/containerd.service/kubepods-pod7.slice:cri-containerd:" ID, ID);
	expect("/machine.slice/libpod-" ID ".scope/container", ID);
	expect("/kubepods.slice/kubepods-pod3.slice/crio-" ID ".scope", ID);
	expect("/docker/" OTHER "/kubelet/kubepods/pod1/" ID, ID);
}

static void no_containers(void **state)
{
	(void)state;
	expect("", NULL);
	expect("/", NULL);
	expect("/system.slice/nginx.service", NULL);
	expect("/machine.slice/libpod-conmon-" ID ".scope", NULL);
	expect("/kubepods.slice/crio-conmon-" ID ".scope", NULL);
	expect("/a/0123456789abcdef", NULL);
	expect("/x" ID, NULL);
	expect("/docker-0" ID ".scope", NULL);
	expect("/docker/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", NULL);
	expect("/docker-" ID ".service", NULL);
}

static void learnt_paths(void **state)
{
	struct cgroups *c = cgroups_new();
	char path[2 * CGROUP_PATH_MAX];

	(void)state;
	assert_null(cgroups_path(c, 0, 1));
	assert_null(cgroups_path(c, 7, 1));
	cgroups_add(c, 7, "/seven");
	assert_string_equal(cgroups_path(c, 7, 1), "/seven");
	memset(path, 'a', sizeof(path));
	path[CGROUP_PATH_MAX] = '\0';
	cgroups_add(c, 8, path);
	assert_null(cgroups_path(c, 8, 1));
	/* The oldest gives its place. */
	for (uint64_t id = 100; id < 100 + 4096; id++)
		cgroups_add(c, id, "/other");
	assert_null(cgroups_path(c, 7, 1));
	assert_string_equal(cgroups_path(c, 100, 1), "/other");
	cgroups_free(c);
}

/* Any tree of folders does. */
static void tree(void **state)
{
	char root[] = "/tmp/test_cgroup.XXXXXX", path[64];
	struct cgroups *c = cgroups_new();
	struct stat early, late;

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/a", root);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/a/b", root);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(stat(path, &early), 0);
	cgroups_live(c, open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	assert_string_equal(cgroups_path(c, early.st_ino, 1000), "/a/b");

	/* Not looked for again at once, but later. */
	snprintf(path, sizeof(path), "%s/c", root);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(stat(path, &late), 0);
	assert_null(cgroups_path(c, late.st_ino, 2000));
	assert_string_equal(cgroups_path(c, late.st_ino, 1000000000), "/c");

	/* Gone, but known. */
	assert_int_equal(rmdir(path), 0);
	assert_string_equal(cgroups_path(c, late.st_ino, 3000000000), "/c");
	cgroups_free(c);
	snprintf(path, sizeof(path), "%s/a/b", root);
	assert_int_equal(rmdir(path), 0);
	snprintf(path, sizeof(path), "%s/a", root);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(root), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers),
		cmocka_unit_test(no_containers),
		cmocka_unit_test(learnt_paths),
		cmocka_unit_test(tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
