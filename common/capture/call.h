/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process does beside its queries: calls to the C library's resolver functions, and what it
 * connects to afterwards. Pure.
 */
#ifndef COMMON_CAPTURE_CALL_H
#define COMMON_CAPTURE_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/lib/call.h"
#include "capture/packet.h"

/* A call that begins; or CALL_RETURN, of which only the first four members are valid. */
struct call {
	enum call_function function;
	uint64_t time; /* ns, as of struct packet */
	uint64_t
		stack; /* the same for a call and its return, and for no other call of the thread */
	struct owner owner;
	int64_t result; /* CALL_RETURN: what the function returned; a pointer as a number */
	uint16_t type;	/* res_query() and the like: the query's type */
	bool has_address;
	struct endpoint address;  /* what getnameinfo() and gethostbyaddr() are asked for */
	char name[CALL_NAME_MAX]; /* any octets but NUL; "": none was given */
	char service[CALL_SERVICE_MAX];
	bool name_cut; /* the name was longer */
};

/* "getaddrinfo", …; static. */
const char *call_function_name(enum call_function function);

/* Reads a PACKET_CALL. False when it is none. */
bool call_read(struct call *call, const struct packet *event);

/* Fills `destination` and `protocol` of a PACKET_CONNECT. False when it is none. */
bool connect_read(struct packet *event);

#endif
