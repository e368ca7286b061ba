/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight headers that libbcc always includes, in a folder of our own, so that no kernel
 * headers need to be installed.
 */
#ifndef COMMON_BPF_STUBS_H
#define COMMON_BPF_STUBS_H

#include <stdbool.h>
#include <stddef.h>

#define STUBS_PATH_MAX 64

/*
 * Makes a folder that only this user can write to, fills it and names it to libbcc in
 * BCC_KERNEL_SOURCE. Where the user has set that variable, does nothing and `folder` is "".
 * False with one line in `error` when it cannot.
 */
bool stubs_write(char folder[STUBS_PATH_MAX], char *error, size_t size);

/* Removes the folder. */
void stubs_remove(const char *folder);

#endif
