/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One lookup, or one message, as a JSON line. Fields that are not known are absent.
 */
#ifndef COMMON_CLI_JSON_LOOKUP_H
#define COMMON_CLI_JSON_LOOKUP_H

#include <stdint.h>

#include "cli/json.h"
#include "cli/lookup.h"
#include "track/transaction.h"

/*
 * `time` is the event's wall-clock time in ns since the epoch.
 */
void json_lookup(struct json *j, const struct lookup *lookup, uint64_t time,
		 const struct lookup_details *details);

/* Parts of it, for other lines: the process' fields; an address as a value. */
void json_owner(struct json *j, const struct owner *owner, const struct lookup_details *details);
void json_address(struct json *j, const struct endpoint *e);

/* The sections and EDNS of a message as fields of the object that is open; json_message.c. */
void json_message(struct json *j, struct dns_message *m, bool mdns);

#endif
