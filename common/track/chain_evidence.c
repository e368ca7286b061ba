/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a request explains a query: the rules of chain.h.
 */
#include "dns/codes.h"
#include "track/chain_state.h"

bool is_validation(uint16_t type)
{
	return type == DNS_TYPE_DS || type == DNS_TYPE_DNSKEY;
}

/* RFC 9156, section 2: any type will do to find a zone cut; these are what resolvers use. */
bool finds_cuts(uint16_t type)
{
	return type == DNS_TYPE_A || type == DNS_TYPE_NS || type == DNS_TYPE_SOA;
}

enum chain_evidence evidence_of_source(enum interest_source source)
{
	static const enum chain_evidence evidence[INTEREST_SOURCES] = {
		[SOURCE_QUESTION] = LINKED_NAME,
		[SOURCE_CNAME] = LINKED_CNAME,
		[SOURCE_NAMESERVER] = LINKED_NAMESERVER,
	};

	return evidence[source];
}

bool wants_type(const struct node *request, enum interest_source source, uint16_t type)
{
	uint16_t wanted = request->x.question.type;

	if (source == SOURCE_NAMESERVER)
		return type == DNS_TYPE_A || type == DNS_TYPE_AAAA;
	return type == wanted || wanted == DNS_TYPE_ANY;
}

/*
 * A query for an ancestor looks for a zone cut: not where the cut is known to the server that is
 * asked, nor above what was answered already; unless nobody else can be meant, as of two requests
 * that wait for one answer the second may ask again.
 */
static bool may_look_for_cut(const struct node *request, const struct interest *i,
			     const struct node *query, unsigned int labels)
{
	return finds_cuts(query->x.question.type) && !query->serves_zone &&
	       (query->lenient || labels > request->passed[i->source]);
}

/* LINKED_BEGINS: none. `below`: the query is for a name below the ancestor ("_.example.com"). */
static enum chain_evidence judge(const struct node *request, const struct interest *i,
				 const struct node *query, bool below)
{
	uint16_t type = query->x.question.type;
	enum interest_source source = (enum interest_source)i->source;

	if (is_validation(type) && !below)
		return LINKED_VALIDATION;
	if (!i->ancestor && !below && wants_type(request, source, type))
		return evidence_of_source(source);
	/* The type is hidden, too, until the name is known to exist. */
	if (!i->ancestor && !below)
		return finds_cuts(type) && !query->wanted ? LINKED_MINIMISED : LINKED_BEGINS;
	/* RFC 9156 has none such for the root; priming (RFC 8109) has. */
	if (!i->labels && !below)
		return type == DNS_TYPE_NS ? LINKED_MINIMISED : LINKED_BEGINS;
	if (!may_look_for_cut(request, i, query, i->labels + below))
		return LINKED_BEGINS;
	return source == SOURCE_QUESTION ? LINKED_MINIMISED : evidence_of_source(source);
}

/* The strongest first. */
static unsigned int rank(enum chain_evidence e)
{
	static const uint8_t ranks[] = {
		[LINKED_NAME] = 1,	 [LINKED_CNAME] = 2,	 [LINKED_NAMESERVER] = 3,
		[LINKED_VALIDATION] = 4, [LINKED_MINIMISED] = 5,
	};

	return ranks[e];
}

/* The name lies above the request's own as well, and has been passed on the way to that. */
static bool is_passed(const struct chains *c, const struct node *request, const struct node *query,
		      uint64_t key)
{
	for (uint32_t n = request->interests; n && !query->lenient; n = c->interests[n].next) {
		const struct interest *i = &c->interests[n];

		if (i->key == key && i->source != SOURCE_NAMESERVER &&
		    i->labels <= request->passed[i->source])
			return true;
	}
	return false;
}

enum chain_evidence find_evidence(const struct chains *c, const struct node *request,
				  const struct node *query, uint64_t key, bool below)
{
	enum chain_evidence found = LINKED_BEGINS;

	for (uint32_t n = request->interests; n; n = c->interests[n].next) {
		enum chain_evidence e;

		if (c->interests[n].key != key)
			continue;
		e = judge(request, &c->interests[n], query, below);
		if (c->interests[n].source == SOURCE_NAMESERVER && c->interests[n].ancestor &&
		    e == LINKED_NAMESERVER && is_passed(c, request, query, key))
			continue;
		if (e != LINKED_BEGINS && (found == LINKED_BEGINS || rank(e) < rank(found)))
			found = e;
	}
	return found;
}

/* Somebody who waits asked for this very name and type. */
bool is_wanted(const struct chains *c, const struct node *query, uint64_t key)
{
	uint32_t n = index_first(&c->by_name, (uint32_t)key);

	for (unsigned int i = 0; n && i < WALK_MAX; i++, n = index_next(&c->by_name, n)) {
		const struct interest *interest = &c->interests[n];

		if (interest->key == key && !interest->ancestor &&
		    wants_type(node_at(c, interest->request),
			       (enum interest_source)interest->source, query->x.question.type))
			return true;
	}
	return false;
}
