/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookups that failed only because a resolver library appended a search list (resolv.conf(5),
 * `search` and `ndots`).
 *
 * Wasted is a lookup of a name that ended with NXDOMAIN, where the same process got an answer
 * with records, up to one second before or after, for the same name with labels taken off its
 * end: api.example.com.default.svc.cluster.local is, when api.example.com was answered.
 */
#ifndef COMMON_CLI_SEARCH_LIST_H
#define COMMON_CLI_SEARCH_LIST_H

#include <stdint.h>

#include "dns/name.h"

#define SEARCH_LIST_WINDOW 1000000000ULL /* ns */

struct search_list;

/* NULL when memory is short. */
struct search_list *search_list_new(void);
void search_list_free(struct search_list *s);

/*
 * Both are to be called in the order of time. `process` says who asked. They return how many
 * lookups of that process are known now to have been wasted, and were not before.
 */
unsigned int search_list_failed(struct search_list *s, uint64_t time, uint64_t process,
				const struct dns_name *name);
unsigned int search_list_answered(struct search_list *s, uint64_t time, uint64_t process,
				  const struct dns_name *name);

/* Lookups that were forgotten before their second was over: above 0, waste may be missed. */
uint64_t search_list_forgotten(const struct search_list *s);

#endif
