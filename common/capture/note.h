/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a source says on stderr while it goes on.
 */
#ifndef COMMON_CAPTURE_NOTE_H
#define COMMON_CAPTURE_NOTE_H

/* One line, behind the tool's name. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
