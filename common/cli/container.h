/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers, by the names that their runtimes give their cgroups: docker, containerd, podman and
 * CRI-O put the container's id, 64 hexadecimal digits, into it.
 */
#ifndef COMMON_CLI_CONTAINER_H
#define COMMON_CLI_CONTAINER_H

#include <stdbool.h>

#define CONTAINER_ID_SIZE  64
#define CONTAINER_ID_SHORT 12 /* digits, as the runtimes' own lists show it */

/*
 * The id of the innermost container that the cgroup's path is in, ended by a NUL. False for none.
 * A monitor beside a container (conmon) is not in it.
 */
bool container_id(char id[CONTAINER_ID_SIZE + 1], const char *path);

#endif
