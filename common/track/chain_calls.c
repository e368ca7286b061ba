/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the C library, and what is connected afterwards.
 */
#include <string.h>

#include "track/chain_state.h"

#define SAME_CALL_MAX 100000000 /* ns */

/* ---- Calls ----------------------------------------------------------------------------------- */

struct root *find_thread(const struct chains *c, const struct owner *owner)
{
	uint32_t n = index_first(&c->calls, index_mix(owner->tid));

	for (unsigned int i = 0; n && i < INDEX_WALK_MAX; i++, n = index_next(&c->calls, n)) {
		struct root *root = &c->roots[n];

		if (root->owner.tid == owner->tid && root->owner.pid == owner->pid)
			return root;
	}
	return NULL;
}

static void set_call_name(struct root *root)
{
	const struct call *call = &root->call;

	if (call->has_address) {
		name_of_address(&root->name, &call->address);
		root->has_name = true;
	} else {
		root->has_name = call->name[0] && dns_name_from_text(&root->name, call->name);
	}
}

static void index_call(struct chains *c, struct root *root)
{
	struct name_hashes names;

	root->in_calls = true;
	index_add(&c->calls, index_mix(root->owner.tid), root_number(c, root));
	if (!root->has_name)
		return;
	name_hashes(&names, &root->name);
	root->name_key = name_hash(&names);
	root->in_names = true;
	index_add(&c->call_names, (uint32_t)root->name_key, root_number(c, root));
}

void forget_call(struct chains *c, struct root *root)
{
	if (root->in_calls)
		index_remove(&c->calls, index_mix(root->owner.tid), root_number(c, root));
	if (root->in_names)
		index_remove(&c->call_names, (uint32_t)root->name_key, root_number(c, root));
	root->in_calls = root->in_names = false;
}

void end_call(struct chains *c, struct root *root, uint64_t time)
{
	forget_call(c, root);
	root->complete = true;
	root->end = time;
	try_finish(c, root);
}

/*
 * Seen twice, where one file is two to the kernel (overlays); or one function ends by jumping into
 * the next. Nothing has happened since.
 */
static bool is_same_call(const struct root *root, const struct call *call)
{
	return !root->out && call->time < root->begin + SAME_CALL_MAX &&
	       strcmp(call->name, root->call.name) == 0;
}

/*
 * Functions call each other: what begins deeper on the stack belongs to the one that is there;
 * unless a process was killed in that one, and another one has its numbers now.
 */
static bool is_nested(const struct root *root, const struct call *call)
{
	return call->stack < root->call.stack &&
	       memcmp(call->owner.comm, root->owner.comm, COMM_SIZE) == 0;
}

static void begin_call(struct chains *c, const struct call *call)
{
	struct root *root = find_thread(c, &call->owner);

	if (root && is_nested(root, call))
		return;
	if (root && call->stack == root->call.stack && is_same_call(root, call))
		return;
	/* That one was left without returning. */
	if (root)
		end_call(c, root, call->time);
	root = root_new(c, CHAIN_CALL, call->time);
	root->call = *call;
	root->owner = call->owner;
	root->has_owner = true;
	set_call_name(root);
	index_call(c, root);
	root_wait(c, root, WAITS_TO_RETURN, c->now + CALL_SILENCE_MAX);
}

static void return_call(struct chains *c, const struct call *call)
{
	struct root *root = find_thread(c, &call->owner);

	if (!root || root->call.stack != call->stack)
		return;
	root->returned = true;
	root->result = call->result;
	end_call(c, root, call->time);
}

void chains_call(struct chains *c, const struct call *call)
{
	advance_chains(c, call->time);
	if (call->function == CALL_RETURN)
		return_call(c, call);
	else
		begin_call(c, call);
}

/* ---- connect() ------------------------------------------------------------------------------- */

static bool gave_address(const struct chains *c, const struct root *root,
			 const struct endpoint *peer)
{
	for (uint32_t n = root->out; n; n = c->edges[n].next_out) {
		const struct chain_answer *a = &node_at(c, c->edges[n].child)->x.answer;
		uint32_t count =
			a->addresses < CHAIN_ADDRESSES_MAX ? a->addresses : CHAIN_ADDRESSES_MAX;

		for (uint32_t i = 0; i < count; i++)
			if (memcmp(a->address[i], peer->address, 16) == 0)
				return true;
	}
	return false;
}

/* The newest call of the process that gave this address and waits to see it used. */
void chains_connect(struct chains *c, const struct packet *event)
{
	uint32_t n = c->waiting[WAITS_FOR_HOPS].tail;

	advance_chains(c, event->time);
	if (!event->has_owner)
		return;
	for (unsigned int i = 0; n && i < WALK_MAX; i++, n = c->roots[n].wait_previous) {
		struct root *root = &c->roots[n];

		if (!awaits_connect(c, root) || root->owner.pid != event->owner.pid ||
		    !gave_address(c, root, &event->destination))
			continue;
		root->connect.peer = event->destination;
		root->connect.time = event->time;
		try_finish(c, root);
		return;
	}
}
