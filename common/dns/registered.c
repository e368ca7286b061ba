/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/registered.h"

#include <libpsl.h>
#include <string.h>

static psl_ctx_t *list;

bool dns_registered_open(void)
{
	if (!list)
		list = psl_latest(NULL);
	return list != NULL;
}

void dns_registered_close(void)
{
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

void dns_registered_domain(struct dns_name *domain, const struct dns_name *name)
{
	char text[DNS_NAME_MAX];
	const char *registered;
	size_t skip = 0;

	dns_name_lower(domain, name);
	plain_text(text, domain);
	registered = psl_registrable_domain(list, text);
	if (!registered)
		return;
	for (unsigned int labels = labels_in(registered); domain->labels > labels; domain->labels--)
		skip += domain->wire[skip] + 1U;
	domain->len = (uint8_t)(domain->len - skip);
	memmove(domain->wire, domain->wire + skip, domain->len);
}
