/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From YAML's events to the entries of export/config.h.
 */
#ifndef COMMON_EXPORT_CONFIG_YAML_H
#define COMMON_EXPORT_CONFIG_YAML_H

#include "export/config.h"

/* Without entries; NULL: not enough memory. */
struct config *config_new(const char *name);

#endif
