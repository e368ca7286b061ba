/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/registered.h"

#include <libpsl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/suffix_rules.h"

#define REMEMBERED 4096U /* a power of two */

/* What libpsl said of the labels that decide. */
struct answer {
	uint64_t hash;
	uint8_t labels; /* of the registered domain, 0: the name is none */
	bool listed;
};

static psl_ctx_t *list;
static struct answer *answers;

/* libpsl prefers the list in a form of its own; the text lies beside it. */
static void open_rules(void)
{
	const char *path = psl_dist_filename();
	const char *dot = path ? strrchr(path, '.') : NULL;
	char text[256];

	if (!dot || (size_t)(dot - path) + sizeof(".dat") > sizeof(text))
		return;
	memcpy(text, path, (size_t)(dot - path));
	memcpy(text + (dot - path), ".dat", sizeof(".dat"));
	suffix_rules_open(text);
}

bool dns_registered_open(void)
{
	if (list)
		return true;
	list = psl_latest(NULL);
	answers = calloc(REMEMBERED, sizeof(*answers));
	if (!list || !answers) {
		dns_registered_close();
		return false;
	}
	open_rules();
	return true;
}

void dns_registered_close(void)
{
	suffix_rules_close();
	free(answers);
	answers = NULL;
	psl_free(list);
	list = NULL;
}

/* Any octet may be in a label; those that the list cannot have must not look like a dot to it. */
static bool is_plain(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* Labels with dots between them, for a name in lower case. */
static void plain_text(char text[DNS_NAME_MAX], const struct dns_name *name)
{
	size_t n = 0;

	for (const uint8_t *label = name->wire; *label; label += *label + 1) {
		if (n)
			text[n++] = '.';
		for (uint8_t i = 1; i <= *label; i++)
			text[n++] = is_plain(label[i]) ? (char)label[i] : '_';
	}
	text[n] = '\0';
}

static unsigned int labels_in(const char *text)
{
	unsigned int labels = 1;

	for (; *text; text++)
		labels += *text == '.';
	return labels;
}

static void ask(const struct dns_name *name, struct answer *answer)
{
	char text[DNS_NAME_MAX];
	const char *registered, *dot;

	plain_text(text, name);
	registered = psl_registrable_domain(list, text);
	dot = strrchr(text, '.');
	answer->labels = registered ? (uint8_t)labels_in(registered) : 0;
	answer->listed = psl_is_public_suffix2(list, dot ? dot + 1 : text,
					       PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE);
}

/*
 * A rule of as many labels as decide, or of fewer, tells what the suffix is; what is registered
 * below it may have one label more, which only needs to be there.
 */
static void remember(const struct dns_name *name, struct answer *answer)
{
	unsigned int labels;
	uint64_t hash;
	struct answer *place;

	if (!suffix_rules_depth(name, &labels, &hash)) {
		ask(name, answer);
		return;
	}
	hash += name->labels > labels;
	place = &answers[(hash ^ hash >> 29) & (REMEMBERED - 1)];
	if (place->hash != hash) {
		ask(name, place);
		place->hash = hash;
	}
	*answer = *place;
}

unsigned int dns_registered_labels(const struct dns_name *lower, bool *listed)
{
	struct answer answer;

	remember(lower, &answer);
	if (listed)
		*listed = answer.listed;
	return answer.labels ? answer.labels : lower->labels;
}

void dns_registered_domain(struct dns_name *domain, const struct dns_name *name)
{
	dns_name_lower(domain, name);
	dns_name_suffix(domain, domain, dns_registered_labels(domain, NULL));
}
