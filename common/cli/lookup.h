/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a lookup is called and how it ended, in words; and a lookup made of a single message.
 */
#ifndef COMMON_CLI_LOOKUP_H
#define COMMON_CLI_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/container.h"
#include "track/transaction.h"

/* What is known of a lookup beside itself; NULL: not known. */
struct lookup_details {
	const char *event;   /* JSON's `event`, in place of the lookup's own */
	const char *cmdline; /* escaped text */
	const char *ifname;
	const char *cgroup; /* its path */
	bool in_container;
	char container[CONTAINER_ID_SIZE + 1];
};

/* True when it can be told what the whole response code is: there is a response. */
bool lookup_rcode(const struct lookup *lookup, uint16_t *rcode);

/*
 * A failure is a timeout, an ICMP error, a failed send, a drop, a response with any code but
 * NOERROR, and a response that matches no query.
 */
bool lookup_failed(const struct lookup *lookup);

/* Multicast DNS (RFC 6762): the class' top bit is a flag there. */
bool lookup_is_mdns(const struct lookup *lookup);
#define MDNS_CLASS_FLAG 0x8000

/* A zone transfer (AXFR, or IXFR over TCP) of which at least one message came. */
bool lookup_is_transfer(const struct lookup *lookup);

/* "answer", "timeout", …: JSON's `event`. */
const char *lookup_event_name(enum lookup_event event);
/* "id", "late", …; NULL for UNMATCHED_NOT. */
const char *lookup_unmatched_name(enum lookup_unmatched unmatched);
/* "client" or "server"; NULL when it is not known. */
const char *lookup_role_name(enum lookup_role role);
/* "udp" or "tcp". */
const char *lookup_protocol_name(const struct lookup *lookup);

#define LOOKUP_SERVER_MAX (ENDPOINT_TEXT_MAX + 8)
/* "192.0.2.53", and "192.0.2.53#5353" for another port than 53. Returns the length. */
size_t lookup_server_text(char text[LOOKUP_SERVER_MAX], const struct endpoint *server);

#define LOOKUP_REASON_MAX 24
/* Why an ICMP error refused it: "PORT-UNREACH", or "ICMP-3/5" for those without a name here. */
const char *lookup_icmp_reason(const struct lookup *lookup, char buffer[LOOKUP_REASON_MAX]);
/* Why it could not be sent: "EPERM". */
const char *lookup_error_name(const struct lookup *lookup, char buffer[LOOKUP_REASON_MAX]);

/* What never left or was dropped, as -a shows it; `message` may be NULL. */
void lookup_from_failure(struct lookup *lookup, const struct packet *packet,
			 const struct dns_message *message);

/*
 * One message as it passes, as -a shows it: LOOKUP_QUERY or LOOKUP_RESPONSE, without latency
 * and attempts. `message` may be one of which not even the header could be read.
 */
void lookup_from_message(struct lookup *lookup, const struct packet *packet,
			 struct dns_message *message);

#endif
