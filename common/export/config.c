/* SPDX-License-Identifier: Apache-2.0 */
#include "export/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "export/config_yaml.h"

#define NAME_SHOWN_MAX 200 /* octets of a file's name, in messages */

/* Keys and values may hold anything, and libyaml quotes them. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

bool config_explain(const struct config *config, unsigned int line, const char *key,
		    char error[CONFIG_ERROR_MAX], const char *format, ...)
{
	int n = snprintf(error, CONFIG_ERROR_MAX, "%.*s:%u: ", NAME_SHOWN_MAX, config->name, line);
	char *rest = error + n;
	size_t room = CONFIG_ERROR_MAX - (size_t)n;
	va_list arguments;

	if (key) {
		n = snprintf(rest, room, "%.*s: ", CONFIG_KEY_MAX, key);
		rest += n;
		room -= (size_t)n;
	}
	va_start(arguments, format);
	vsnprintf(rest, room, format, arguments);
	va_end(arguments);
	make_printable(error + strnlen(config->name, NAME_SHOWN_MAX));
	return false;
}

struct config *config_new(const char *name)
{
	struct config *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->name = strdup(name);
	c->entries = calloc(CONFIG_VALUES_MAX, sizeof(*c->entries));
	c->values = calloc(CONFIG_VALUES_MAX, sizeof(*c->values));
	if (c->name && c->entries && c->values)
		return c;
	config_free(c);
	return NULL;
}

/* Up to `room` octets; a negative errno. */
static ssize_t read_whole(int fd, char *text, size_t room)
{
	size_t used = 0;
	ssize_t n = 1;

	while (used < room && n != 0) {
		n = read(fd, text + used, room - used);
		if (n < 0 && errno != EINTR)
			return -errno;
		used += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)used;
}

static struct config *fail_file(const char *path, char error[CONFIG_ERROR_MAX], const char *why)
{
	snprintf(error, CONFIG_ERROR_MAX, "%.200s: %s", path, why);
	return NULL;
}

struct config *config_read(const char *path, char error[CONFIG_ERROR_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *text = malloc(CONFIG_SIZE_MAX + 1);
	struct config *c;
	ssize_t size;

	if (fd < 0 || !text) {
		fail_file(path, error, strerror(fd < 0 ? errno : ENOMEM));
		free(text);
		return NULL;
	}
	size = read_whole(fd, text, CONFIG_SIZE_MAX + 1);
	close(fd);
	if (size < 0)
		c = fail_file(path, error, strerror((int)-size));
	else if (size > CONFIG_SIZE_MAX)
		c = fail_file(path, error, "is longer than 256 KiB: is it a config file?");
	else
		c = config_parse(path, text, (size_t)size, error);
	free(text);
	return c;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (unsigned int i = 0; c->entries && i < c->entry_count; i++)
		free(c->entries[i].key);
	for (unsigned int i = 0; c->values && i < c->value_count; i++)
		free(c->values[i].text);
	free(c->entries);
	free(c->values);
	free(c->name);
	free(c);
}
