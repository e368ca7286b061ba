/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Config files: YAML of one shape, a mapping whose values are scalars or lists of scalars. What the
 * keys mean is not known here.
 */
#ifndef COMMON_EXPORT_CONFIG_H
#define COMMON_EXPORT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_ERROR_MAX  512
#define CONFIG_SIZE_MAX	  (256 * 1024) /* octets of a file */
#define CONFIG_VALUES_MAX 4096	       /* in a file; as many keys */
#define CONFIG_KEY_MAX	  64	       /* octets of a key */

/* A scalar in quotes is always text. */
enum config_kind {
	CONFIG_TEXT,
	CONFIG_TRUE,	/* true, True, TRUE */
	CONFIG_FALSE,	/* false, False, FALSE */
	CONFIG_NOTHING, /* no value, ~, null */
};

struct config_value {
	char *text; /* UTF-8 without NUL; as written, whatever the kind */
	enum config_kind kind;
	unsigned int line; /* from 1 on */
};

struct config_entry {
	char *key;
	unsigned int line;
	bool is_list;
	unsigned int first, count; /* its values, of config->values; 1 when it is no list */
};

struct config {
	char *name; /* of the file, for messages */
	struct config_entry *entries;
	struct config_value *values;
	unsigned int entry_count, value_count;
};

/*
 * The entries of a file in their order. NULL with one line in `error`, "FILE:LINE: key: why":
 * other shapes, keys given twice, anchors, aliases and tags are refused, as is what is too large.
 */
struct config *config_read(const char *path, char error[CONFIG_ERROR_MAX]);

/* The same for text in memory; `name` stands for the file. */
struct config *config_parse(const char *name, const void *text, size_t size,
			    char error[CONFIG_ERROR_MAX]);

/* Writes "FILE:LINE: key: why" (without "key: " where that is NULL), printable; returns false. */
bool config_explain(const struct config *config, unsigned int line, const char *key,
		    char error[CONFIG_ERROR_MAX], const char *format, ...)
	__attribute__((format(printf, 5, 6)));

void config_free(struct config *config);

#endif
