/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/flow.h"

#include <string.h>

#define BARE_KEPT (FLOWS_MAX / 4)
/* Colliding flows cost a match, never the time. */
#define WALK_MAX 64

static struct flow *flow_of(struct flows *f, uint32_t number)
{
	return number ? &f->flow[number] : NULL;
}

static uint32_t number_of(const struct flows *f, const struct flow *flow)
{
	return (uint32_t)(flow - f->flow);
}

/* A finaliser as of MurmurHash3. */
static uint64_t mix(uint64_t v)
{
	v ^= v >> 33;
	v *= 0xff51afd7ed558ccdULL;
	v ^= v >> 33;
	return v;
}

static uint64_t mix_endpoint(uint64_t hash, const struct endpoint *e)
{
	uint64_t high, low;

	memcpy(&high, e->address, sizeof(high));
	memcpy(&low, e->address + 8, sizeof(low));
	return mix(mix(hash ^ high) ^ low ^ (uint64_t)e->port << 24);
}

static uint32_t bucket(const struct flow *flow)
{
	uint64_t hash = mix(flow->cookie ^ (uint64_t)flow->ifindex << 32 ^ flow->direction);

	hash = mix_endpoint(hash, &flow->source);
	return mix_endpoint(hash, &flow->destination) & (FLOWS_MAX - 1);
}

/* On an interface a flow's socket may become known in its middle. */
static void set_key(struct flow *flow, const struct packet *segment)
{
	bool on_interface = segment->ifindex != 0;

	flow->cookie = on_interface ? 0 : segment->cookie;
	flow->direction = on_interface ? PACKET_DIRECTION_UNKNOWN : (uint8_t)segment->direction;
	flow->ifindex = segment->ifindex;
	flow->source = segment->source;
	flow->destination = segment->destination;
}

static bool same_key(const struct flow *a, const struct flow *b)
{
	return a->cookie == b->cookie && a->ifindex == b->ifindex && a->direction == b->direction &&
	       endpoint_equal(&a->source, &b->source) &&
	       endpoint_equal(&a->destination, &b->destination);
}

static struct flow *find(struct flows *f, const struct flow *key)
{
	uint32_t n = f->heads[bucket(key)];

	for (unsigned int i = 0; n && i < WALK_MAX; i++, n = f->flow[n].chain)
		if (same_key(&f->flow[n], key))
			return &f->flow[n];
	return NULL;
}

struct flow *flows_find(struct flows *f, const struct packet *segment)
{
	struct flow key;

	set_key(&key, segment);
	return find(f, &key);
}

struct flow *flows_find_reverse(struct flows *f, const struct packet *segment)
{
	static const uint8_t reverse[] = {
		[PACKET_DIRECTION_UNKNOWN] = PACKET_DIRECTION_UNKNOWN,
		[PACKET_OUT] = PACKET_IN,
		[PACKET_IN] = PACKET_OUT,
	};
	struct flow key;

	set_key(&key, segment);
	key.source = segment->destination;
	key.destination = segment->source;
	key.direction = reverse[key.direction];
	return find(f, &key);
}

static void queue_remove(struct flows *f, struct flow *flow)
{
	struct flow_queue *queue = &f->queue[flow->list];

	if (flow->older)
		f->flow[flow->older].newer = flow->newer;
	else
		queue->oldest = flow->newer;
	if (flow->newer)
		f->flow[flow->newer].older = flow->older;
	else
		queue->newest = flow->older;
	queue->count--;
}

static void queue_add(struct flows *f, struct flow *flow, enum flow_list list)
{
	struct flow_queue *queue = &f->queue[list];
	uint32_t number = number_of(f, flow);

	flow->list = (uint8_t)list;
	flow->older = queue->newest;
	flow->newer = 0;
	if (queue->newest)
		f->flow[queue->newest].newer = number;
	else
		queue->oldest = number;
	queue->newest = number;
	queue->count++;
}

static void chain_remove(struct flows *f, const struct flow *flow)
{
	if (flow->chain_before)
		f->flow[flow->chain_before].chain = flow->chain;
	else
		f->heads[bucket(flow)] = (uint16_t)flow->chain;
	if (flow->chain)
		f->flow[flow->chain].chain_before = flow->chain_before;
}

static void chain_add(struct flows *f, struct flow *flow)
{
	uint16_t *head = &f->heads[bucket(flow)];

	flow->chain = *head;
	flow->chain_before = 0;
	if (*head)
		f->flow[*head].chain_before = number_of(f, flow);
	*head = (uint16_t)number_of(f, flow);
}

static struct flow *forget(struct flows *f, struct flow *flow)
{
	queue_remove(f, flow);
	chain_remove(f, flow);
	return flow;
}

/*
 * A place in the table. Those that lost nothing go first, but for a quarter of the table: so
 * long a connection that has only begun is remembered, however many others there are.
 */
static struct flow *take_place(struct flows *f)
{
	bool many_bare = f->queue[FLOWS_BARE].count > BARE_KEPT || !f->queue[FLOWS_USED].count;

	if (f->fresh < FLOWS_MAX)
		return &f->flow[++f->fresh];
	return forget(f, flows_oldest(f, many_bare ? FLOWS_BARE : FLOWS_USED));
}

struct flow *flows_add(struct flows *f, const struct packet *segment, enum flow_list list)
{
	struct flow *flow = take_place(f);

	memset(flow, 0, sizeof(*flow));
	set_key(flow, segment);
	chain_add(f, flow);
	queue_add(f, flow, list);
	return flow;
}

void flows_move(struct flows *f, struct flow *flow, enum flow_list list)
{
	queue_remove(f, flow);
	queue_add(f, flow, list);
}

struct flow *flows_oldest(struct flows *f, enum flow_list list)
{
	return flow_of(f, f->queue[list].oldest);
}

struct flow *flows_newer(struct flows *f, const struct flow *flow)
{
	return flow_of(f, flow->newer);
}
