/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the BPF programs and user space share of calls to the C library's resolver functions.
 */
#ifndef COMMON_BPF_LIB_CALL_H
#define COMMON_BPF_LIB_CALL_H

#ifndef __bpf__
#include <linux/types.h>
#endif

enum call_function {
	CALL_RETURN, /* of the call that began on this thread's stack at this place */
	CALL_GETADDRINFO,
	CALL_GETNAMEINFO,
	CALL_GETHOSTBYNAME,
	CALL_GETHOSTBYNAME2,
	CALL_GETHOSTBYNAME_R,
	CALL_GETHOSTBYNAME2_R,
	CALL_GETHOSTBYADDR,
	CALL_RES_QUERY,
	CALL_RES_SEARCH,
	CALL_RES_NQUERY,
	CALL_RES_NSEARCH,
	CALL_FUNCTIONS
};

/* With the NUL; longer ones are cut. An address is a struct sockaddr, or its bare octets. */
#define CALL_NAME_MAX	 256
#define CALL_SERVICE_MAX 32
#define CALL_TEXT_MAX	 (CALL_NAME_MAX + CALL_SERVICE_MAX)
#define CALL_SOCKADDR	 28 /* octets that are read of one: struct sockaddr_in6 */

/*
 * The octets of a struct socket_record with RECORD_CALL; that has the time and the caller. A return
 * has no text.
 */
struct call_record {
	__u64 stack;  /* where the return address is, or was */
	__s64 result; /* a return's */
	__u16 function;
	__u16 type;	    /* res_query() and the like: the query's type */
	__u16 name_size;    /* octets in text, without a NUL; 0: none was given */
	__u16 service_size; /* likewise, from text + CALL_NAME_MAX on */
	__u8 text[];
};

_Static_assert(sizeof(struct call_record) == 24, "shared with BPF");

#endif
