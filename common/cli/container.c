/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container.h"

#include <stddef.h>
#include <string.h>

static const char scope[] = ".scope"; /* systemd's unit of it */
static const char monitor[] = "conmon";

static bool is_hexadecimal(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	return true;
}

static bool has_monitor(const char *name, size_t size)
{
	return memmem(name, size, monitor, sizeof(monitor) - 1) != NULL;
}

/*
 * "ID", "docker-ID.scope", "cri-containerd-ID.scope", "crio-ID", "libpod-ID.scope",
 * "kubepods-pod7.slice:cri-containerd:ID"; NULL: no container's.
 */
static const char *id_in(const char *name, size_t size)
{
	const size_t suffix = sizeof(scope) - 1;
	const char *id;

	if (size > suffix && memcmp(name + size - suffix, scope, suffix) == 0)
		size -= suffix;
	if (size < CONTAINER_ID_SIZE || has_monitor(name, size))
		return NULL;
	id = name + size - CONTAINER_ID_SIZE;
	if (!is_hexadecimal(id, CONTAINER_ID_SIZE))
		return NULL;
	return id == name || id[-1] == '-' || id[-1] == ':' ? id : NULL;
}

bool container_id(char id[CONTAINER_ID_SIZE + 1], const char *path)
{
	const char *end = path + strlen(path);

	while (end > path) {
		const char *slash = memrchr(path, '/', (size_t)(end - path));
		const char *name = slash ? slash + 1 : path;
		const char *found = id_in(name, (size_t)(end - name));

		if (found) {
			memcpy(id, found, CONTAINER_ID_SIZE);
			id[CONTAINER_ID_SIZE] = '\0';
			return true;
		}
		end = slash ? slash : path;
	}
	return false;
}
