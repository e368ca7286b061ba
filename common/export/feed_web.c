/* SPDX-License-Identifier: Apache-2.0 */
#include "export/feed_web.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#define REDIRECTS_MAX	 5L
#define CONNECT_MS	 30000L
#define SLOW_OCTETS	 10L /* a second, for SLOW_S */
#define SLOW_S		 60L
#define NSSWITCH_LINE	 512
#define HTTP_OK		 200L
#define HTTP_NOT_CHANGED 304L

struct feed_web {
	CURLM *multi;
};

struct feed_download {
	struct loader *loader;
	struct feed *feed;
	CURL *easy;
	struct curl_slist *headers;
	struct feed_parse parse;
	char etag[sizeof(((struct feed *)0)->etag)];
	char modified[sizeof(((struct feed *)0)->modified)];
	uint64_t octets;
	bool too_large;
};

/*
 * Looking up names opens the C library's modules for it, which the filter of system calls does not
 * allow: those that are configured are opened before it is there.
 */
static void open_name_services(void)
{
	char line[NSSWITCH_LINE], module[64];
	FILE *file = fopen("/etc/nsswitch.conf", "re");

	while (file && fgets(line, sizeof(line), file)) {
		char *rest = line;
		const char *word = strtok_r(line, " \t\n", &rest);

		if (!word || strcmp(word, "hosts:") != 0)
			continue;
		while ((word = strtok_r(NULL, " \t\n", &rest))) {
			snprintf(module, sizeof(module), "libnss_%.40s.so.2", word);
			if (!strchr(module, '/') && *word != '[')
				dlopen(module, RTLD_NOW);
		}
	}
	if (file)
		fclose(file);
}

struct feed_web *feed_web_open(void)
{
	struct feed_web *web = calloc(1, sizeof(*web));

	open_name_services();
	if (web && curl_global_init(CURL_GLOBAL_DEFAULT) == 0)
		web->multi = curl_multi_init();
	if (web && web->multi)
		return web;
	free(web);
	return NULL;
}

static long status_of(const struct feed_download *d)
{
	long status = 0;

	curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* What comes with another status is not the list. */
static size_t take_body(char *data, size_t one, size_t size, void *context)
{
	struct feed_download *d = context;

	(void)one;
	if (status_of(d) != HTTP_OK)
		return size;
	d->octets += size;
	d->too_large = d->octets > d->loader->config.size_max;
	if (d->too_large)
		return 0;
	feed_parse_take(&d->parse, data, size);
	return size;
}

/* A header's value, when it has this name; too long a value is not kept. */
static void take_value(char *value, size_t room, const char *name, const char *line, size_t size)
{
	size_t n = strlen(name);

	if (size < n || strncasecmp(line, name, n) != 0)
		return;
	while (n < size && (line[n] == ' ' || line[n] == '\t'))
		n++;
	while (size > n && (line[size - 1] == '\r' || line[size - 1] == '\n'))
		size--;
	snprintf(value, room, "%.*s", size - n < room ? (int)(size - n) : 0, line + n);
}

static size_t take_header(char *data, size_t one, size_t size, void *context)
{
	struct feed_download *d = context;

	(void)one;
	if (size > 5 && strncasecmp(data, "HTTP/", 5) == 0)
		*d->etag = *d->modified = '\0'; /* a redirection's */
	take_value(d->etag, sizeof(d->etag), "ETag:", data, size);
	take_value(d->modified, sizeof(d->modified), "Last-Modified:", data, size);
	return size;
}

static void add_header(struct feed_download *d, const char *name, const char *value)
{
	char line[sizeof(d->etag) + 32];
	struct curl_slist *longer;

	if (!*value)
		return;
	snprintf(line, sizeof(line), "%s: %s", name, value);
	longer = curl_slist_append(d->headers, line);
	if (longer)
		d->headers = longer;
}

static void set_protocols(CURL *easy, const char *source)
{
	bool secure = strncasecmp(source, "https", 5) == 0;

	/* From https nothing leads back to http. */
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS,
			 secure ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
}

static void set_limits(CURL *easy, const struct feeds_config *config)
{
	long ms = (long)(config->timeout_ns / NS_PER_MS);

	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms ? ms : 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, SLOW_OCTETS);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, SLOW_S);
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)config->size_max);
}

static void set_request(struct feed_download *d)
{
	CURL *easy = d->easy;

	add_header(d, "If-None-Match", d->feed->etag);
	add_header(d, "If-Modified-Since", d->feed->modified);
	curl_easy_setopt(easy, CURLOPT_URL, d->feed->source);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, d->headers);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "bcc-dnstools/" VERSION);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, d);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, d);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, d);
}

static void free_download(struct feed_download *d)
{
	d->feed->download = NULL;
	if (d->easy)
		curl_easy_cleanup(d->easy);
	curl_slist_free_all(d->headers);
	feed_names_free(&d->parse.names);
	free(d);
}

/* After a failure sooner, and each time later. */
static void set_due(const struct loader *loader, struct feed *feed, bool failed)
{
	uint64_t wait = loader->config.interval_ns;

	if (failed && feed->retry < wait)
		wait = feed->retry;
	feed->retry = failed ? wait * 2 : loader->config.retry_ns;
	feed->due = feeds_now() + wait;
}

void feed_web_start(struct loader *loader, struct feed *feed)
{
	struct feed_download *d = calloc(1, sizeof(*d));

	feed->due = UINT64_MAX;
	if (d) {
		d->loader = loader;
		d->feed = feed;
		d->easy = curl_easy_init();
		feed_begin(loader, feed, &d->parse);
	}
	if (!d || !d->easy) {
		free(d);
		feed_trouble(loader, feed, strerror(ENOMEM));
		set_due(loader, feed, true);
		return;
	}
	feed->download = d;
	set_protocols(d->easy, feed->source);
	set_limits(d->easy, &loader->config);
	set_request(d);
	curl_multi_add_handle(loader->web->multi, d->easy);
	loader->downloads++;
}

void feed_web_wait(struct loader *loader, struct pollfd *fds, unsigned int count, int ms)
{
	struct curl_waitfd waits[4];

	for (unsigned int i = 0; i < count && i < 4; i++)
		waits[i] = (struct curl_waitfd){.fd = fds[i].fd, .events = CURL_WAIT_POLLIN};
	curl_multi_poll(loader->web->multi, waits, count < 4 ? count : 4, ms, NULL);
	poll(fds, count, 0);
}

/* The same words each time: they are said when they change. */
static const char *reason(const struct feed_download *d, CURLcode code)
{
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return "no complete answer in time";
	case CURLE_PARTIAL_FILE:
		return "the answer is cut";
	case CURLE_COULDNT_CONNECT:
		return "no connection to the server";
	case CURLE_COULDNT_RESOLVE_HOST:
		return "the server's name is not known";
	case CURLE_PEER_FAILED_VERIFICATION:
		return "the server's certificate is not valid";
	case CURLE_FILESIZE_EXCEEDED:
		return "it is larger than a list may be";
	default:
		return d->too_large ? "it is larger than a list may be" : curl_easy_strerror(code);
	}
}

static void take_list(struct loader *loader, struct feed_download *d)
{
	struct feed *feed = d->feed;

	feed_take(loader, feed, &d->parse);
	/* The feed has the names now, or they are gone. */
	d->parse.names = (struct feed_names){0};
	if (*feed->trouble)
		return;
	memcpy(feed->etag, d->etag, sizeof(feed->etag));
	memcpy(feed->modified, d->modified, sizeof(feed->modified));
}

static void end_download(struct loader *loader, struct feed_download *d, CURLcode code)
{
	long status = status_of(d);
	struct feed *feed = d->feed;
	bool asked = *feed->etag || *feed->modified, failed = true;
	char text[32];

	if (code != CURLE_OK) {
		feed_trouble(loader, feed, reason(d, code));
	} else if (status == HTTP_OK) {
		take_list(loader, d);
		failed = *feed->trouble;
	} else if (status == HTTP_NOT_CHANGED && asked) {
		feed_same(loader, feed);
		failed = false;
	} else {
		snprintf(text, sizeof(text), "HTTP status %ld", status);
		feed_trouble(loader, feed, text);
	}
	set_due(loader, feed, failed);
	curl_multi_remove_handle(loader->web->multi, d->easy);
	free_download(d);
	loader->downloads--;
}

void feed_web_go_on(struct loader *loader)
{
	int running, left;
	CURLMsg *message;

	curl_multi_perform(loader->web->multi, &running);
	while ((message = curl_multi_info_read(loader->web->multi, &left))) {
		struct feed_download *d = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&d);
		end_download(loader, d, message->data.result);
	}
}
