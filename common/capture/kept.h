/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a privileged child of the tool keeps: named capabilities, and neither the terminal nor its
 * signals.
 */
#ifndef COMMON_CAPTURE_KEPT_H
#define COMMON_CAPTURE_KEPT_H

#include <stddef.h>

/*
 * Gives up all capabilities but those in `list`, and whatever a program that is executed could
 * gain. Errors are passed over: what could not be given up was not there, or stays.
 */
void keep_capabilities(const unsigned int *list, size_t count);

/* Nobody shall wait for a pipe that only this process holds open; Ctrl-C is the tool's. */
void let_go_of_terminal(void);

#endif
