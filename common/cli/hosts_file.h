/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hosts(5) says of a name or an address, as glibc reads it: fields parted by blanks, "#" to
 * the line's end is a comment, a line that does not begin with an address is none, names in any
 * case. A final dot belongs to the name: "localhost." is not in a file that has "localhost".
 * Pure: what is read may be anybody's.
 */
#ifndef COMMON_CLI_HOSTS_FILE_H
#define COMMON_CLI_HOSTS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOSTS_FILE_MAX	(1024 * 1024) /* octets that are read */
#define HOSTS_NAMES_MAX 65536	      /* and names, each line's address counts as one */
#define HOSTS_SHOWN_MAX 3	      /* lines that are told of one name */

struct hosts_file;

/* A line that has it. */
struct hosts_line {
	uint32_t number;     /* from 1 on */
	uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
	const char *name;    /* the line's first, any octets, no NUL at its end; the file's */
	size_t name_size;
};

struct hosts_found {
	unsigned int count; /* 0: it is not in the file */
	struct hosts_line lines[HOSTS_SHOWN_MAX];
};

/*
 * Reads `size` octets, of which it keeps a copy. `seed` is a number that nobody knows, so that
 * nobody can make lookups slow. NULL when there is too much in it, or memory is short.
 */
struct hosts_file *hosts_file_read(const char *text, size_t size, uint64_t seed);
void hosts_file_free(struct hosts_file *h);

/* The first lines with this name. */
void hosts_find_name(const struct hosts_file *h, const char *name, struct hosts_found *found);
/* The first lines with this address. */
void hosts_find_address(const struct hosts_file *h, const uint8_t address[16],
			struct hosts_found *found);

/* What the C library takes for an address, and looks up nowhere: "192.0.2.1", "127.1", "fe80::1%2".
 */
bool is_numeric_address(const char *name);

#endif
