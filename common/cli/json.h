/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON, one object a line (libyajl's generator), into a buffered output. Whatever text goes
 * in, the line is valid JSON and valid UTF-8 and has no control character but its newline.
 */
#ifndef COMMON_CLI_JSON_H
#define COMMON_CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "cli/output.h"

struct json {
	yajl_gen generator;
	struct output *out;
	char *text; /* scratch for one value */
	size_t text_size;
};

/* False when memory is short. */
bool json_open(struct json *j, struct output *out);
void json_close(struct json *j);

/* The outer object of a line. */
void json_line_begin(struct json *j);
void json_line_end(struct json *j);
/* The same, with what every line of ours begins with: the time (ns since 1970) and the event. */
void json_event_begin(struct json *j, uint64_t time, const char *event);

void json_object_begin(struct json *j);
void json_object_end(struct json *j);
void json_array_begin(struct json *j);
void json_array_end(struct json *j);

/* Values. Text must be printable ASCII or come out of escape_text(). */
void json_text(struct json *j, const char *text, size_t length);
void json_unsigned(struct json *j, uint64_t value);
void json_bool(struct json *j, bool value);
/* As format_decimal(). */
void json_decimal(struct json *j, uint64_t value, unsigned int digits);
/* Any octets. */
void json_octets(struct json *j, const char *octets, size_t size);

static inline void json_string(struct json *j, const char *text)
{
	json_text(j, text, strlen(text));
}

/* Keys are literals. */
#define json_key(j, key) json_text(j, key, sizeof(key) - 1)

#endif
