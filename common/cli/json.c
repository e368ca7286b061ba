/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json.h"

#include <stdlib.h>

#include "cli/escape.h"
#include "cli/format.h"
#include "dns/rdata.h"

/* Half of all calls bring one octet: a quote, a colon, a comma. */
static void print(void *context, const char *octets, size_t size)
{
	if (size == 1)
		output_put(context, octets, 1);
	else
		output_put(context, octets, size);
}

bool json_open(struct json *j, struct output *out)
{
	*j = (struct json){.out = out, .text_size = DNS_RDATA_TEXT_MAX};
	j->text = malloc(j->text_size);
	j->generator = yajl_gen_alloc(NULL);
	if (!j->text || !j->generator) {
		json_close(j);
		return false;
	}
	/* Straight into the output: no copy, and a line of any length needs no memory. */
	yajl_gen_config(j->generator, yajl_gen_print_callback, print, out);
	return true;
}

void json_close(struct json *j)
{
	if (j->generator)
		yajl_gen_free(j->generator);
	free(j->text);
	*j = (struct json){0};
}

void json_line_begin(struct json *j)
{
	json_object_begin(j);
}

void json_line_end(struct json *j)
{
	json_object_end(j);
	yajl_gen_reset(j->generator, "\n");
}

void json_event_begin(struct json *j, uint64_t time, const char *event)
{
	char text[FORMAT_TIME_MAX];

	json_line_begin(j);
	json_key(j, "ts");
	json_text(j, text, format_rfc3339(text, time));
	json_key(j, "event");
	json_string(j, event);
}

void json_object_begin(struct json *j)
{
	yajl_gen_map_open(j->generator);
}

void json_object_end(struct json *j)
{
	yajl_gen_map_close(j->generator);
}

void json_array_begin(struct json *j)
{
	yajl_gen_array_open(j->generator);
}

void json_array_end(struct json *j)
{
	yajl_gen_array_close(j->generator);
}

void json_text(struct json *j, const char *text, size_t length)
{
	yajl_gen_string(j->generator, (const unsigned char *)text, length);
}

void json_unsigned(struct json *j, uint64_t value)
{
	char text[FORMAT_NUMBER_MAX];

	yajl_gen_number(j->generator, text, format_unsigned(text, value));
}

void json_decimal(struct json *j, uint64_t value, unsigned int digits)
{
	char text[FORMAT_NUMBER_MAX];

	yajl_gen_number(j->generator, text, format_decimal(text, value, digits));
}

void json_bool(struct json *j, bool value)
{
	yajl_gen_bool(j->generator, value);
}

void json_octets(struct json *j, const char *octets, size_t size)
{
	json_text(j, j->text, escape_text(j->text, j->text_size, octets, size, ESCAPE_UTF8, NULL));
}
