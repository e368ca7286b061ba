/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files behind chain.h share.
 *
 * A root is where a chain begins, a node is an exchange. Edges lead from roots to nodes, and from
 * nodes, whose server asks, to nodes. A node lives as long as an edge leads to it.
 */
#ifndef COMMON_TRACK_CHAIN_STATE_H
#define COMMON_TRACK_CHAIN_STATE_H

#include "track/arena.h"
#include "track/chain.h"
#include "track/chain_names.h"
#include "track/index.h"

#define VIEW_SHARES_MAX	  256
#define EDGES_PER_NODE	  4
#define INTEREST_PER_NODE 8
#define WALK_MAX	  4096 /* nodes that are looked at to answer one question */
#define DEPTH_MAX	  32

/* Why a name matters to a request. */
enum interest_source { SOURCE_QUESTION, SOURCE_CNAME, SOURCE_NAMESERVER, INTEREST_SOURCES };

/* A name that a request's server may ask for. */
struct interest {
	uint64_t key; /* of the server's process and the name */
	uint32_t request;
	uint32_t next; /* of the same request */
	uint8_t source;
	bool ancestor; /* of a name that matters, not that name */
	uint8_t labels;
};

struct edge {
	uint32_t parent; /* a node; or a root, where from_root */
	uint32_t child;
	uint32_t next_out; /* of the same parent, in order */
	uint32_t next_in;  /* of the same child */
	bool from_root;
	uint8_t evidence;
};

struct node {
	struct chain_exchange x;
	struct endpoint destination;	       /* where the packet went, behind NAT */
	uint64_t client_number, server_number; /* the transactions'; 0: none */
	uint64_t asks_for, serves_as; /* entities: who asks, and who is asked; 0: not known */
	uint64_t key;		      /* of the exchange, by both ends */
	uint64_t name_hash, flight_key;
	uint32_t in, out, out_last; /* edges */
	uint32_t interests;
	uint64_t referred_key; /* the referral that named the server; 0: not known */
	uint64_t gives_key;    /* the referral that the answer is; 0: none */
	uint32_t earlier;      /* the node of the same transaction before; 0: none */
	uint32_t next_free;
	uint64_t stamp;			  /* of the last walk that came by */
	uint32_t place;			  /* in the view */
	uint32_t cname_labels;		  /* of the last CNAME's target */
	uint8_t passed[INTEREST_SOURCES]; /* labels of the deepest name that was answered */
	bool waits;			  /* a request that its server has not answered */
	bool client_open, server_open;
	bool in_flight, by_key; /* in these indexes */
	bool fallback;
	bool wanted;	  /* a request that waits has this very name and type */
	bool lenient;	  /* nobody was found by the strict rules */
	bool serves_zone; /* the server is known to have the zone that is asked for */
};

struct root {
	struct call call;
	uint64_t id;
	uint64_t begin, end;
	uint64_t deadline; /* of its wait */
	uint64_t name_key; /* CHAIN_CALL: of the name */
	enum chain_kind kind;
	struct dns_name name; /* CHAIN_CALL */
	bool has_name;
	bool complete; /* the call has returned, or the first hops have ended */
	bool returned;
	bool in_calls, in_names; /* in these indexes */
	uint8_t waits;		 /* enum root_wait */
	int64_t result;
	struct owner owner;
	bool has_owner;
	struct chain_connect connect;
	uint32_t out, out_last;
	uint32_t next, previous; /* all, by time; or free ones */
	uint32_t wait_next, wait_previous;
};

/* What a root waits for, in lists by the time when the wait is over. */
enum root_wait {
	WAITS_NOT,
	WAITS_TO_RETURN, /* a call; else it is told after CALL_SILENCE_MAX */
	WAITS_FOR_HOPS,	 /* complete, but hops are open, or a connect() may follow */
	ROOT_WAITS,
};

struct list {
	uint32_t head, tail;
};

/* What is known beyond a request's time: which servers a zone has. */
#define FACTS_MAX 32768 /* a power of two; the oldest is overwritten */

struct fact {
	uint64_t key;
	uint64_t value;
};

/* A process that answers queries. */
struct server {
	uint64_t entity;
	uint32_t waiting; /* requests */
};
#define SERVERS_MAX 4096 /* a power of two */

/*
 * Who answers at an address and port, as far as it is known: of a TCP connection the process often
 * is not. Once for all askers, and for each process that asked, since each network namespace has a
 * 127.0.0.1 of its own.
 */
struct listener {
	uint64_t key;
	struct owner owner;
	uint32_t before; /* the process that did before this one; 0: none */
	uint64_t since;	 /* when this one was first seen to, after another */
	bool several;	 /* they take turns */
};
/* ns until one that took another's place, as after a restart, is believed to be alone. */
#define LISTENER_SETTLES 600000000000
#define LISTENERS_MAX	 4096 /* a power of two; a new one takes an old one's place */

struct chains {
	struct chains_config config;
	struct chains_stats stats;
	uint64_t next_id;
	uint64_t now;

	struct node *nodes; /* [0] of each is not used */
	uint32_t node_max, node_fresh, node_free;
	struct root *roots;
	uint32_t root_max, root_fresh, root_free;
	struct list by_time, waiting[ROOT_WAITS];
	struct edge *edges;
	uint32_t edge_max, edge_fresh, edge_free;
	struct interest *interests;
	uint32_t interest_max, interest_fresh, interest_free;
	struct fact *facts;
	uint64_t fact_count; /* ever added */
	struct server *servers;
	struct listener *listeners;

	struct index by_number; /* nodes 2n: client's transaction, 2n + 1: server's */
	struct index by_key;	/* nodes, by the exchange; a server's side is still awaited */
	struct index in_flight; /* nodes that nobody has answered, by asker and name */
	struct index by_name;	/* interests */
	struct index by_fact;
	struct index calls;	 /* roots, by thread */
	struct index call_names; /* roots, by name */

	uint64_t stamp;		 /* of the last walk */
	struct chain_facts read; /* of the message at hand */
	uint32_t *stack;
	struct chain_hop *hops;
	uint32_t *order;
	struct chain_share *shares;
};

/* ---- chain.c --------------------------------------------------------------------------------- */

/* A call that has not returned, and nothing has happened in it for so long, is over: ns. */
#define CALL_SILENCE_MAX 120000000000

void advance_chains(struct chains *c, uint64_t time);
/* The call has returned, and a connect() may follow. */
bool awaits_connect(const struct chains *c, const struct root *root);
/* Tells the chain if it is complete, all its hops have ended, and nothing else is awaited. */
void try_finish(struct chains *c, struct root *root);
/* The same for all chains that a hop, which has ended, is in. */
void finish_above(struct chains *c, struct node *node);

/* ---- chain_calls.c --------------------------------------------------------------------------- */

/* The call that the thread is in; NULL: none. */
struct root *find_thread(const struct chains *c, const struct owner *owner);
/* No thread is in it any more, and no query is for its name. */
void forget_call(struct chains *c, struct root *root);
/* The call has returned, or will not. */
void end_call(struct chains *c, struct root *root, uint64_t time);

/* ---- chain_table.c --------------------------------------------------------------------------- */

static inline struct node *node_at(const struct chains *c, uint32_t n)
{
	return &c->nodes[n];
}

static inline uint32_t node_number(const struct chains *c, const struct node *node)
{
	return (uint32_t)(node - c->nodes);
}

static inline uint32_t root_number(const struct chains *c, const struct root *root)
{
	return (uint32_t)(root - c->roots);
}

/* Never NULL: the oldest chain is told and goes when there is no room. */
struct node *node_new(struct chains *c);
struct root *root_new(struct chains *c, enum chain_kind kind, uint64_t time);
/* There is room for another one, and nothing goes for it. */
bool has_root(const struct chains *c);
/* It waits from now on for that alone; one that is the last in its list to be over. */
void root_wait(struct chains *c, struct root *root, enum root_wait what, uint64_t deadline);
/* With all that only it leads to. */
void root_remove(struct chains *c, struct root *root);

/* False: there is no room, which is counted; or it is there already. */
bool link_root(struct chains *c, struct root *root, struct node *child, enum chain_evidence why);
bool link_node(struct chains *c, struct node *parent, struct node *child, enum chain_evidence why);
/* The first of the queries that it is linked to. */
struct node *unlink_first(struct chains *c, struct node *request);
bool is_linked(const struct chains *c, const struct node *parent, const struct node *child);
/* `above` leads to `below`, or that could not be told within bounds. */
bool is_ancestor(struct chains *c, const struct node *above, const struct node *below);

/* ---- chain_index.c --------------------------------------------------------------------------- */

void chain_layout(struct chains *c, struct arena *arena, uint32_t max_hops);
void index_number(struct chains *c, struct node *node, bool server, uint64_t number);
void forget_number(struct chains *c, struct node *node, bool server);
struct node *find_number(const struct chains *c, uint64_t number, bool server);
void index_key(struct chains *c, struct node *node);
void forget_key(struct chains *c, struct node *node);
void index_flight(struct chains *c, struct node *node);
void forget_flight(struct chains *c, struct node *node);

/* A name, and its ancestors, that the request's server may ask for. */
void add_interest(struct chains *c, struct node *request, const struct name_hashes *names,
		  enum interest_source source);
void forget_interests(struct chains *c, struct node *request);

void add_fact(struct chains *c, uint64_t key, uint64_t value);
bool has_fact(const struct chains *c, uint64_t key, uint64_t value);
/* The newest fact's value; false: there is none. */
bool find_fact(const struct chains *c, uint64_t key, uint64_t *value);
/* NULL: it is none, or there are too many. */
struct server *find_server(struct chains *c, uint64_t entity, bool make);

/* ---- chain_link.c ---------------------------------------------------------------------------- */

uint64_t entity_of_owner(const struct owner *owner);
uint64_t entity_of_address(const struct endpoint *e);
/* Ties a query that was just sent to what caused it. */
void link_query(struct chains *c, struct node *node);
/* A chain of its own, as nothing explains the node. */
void begin_chain(struct chains *c, struct node *node);

/* ---- chain_evidence.c ------------------------------------------------------------------------ */

bool is_validation(uint16_t type);
/* RFC 9156, section 2: any type will do to find a zone cut; these are what resolvers use. */
bool finds_cuts(uint16_t type);
enum chain_evidence evidence_of_source(enum interest_source source);
/* The type of a query for a name that matters is what the request needs. */
bool wants_type(const struct node *request, enum interest_source source, uint16_t type);
/*
 * The best that ties the query to the request by the name with this key; LINKED_BEGINS: nothing.
 * `below`: the query is for a name below that one ("_.example.com").
 */
enum chain_evidence find_evidence(const struct chains *c, const struct node *request,
				  const struct node *query, uint64_t key, bool below);
/* Somebody who waits asked for this very name and type. */
bool is_wanted(const struct chains *c, const struct node *query, uint64_t key);

/* ---- chain_requests.c ------------------------------------------------------------------------ */

/* The process behind a server's end: learned where it is known, else remembered, if it can be. */
void find_responder(struct chains *c, struct node *node);
/* A request that was just received: queries that are under way may be for it, too. */
void link_request(struct chains *c, struct node *request);
/* The answer to `query`, just read, is what requests of other types have waited for, too. */
void join_answered(struct chains *c, struct node *query);
/*
 * It is answered, or has `failed`: queries that it cannot have waited for had another cause.
 */
void unlink_unawaited(struct chains *c, struct node *request, bool failed);

/* ---- chain_learn.c --------------------------------------------------------------------------- */

/* The answer to `node`: outcome and answer of the exchange, and what the requests learn of it. */
void learn_answer(struct chains *c, struct node *node, const struct lookup *lookup);
/* The server of an upstream query: which zone it is asked for, and who said so. */
void learn_referral(struct chains *c, struct node *node, const struct name_hashes *names);
uint64_t fact_zone_server(uint64_t entity, uint64_t zone, const struct endpoint *server);
uint64_t fact_nameserver(uint64_t entity, uint64_t name);
uint64_t fact_alias(uint64_t entity, uint64_t target);

/* ---- chain_view.c ---------------------------------------------------------------------------- */

/* Tells the chain. */
void tell_root(struct chains *c, struct root *root, bool unfinished);
/* All hops have ended; `servers` are those that answer here, which matter longer. */
bool has_open_hop(struct chains *c, const struct root *root, bool servers);

#endif
