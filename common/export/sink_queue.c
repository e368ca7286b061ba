/* SPDX-License-Identifier: Apache-2.0 */
#include "export/sink_queue.h"

#include <string.h>
#include <sys/mman.h>

/* Before each alert; one that would cross the end of the ring begins anew at its start. */
struct header {
	uint64_t time;
	uint32_t size; /* REST: nothing up to the end of the ring */
	uint32_t severity;
};

#define REST UINT32_MAX

_Static_assert(sizeof(struct header) == 16, "alerts are aligned to their headers");

static uint64_t room_of(size_t size)
{
	return sizeof(struct header) +
	       (size + sizeof(struct header) - 1) / sizeof(struct header) * sizeof(struct header);
}

static struct header *header_at(struct sink_queue *q, uint64_t position)
{
	return (struct header *)(void *)(q->octets + (position & (q->size - 1)));
}

struct sink_queue *sink_queue_new(size_t size)
{
	struct sink_queue *q = mmap(NULL, sizeof(*q) + size, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (q == MAP_FAILED)
		return NULL;
	q->size = size;
	return q;
}

void sink_queue_free(struct sink_queue *q)
{
	munmap(q, sizeof(*q) + q->size);
}

bool sink_queue_put(struct sink_queue *q, const struct sink_alert *alert)
{
	uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
	uint64_t used = head - atomic_load_explicit(&q->tail, memory_order_acquire);
	uint64_t to_end = q->size - (head & (q->size - 1)), room = room_of(alert->size);
	uint64_t skipped = to_end < room ? to_end : 0;
	struct header *header;

	if (used > q->size || q->size - used < skipped + room)
		return false;
	if (skipped)
		header_at(q, head)->size = REST;
	header = header_at(q, head + skipped);
	*header = (struct header){
		.time = alert->time,
		.size = (uint32_t)alert->size,
		.severity = alert->severity,
	};
	memcpy(header + 1, alert->text, alert->size);
	atomic_fetch_add_explicit(&q->accepted, 1, memory_order_relaxed);
	atomic_store_explicit(&q->head, head + skipped + room, memory_order_release);
	return true;
}

bool sink_queue_first(struct sink_queue *q, struct sink_alert *alert)
{
	uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);
	struct header *header = header_at(q, tail);

	if (atomic_load_explicit(&q->head, memory_order_acquire) == tail)
		return false;
	/* What was skipped comes together with an alert. */
	if (header->size == REST) {
		tail += q->size - (tail & (q->size - 1));
		atomic_store_explicit(&q->tail, tail, memory_order_release);
		header = header_at(q, tail);
	}
	*alert = (struct sink_alert){
		.time = header->time,
		.severity = (enum sink_severity)header->severity,
		.text = (const char *)(header + 1),
		.size = header->size,
	};
	return true;
}

void sink_queue_take(struct sink_queue *q, bool delivered)
{
	uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);

	/* Counted first: a child that is killed in between leaves none uncounted. */
	atomic_fetch_add(delivered ? &q->delivered : &q->given_up, 1);
	atomic_store_explicit(&q->tail, tail + room_of(header_at(q, tail)->size),
			      memory_order_release);
}

void sink_queue_give_up(struct sink_queue *q)
{
	struct sink_alert alert;

	while (sink_queue_first(q, &alert))
		sink_queue_take(q, false);
}
