/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What common/bpf/lib/question.bpf.h makes hashes with: secret, and other ones in each program.
 */
#ifndef COMMON_CAPTURE_HASH_KEYS_H
#define COMMON_CAPTURE_HASH_KEYS_H

#include <stdio.h>

/* Writes HASH_SEED, QUESTION_KEYS and PARTY_KEYS. */
void hash_keys_write_defines(FILE *out);

#endif
