/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --alert webhook:URL: each alert is the body of a POST. An answer of 2xx is a delivery; what was
 * taken but not answered in time is sent again, so the other side may see an alert twice.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "export/sink_backend.h"

#define NS_PER_MS	1000000ULL
#define POLL_MS		100 /* the end of the tool is noticed this late, at most */
#define RETRY_AFTER_MAX 300 /* s, whatever the server asks for */
#define TOO_MANY	429 /* RFC 6585 */

struct webhook {
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	char *host;
};

/* ---- The URL -------------------------------------------------------------------------------- */

/* libcurl's own string; NULL: it has none. */
static char *url_part(const char *url, CURLUPart part)
{
	CURLU *parsed = curl_url();
	char *text = NULL;

	if (parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK)
		curl_url_get(parsed, part, &text, 0);
	curl_url_cleanup(parsed);
	return text;
}

static bool check(const char *url, char error[SINK_ERROR_MAX])
{
	char *scheme = url_part(url, CURLUPART_SCHEME), *host = url_part(url, CURLUPART_HOST);
	bool good = scheme && host && *host &&
		    (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

	snprintf(error, SINK_ERROR_MAX, "is not webhook:http://... or webhook:https://...");
	curl_free(scheme);
	curl_free(host);
	return good;
}

/* ---- The request ---------------------------------------------------------------------------- */

/* What the server says besides its status is of no use. */
static size_t discard(char *text, size_t size, size_t count, void *context)
{
	(void)text;
	(void)context;
	return size * count;
}

/* Redirections are not followed: alerts go where the user has said. */
static bool set_options(struct webhook *w, const struct sink_target *target)
{
	CURL *easy = w->easy;
	long answer_ms = (long)(target->limits->answer / NS_PER_MS);

	w->headers = curl_slist_append(w->headers, "Content-Type: application/json");
	w->headers = curl_slist_append(w->headers, "Expect:");
#if LIBCURL_VERSION_NUM >= 0x075500
	if (curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK)
		return false;
#else
	if (curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS) != CURLE_OK)
		return false;
#endif
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, w->headers);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "bcc-dnstools/" VERSION);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, answer_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, answer_ms);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
	return curl_easy_setopt(easy, CURLOPT_URL, target->argument) == CURLE_OK;
}

/*
 * Name service modules of nsswitch.conf are loaded by the first look-up, and cannot be afterwards:
 * what it finds does not matter.
 */
static void load_name_services(const char *host)
{
	struct addrinfo *addresses = NULL;

	if (getaddrinfo(host, NULL, NULL, &addresses) == 0)
		freeaddrinfo(addresses);
}

static bool start(struct sink_target *target)
{
	struct webhook *w = calloc(1, sizeof(*w));

	target->state = w;
	errno = ENOMEM;
	if (!w || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return false;
	w->multi = curl_multi_init();
	w->easy = curl_easy_init();
	w->host = url_part(target->argument, CURLUPART_HOST);
	if (!w->multi || !w->easy || !w->host || !set_options(w, target))
		return false;
	load_name_services(w->host);
	return true;
}

/* Its end, or the end of the tool: false. */
static bool run(struct sink_target *target, CURLcode *code)
{
	struct webhook *w = target->state;
	int running = 1, left;
	const CURLMsg *message;

	while (curl_multi_perform(w->multi, &running) == CURLM_OK && running > 0) {
		if (sink_now() >= sink_target_end(target))
			return false;
		curl_multi_poll(w->multi, NULL, 0, POLL_MS, NULL);
	}
	message = curl_multi_info_read(w->multi, &left);
	*code = message ? message->data.result : CURLE_RECV_ERROR;
	return true;
}

/* ---- The answer ----------------------------------------------------------------------------- */

static enum sink_outcome judge_status(struct webhook *w, long status, struct sink_attempt *attempt)
{
	curl_off_t seconds = 0;

	if (status / 100 == 2)
		return SINK_DELIVERED;
	attempt->failure = sink_failure(SINK_HTTP, (int)status);
	if (status / 100 != 5 && status != TOO_MANY)
		return SINK_HOPELESS;
	curl_easy_getinfo(w->easy, CURLINFO_RETRY_AFTER, &seconds);
	if (seconds > RETRY_AFTER_MAX)
		seconds = RETRY_AFTER_MAX;
	attempt->retry_after = seconds > 0 ? (uint64_t)seconds * 1000 * NS_PER_MS : 0;
	return SINK_AGAIN;
}

/* A status decides, even where the rest of its answer did not come. */
static enum sink_outcome judge(struct webhook *w, CURLcode code, struct sink_attempt *attempt)
{
	long status = 0;

	curl_easy_getinfo(w->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200)
		return judge_status(w, status, attempt);
	attempt->failure = sink_failure(SINK_CURL, (int)(code ? code : CURLE_GOT_NOTHING));
	return SINK_AGAIN;
}

static enum sink_outcome deliver(struct sink_target *target, struct sink_attempt *attempt)
{
	struct webhook *w = target->state;
	enum sink_outcome outcome = SINK_AGAIN;
	CURLcode code;

	curl_easy_setopt(w->easy, CURLOPT_POSTFIELDS, attempt->alert.text);
	curl_easy_setopt(w->easy, CURLOPT_POSTFIELDSIZE, (long)attempt->alert.size);
	attempt->failure = sink_failure(SINK_CURL, CURLE_OPERATION_TIMEDOUT);
	if (curl_multi_add_handle(w->multi, w->easy) != CURLM_OK)
		return SINK_AGAIN;
	if (run(target, &code))
		outcome = judge(w, code, attempt);
	curl_multi_remove_handle(w->multi, w->easy);
	return outcome;
}

const struct sink_backend sink_webhook = {
	.kind = "webhook",
	.forgets = true,
	.confinement = {.calls = CONFINE_NETWORK_CLIENT | CONFINE_READ_FILES},
	.check = check,
	.start = start,
	.deliver = deliver,
};
