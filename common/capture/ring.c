/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/ring.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/kernel.h"
#include "capture/call.h"
#include "capture/mapped.h"
#include "capture/monotonic.h"
#include "capture/tally.h"

/*
 * While packets come, the reader looks every few milliseconds and wants no wake-ups: they cost
 * four times what a record does. When none come it sleeps and is woken by the next one. A record
 * that is written just as the reader falls asleep may miss it, so the sleep is bounded.
 */
#define PAUSE_MS     10
#define SLEEP_MS_MAX 100

/* Pauses without a packet before the reader goes to sleep. */
#define IDLE_PAUSES_MAX 20

/* Records that are read at once: clocks and signals do not wait for the end of an overload. */
#define BATCH_MAX 2048
#define ENOUGH	  (-EAGAIN) /* on_record()'s word for it */

/* Wake-ups by what does not wait: so many at once, and one in some milliseconds. */
#define URGENT_MAX     100
#define URGENT_EACH_NS 5000000

struct ring {
	struct ring_buffer *buffer;
	struct intake *intake;
	struct tally *tally;
	int epoll;
	volatile uint64_t *control;	 /* the first word: enum reader_state */
	const volatile uint64_t *losses; /* LOSS_CPUS_MAX * LOSS_CAUSES */
	uint32_t room;			 /* records, no less than there may be at once */
	unsigned int left;		 /* records of this batch */
	bool behind;			 /* the last batch was full: more is there, */
	uint64_t last;			 /* since this time: CLOCK_MONOTONIC, ns */
	unsigned int idle_pauses;
	unsigned int urgent;   /* wake-ups of this kind that are left */
	uint64_t urgent_since; /* CLOCK_MONOTONIC, ns: when the last one was added */
	uint64_t unreadable;
	ring_reason_fn reason;
	void *reason_context;
};

#define CONTROL_SIZE (sizeof(uint64_t) * CONTROL_WORDS)
#define LOSSES_SIZE  (sizeof(uint64_t) * LOSS_CPUS_MAX * LOSS_CAUSES)

static void fill_owner(struct packet *packet, const struct socket_record *record)
{
	const struct socket_owner *owner = &record->owner;
	static const uint8_t none[2];

	packet->has_owner = true;
	packet->owner.pid = owner->pid;
	packet->owner.tid = owner->tid;
	packet->owner.uid = owner->uid;
	packet->owner.since = owner->since;
	packet->owner.cgroup = owner->cgroup;
	memcpy(packet->owner.comm, owner->comm, COMM_SIZE);
	packet->owner.comm[COMM_SIZE - 1] = '\0';
	/* An interface shows where it went, whatever the process named. */
	if (packet->direction != PACKET_OUT || memcmp(owner->asked_port, none, 2) == 0 ||
	    record->ifindex)
		return;
	memcpy(packet->asked.address, owner->asked_address, 16);
	packet->asked.port = (uint16_t)(owner->asked_port[0] << 8 | owner->asked_port[1]);
	packet->has_asked = true; /* intake_ip() forgets it where it is the destination */
}

static void fill_repeats(struct packet *packet, const struct socket_record *record)
{
	packet->repeats = record->repeats;
	packet->repeats_up = record->repeats_up;
	packet->repeats_down = record->repeats_down;
}

static enum packet_kind kind_of(const struct socket_record *record)
{
	if (record->flags & RECORD_SEND_FAILED)
		return PACKET_SEND_FAILED;
	return record->flags & RECORD_DROPPED ? PACKET_DROPPED : PACKET_DNS;
}

static enum packet_direction direction_of(const struct socket_record *record)
{
	if (record->flags & RECORD_NO_SIDE)
		return PACKET_DIRECTION_UNKNOWN;
	return record->flags & RECORD_OUT ? PACKET_OUT : PACKET_IN;
}

void ring_record(void *ring, const struct socket_record *record)
{
	struct ring *r = ring;
	struct packet packet;

	packet.kind = kind_of(record);
	packet.time = record->time;
	packet.cookie = record->cookie;
	packet.direction = direction_of(record);
	packet.has_owner = packet.has_asked = false;
	packet.ifindex = record->ifindex;
	packet.code = record->code;
	packet.reason = NULL;
	packet.repeats = packet.repeats_up = packet.repeats_down = 0;
	if (record->flags & RECORD_HAS_REPEATS)
		fill_repeats(&packet, record);
	if (packet.kind == PACKET_DROPPED)
		packet.reason = r->reason ? r->reason(r->reason_context, record->code) : "UNKNOWN";
	if (record->flags & RECORD_HAS_OWNER)
		fill_owner(&packet, record);
	intake_ip(r->intake, &packet, record->packet, record->size, record->wire_size);
}

/* A call or a connect(). */
static void take_event(struct ring *r, const struct socket_record *record)
{
	bool call = record->flags & RECORD_CALL;
	struct packet event = {
		.kind = call ? PACKET_CALL : PACKET_CONNECT,
		.direction = PACKET_OUT,
		.time = record->time,
		.cookie = record->cookie,
		.payload = record->packet,
		.size = record->size,
		.wire_size = record->size,
	};

	fill_owner(&event, record);
	event.has_asked = false;
	if (!call && !connect_read(&event)) {
		r->unreadable++;
		return;
	}
	intake_event(r->intake, &event);
}

static void take_record(struct ring *r, const struct socket_record *record, size_t size)
{
	if (size < sizeof(*record) || size - sizeof(*record) < record->size) {
		r->unreadable++;
		return;
	}
	r->last = record->time;
	if (record->flags & (RECORD_CALL | RECORD_CONNECT)) {
		take_event(r, record);
		return;
	}
	if (r->tally)
		tally_before(r->tally, record);
	ring_record(r, record);
}

static int on_record(void *context, void *data, size_t size)
{
	struct ring *r = context;

	take_record(r, data, size);
	return --r->left ? 0 : ENOUGH;
}

/* Edge-triggered: only a wake-up ends the wait, not the mere presence of data. Returns how many. */
static int wait_for_wakeup(struct ring *r, int timeout_ms)
{
	struct epoll_event event;
	int n = epoll_wait(r->epoll, &event, 1, timeout_ms);

	return n < 0 ? -errno : n;
}

static int drain(struct ring *r)
{
	int n;

	r->left = BATCH_MAX;
	n = ring_buffer__consume(r->buffer);
	r->behind = n == ENOUGH;
	if (r->behind)
		n = BATCH_MAX;
	if (n > 0)
		r->idle_pauses = 0;
	return n;
}

static void renew_urgent(struct ring *r)
{
	uint64_t now = monotonic_ns(), due = (now - r->urgent_since) / URGENT_EACH_NS;

	if (!due)
		return;
	r->urgent = due < URGENT_MAX - r->urgent ? r->urgent + (unsigned int)due : URGENT_MAX;
	r->urgent_since = now;
}

/* So that urgent records come at once where they are few, and cost little where they are many. */
static int pause_reading(struct ring *r, int timeout_ms)
{
	int woken;

	renew_urgent(r);
	*r->control = r->urgent ? READER_ATTENTIVE : READER_PAUSED;
	woken = wait_for_wakeup(r, timeout_ms < PAUSE_MS ? timeout_ms : PAUSE_MS);
	*r->control = READER_RUNNING;
	if (woken > 0 && r->urgent)
		r->urgent--;
	return woken;
}

static int drain_after_pause(struct ring *r, int timeout_ms)
{
	int woken = pause_reading(r, timeout_ms), n = drain(r);

	if (n == 0)
		r->idle_pauses++;
	return n < 0 ? n : woken < 0 ? woken : 0;
}

static int drain_after_sleep(struct ring *r, int timeout_ms)
{
	int error = 0, n;

	*r->control = READER_ASLEEP;
	__sync_synchronize();
	n = drain(r);
	if (n == 0)
		error = wait_for_wakeup(r, timeout_ms < SLEEP_MS_MAX ? timeout_ms : SLEEP_MS_MAX);
	*r->control = READER_RUNNING;
	if (n == 0)
		n = drain(r);
	return n < 0 ? n : error < 0 ? error : 0;
}

int ring_poll(struct ring *r, int timeout_ms)
{
	int n;

	if (r->behind) {
		n = drain(r);
		return n < 0 ? n : 0;
	}
	if (r->idle_pauses < IDLE_PAUSES_MAX)
		return drain_after_pause(r, timeout_ms);
	return drain_after_sleep(r, timeout_ms);
}

void ring_flush(struct ring *r)
{
	for (uint32_t taken = 0; r->behind && taken < r->room; taken += BATCH_MAX)
		if (drain(r) < 0)
			break;
	r->behind = false;
}

uint64_t ring_behind(const struct ring *r)
{
	return r->behind ? r->last : 0;
}

static uint64_t sum_losses(const struct ring *r, enum loss_cause cause)
{
	uint64_t sum = 0;

	for (size_t cpu = 0; cpu < LOSS_CPUS_MAX; cpu++)
		sum += r->losses[cpu * LOSS_CAUSES + cause];
	return sum;
}

void ring_add_losses(const struct ring *r, struct source_stats *stats)
{
	stats->lost_ring += sum_losses(r, LOSS_RING);
	stats->lost_owner += sum_losses(r, LOSS_OWNER);
	stats->unreadable += sum_losses(r, LOSS_UNREADABLE) + r->unreadable;
	stats->fragments += sum_losses(r, LOSS_FRAGMENT);
}

static bool open_all(struct ring *r, int buffer, int losses, int control)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	struct bpf_map_info map = {0};
	uint32_t size = sizeof(map);

	if (bpf_obj_get_info_by_fd(buffer, &map, &size) == 0)
		r->room = map.max_entries / sizeof(struct socket_record);
	r->control = mapped_array(control, CONTROL_SIZE);
	r->losses = mapped_array(losses, LOSSES_SIZE);
	r->buffer = ring_buffer__new(buffer, on_record, r, NULL);
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	return r->control && r->losses && r->buffer && r->epoll >= 0 &&
	       epoll_ctl(r->epoll, EPOLL_CTL_ADD, buffer, &event) == 0;
}

struct ring *ring_open(int buffer, int losses, int control, struct intake *intake,
		       char error[SOURCE_ERROR_MAX])
{
	struct ring *r = calloc(1, sizeof(*r));

	if (r) {
		r->intake = intake;
		r->idle_pauses = IDLE_PAUSES_MAX;
		if (open_all(r, buffer, losses, control))
			return r;
	}
	kernel_explain(error, SOURCE_ERROR_MAX, "cannot map the ring buffer", errno);
	ring_close(r);
	return NULL;
}

void ring_close(struct ring *r)
{
	if (!r)
		return;
	mapped_array_close((void *)r->control, CONTROL_SIZE);
	mapped_array_close((void *)r->losses, LOSSES_SIZE);
	if (r->buffer)
		ring_buffer__free(r->buffer);
	if (r->epoll >= 0)
		close(r->epoll);
	free(r);
}

void ring_reasons(struct ring *r, ring_reason_fn fn, void *context)
{
	r->reason = fn;
	r->reason_context = context;
}

void ring_tally(struct ring *r, struct tally *tally)
{
	r->tally = tally;
}
